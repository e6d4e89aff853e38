//! The adapters against the wire: the real SDK, and AWS as a list of answers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod canned;
mod config;
mod ledger;
mod parameters;
mod startup;
