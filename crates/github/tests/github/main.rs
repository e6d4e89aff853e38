//! What is said to GitHub, word for word, and what is made of its answers and its webhooks.

mod app;
mod forge;
mod key;
mod limits;
mod server;
mod webhook;
mod world;
