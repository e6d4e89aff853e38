//! What is said to AWS and to a registry, word for word, and what is made of their answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod definition;
mod loose;
mod order;
mod price;
mod registry;
mod server;
mod shrink;
mod survey;
mod task;
mod world;
