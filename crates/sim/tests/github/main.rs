//! GitHub in virtual time: what is documented of it, and what people ran into.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod deliveries;
mod jobs;
mod runners;
mod town;
