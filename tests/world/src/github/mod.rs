//! GitHub over HTTP: the machine of `sim`, in GitHub's own protocol, checked against GitHub's own description.

mod answer;
mod clock;
mod config;
mod control;
mod credentials;
mod description;
mod handle;
pub mod http;
mod hooks;
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
pub use key::AppKey;
pub use journal::{Breach, Call};
pub use text::{iso, percent_decoded};
