//! The events that functions are started with, read leniently: what a function must not fail on is what
//! somebody else added to them.

mod http;
mod queue;

pub use http::{Answer, Caller, Request, Session};
pub use queue::{Message, Messages, Received};
