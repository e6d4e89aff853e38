//! What is shared out among repositories: `limits` in the document, which may leave it out.

use std::collections::BTreeMap;

use model::{budget::AMinute, rules::Limits};

use super::{
    form,
    read::{Node, Object},
};

/// `None` if it is there and wrong.
pub(super) fn read(document: &Object<'_>) -> Option<Limits> {
    match document.optional("limits") {
        Some(limits) => limits.object(read_limits)?,
        None => Some(Limits::default()),
    }
}

fn read_limits(limits: &Object<'_>) -> Option<Limits> {
    let max_jobs = limits.optional("max_jobs").map(|max| max.read(&form::COUNT));
    let registrations = limits.optional("registrations_per_minute").map(|it| it.read(&form::COUNT));
    let cluster = limits.optional("max_cluster_nodes").map(|it| it.read(&form::COUNT));
    let repositories = limits.optional("repositories").map(|it| read_repositories(&it));
    let default = Limits::default();
    Some(Limits {
        max_jobs: all(max_jobs)?,
        repositories: all(repositories)?.unwrap_or_default(),
        registrations: all(registrations)?.map_or(default.registrations, AMinute),
        n_apps: default.n_apps,
        max_cluster_nodes: all(cluster)?.unwrap_or(default.max_cluster_nodes),
    })
}

/// What is there must be right.
fn all<T>(field: Option<Option<T>>) -> Option<Option<T>> {
    match field {
        Some(read) => read.map(Some),
        None => Some(None),
    }
}

fn read_repositories(repositories: &Node<'_>) -> Option<BTreeMap<String, u32>> {
    let mut read = BTreeMap::new();
    let mut is_whole = true;
    for (name, node) in repositories.entries()? {
        if !is_full_name(name) {
            node.fault("is no repository's full name; write one like `acme/shop`");
            is_whole = false;
        }
        match node.object(|repository| repository.read("max_jobs", &form::COUNT)).flatten() {
            // Case does not matter where they come from.
            Some(max) if read.insert(name.to_lowercase(), max).is_some() => {
                node.fault("stands there twice; leave one out");
                is_whole = false;
            }
            Some(_) => {}
            None => is_whole = false,
        }
    }
    is_whole.then_some(read)
}

fn is_full_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    name.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}
