//! GitHub over HTTP: the machine of `sim`, in GitHub's own protocol, checked against GitHub's own description.

mod answer;
mod clock;
mod config;
mod control;
mod credentials;
mod description;
mod handle;
mod hooks;
pub mod http;
mod jit;
mod journal;
mod key;
mod payload;
mod rest;
pub mod runner;
mod serve;
mod shared;
mod text;

pub use config::{App, GitHubConfig};
pub use handle::GitHubHandle;
pub use journal::{Breach, Call};
pub use key::AppKey;
pub use text::{iso, percent_decoded};
