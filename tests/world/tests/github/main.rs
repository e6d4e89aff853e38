//! GitHub as a client meets it: over HTTP, with real keys and real signatures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod desk;
mod rest;
mod runners;
mod webhooks;
