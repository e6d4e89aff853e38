//! The program itself: against an API on the loopback, with a shell script for GitHub's listener.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails it by panicking")]

mod claim;
mod listener;
#[path = "../../../door/tests/door/server.rs"]
mod server;
mod task;
