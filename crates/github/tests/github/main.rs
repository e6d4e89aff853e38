//! What is said to GitHub, word for word, and what is made of its answers and its webhooks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod app;
mod check_run;
mod delivery;
mod forge;
mod key;
mod limits;
mod registrars;
mod runners;
mod server;
mod webhook;
mod world;
