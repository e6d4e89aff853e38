//! The ports' suites, each on the simulator's port and on the adapter that speaks to a stand-in over HTTP.

mod compute;
mod forge;
mod ledger;
mod machines;
mod sdk;
mod town;
