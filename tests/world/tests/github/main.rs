//! GitHub as a client meets it: over HTTP, with real keys and real signatures.

mod desk;
mod rest;
mod runners;
mod webhooks;
