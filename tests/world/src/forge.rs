//! GitHub and the registry beside AWS.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sim::github::Settings;

use crate::{
    github::{App, AppKey, GitHubConfig, GitHubHandle},
    registry::RegistryHandle,
    room::Room,
    setup::Setup,
    snapshot::Snapshot,
};

/// What only the App's owner knows.
#[derive(Clone, Deserialize, Serialize)]
pub struct Owner {
    pub private_key_pem: String,
    public_key_pem: String,
    pub webhook_secret: String,
}

const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

#[derive(Debug)]
pub(crate) struct Forge {
    pub(crate) github: Arc<GitHubHandle>,
    pub(crate) registry: Arc<RegistryHandle>,
    pub(crate) owner: Owner,
    places: [SocketAddr; 3],
}

impl Forge {
    pub(crate) fn open(
        room: &Room,
        setup: &Setup<'_>,
        settings: &Settings,
        snapshot: Option<&Snapshot>,
    ) -> Result<Self> {
        let owner = match snapshot.and_then(|snapshot| snapshot.owner.clone()) {
            Some(owner) => owner,
            None => Owner::new()?,
        };
        let listen = places(snapshot.and_then(|snapshot| snapshot.places.forge));
        let config = GitHubConfig {
            listen: listen[0],
            node_modules: setup.node_modules()?,
            seed: 1,
            settings: settings.clone(),
            app: App {
                public_key_pem: owner.public_key_pem.clone(),
                webhook_secret: owner.webhook_secret.clone(),
                hook_url: None,
            },
            registrars: Vec::new(),
        };
        // What was free a moment ago may be another world's by now.
        let elsewhere = GitHubConfig { listen: ANYWHERE, ..config.clone() };
        let github = match room.wait(GitHubHandle::start(config))? {
            Ok(github) => github,
            Err(_) => room.wait(GitHubHandle::start(elsewhere))?.context("starting GitHub")?,
        };
        let registry = match room.wait(RegistryHandle::start(listen[1], listen[2]))? {
            Ok(registry) => registry,
            Err(_) => {
                room.wait(RegistryHandle::start(ANYWHERE, ANYWHERE))?.context("starting the registry")?
            }
        };
        let at =
            |url: &str| url.trim_start_matches("http://").parse::<SocketAddr>().context("an odd address");
        let places = [at(github.url())?, at(&registry.front())?, at(&registry.origin())?];
        Ok(Self { github: Arc::new(github), registry: Arc::new(registry), owner, places })
    }

    pub(crate) fn places(&self) -> [SocketAddr; 3] {
        self.places
    }
}

/// Where the snapshot's URLs point, as far as nobody else is there; else anywhere.
fn places(remembered: Option<[SocketAddr; 3]>) -> [SocketAddr; 3] {
    let free = |at: SocketAddr| std::net::TcpListener::bind(at).map_or(ANYWHERE, |_| at);
    remembered.map_or([ANYWHERE; 3], |places| places.map(free))
}

impl Owner {
    fn new() -> Result<Self> {
        let key = AppKey::generate().context("making the App's key")?;
        Ok(Self {
            private_key_pem: key.private_pem,
            public_key_pem: key.public_pem,
            webhook_secret: "a secret that GitHub and the webhook share".to_owned(),
        })
    }
}

impl std::fmt::Debug for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Owner").finish_non_exhaustive()
    }
}
