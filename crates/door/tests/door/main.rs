//! The door against HTTP servers that stand for the API and the credentials endpoint.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails it by panicking")]

mod answers;
mod credentials;
mod server;
mod signature;
mod support;
