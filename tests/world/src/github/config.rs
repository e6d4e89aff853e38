//! What GitHub must be told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;

use sim::github::Settings;

#[derive(Clone, Debug)]
pub struct GitHubConfig {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where `npm ci` put GitHub's description and examples.
    pub node_modules: PathBuf,
    pub seed: u64,
    pub settings: Settings,
    pub app: App,
    /// Further Apps by their ids, each with its public key: they have no webhook.
    pub registrars: Vec<(u64, String)>,
}

/// The App as GitHub knows it: the private key is its owner's alone.
#[derive(Clone, Debug)]
pub struct App {
    pub public_key_pem: String,
    pub webhook_secret: String,
    /// Where webhooks go. None until somebody says.
    pub hook_url: Option<String>,
}
