//! What the registry holds and what is wrong with it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::image::{self, Architecture, Document};

const TOKEN_LIFE: Duration = Duration::from_secs(300);

#[derive(Debug, Default)]
pub(super) struct Store {
    repositories: BTreeMap<String, Repository>,
    /// Token to the repository it opens and when it ends.
    tokens: BTreeMap<String, (String, Duration)>,
    n_tokens: usize,
    n_editions: usize,
    pub(super) front: Front,
    pub(super) trouble: Option<Trouble>,
    pub(super) requests: Vec<Request>,
}

#[derive(Debug, Default)]
struct Repository {
    tags: BTreeMap<String, String>,
    documents: BTreeMap<String, Document>,
}

/// How the name in front leads to the real registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Front {
    /// Sends clients to the other host and path, where they need a token of that host.
    #[default]
    Redirect,
    /// Answers in the other's name, with its own token endpoint; without any credentials, it gets itself some.
    Proxy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    Outage,
    TooManyRequests { retry_after: Duration },
}

/// One request that reached either address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub is_front: bool,
    pub method: String,
    /// With its query.
    pub target: String,
    pub status: u16,
}

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    Open,
    Elsewhere,
    Invalid,
}

impl Store {
    pub(super) fn publish(&mut self, name: &str, tag: &str, architectures: &[Architecture]) -> String {
        self.n_editions += 1;
        let documents = image::documents(name, tag, self.n_editions, architectures);
        let digest = documents[0].digest.clone();
        let repository = self.repositories.entry(name.to_owned()).or_default();
        repository.tags.insert(tag.to_owned(), digest.clone());
        repository.documents.extend(documents.into_iter().map(|doc| (doc.digest.clone(), doc)));
        digest
    }

    pub(super) fn remove(&mut self, name: &str, tag: &str) {
        if let Some(repository) = self.repositories.get_mut(name) {
            repository.tags.remove(tag);
        }
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        self.repositories.contains_key(name)
    }

    /// By tag or by digest.
    pub(super) fn document(&self, name: &str, reference: &str) -> Option<&Document> {
        let repository = self.repositories.get(name)?;
        let digest = repository.tags.get(reference).map_or(reference, String::as_str);
        repository.documents.get(digest)
    }

    pub(super) fn issue(&mut self, name: &str, now: Duration) -> String {
        self.n_tokens += 1;
        let token = format!("anonymous-{}-{name}", self.n_tokens);
        self.tokens.insert(token.clone(), (name.to_owned(), now + TOKEN_LIFE));
        token
    }

    pub(super) fn grant(&self, token: &str, name: &str, now: Duration) -> Grant {
        match self.tokens.get(token) {
            Some((_, end)) if *end <= now => Grant::Invalid,
            Some((opens, _)) if opens == name => Grant::Open,
            Some(_) => Grant::Elsewhere,
            None => Grant::Invalid,
        }
    }
}
