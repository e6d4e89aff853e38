//! The ports' suites, each on the simulator's port and on the adapter that speaks to a stand-in over HTTP.
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod compute;
mod forge;
mod ledger;
mod machines;
mod sdk;
mod town;
