//! The GitHub side of an installation: a repository whose App webhook is ours.

use sim::github::{RepositoryId, Visibility};
use world::World;

/// An organisation's private repository, and our App in it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub repository: RepositoryId,
}

pub const ORGANIZATION: &str = "octo-org";
pub const REPOSITORY: &str = "octo-repo";

/// Makes the repository, installs the App and points its webhook at us.
pub(crate) fn place(world: &World, webhook_url: &str) -> Place {
    let github = world.github().expect("an installation's world has a GitHub");
    github.add_organization(ORGANIZATION);
    let repository = github.add_repository(ORGANIZATION, REPOSITORY, Visibility::Private);
    github.install(ORGANIZATION);
    github.set_hook_url(webhook_url);
    Place { repository }
}
