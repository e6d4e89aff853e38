//! Deliveries of GitHub's: who sent them, and what they say.

mod event;
mod payload;
mod verify;

pub use event::Event;
pub use payload::{Delivery, PayloadError, parse};
pub use verify::{SignatureError, Verified, verify};
