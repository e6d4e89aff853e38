//! Deliveries of GitHub's: who sent them, and what they say.

mod payload;
mod verify;

pub use payload::{Delivery, PayloadError, parse};
pub use verify::{SignatureError, Verified, verify};
