//! The configuration document: one JSON object that Terraform writes and every function reads.
//!
//! It is read by hand and not by a derive, because a derive stops at the first fault: whoever edits a
//! configuration wants all of them at once, each with its path and the fix.

mod capacity;
mod fallback;
mod form;
mod limits;
mod pool;
mod read;
mod schedule;
mod serverless;
mod settings;
mod standby;
mod tier;

use std::{cell::RefCell, fmt};

use model::rules::Rules;

use read::Node;
pub use settings::{App, Images, PoolSettings, Registrar, Serverless, Settings, Tasks};

/// A document without a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// What decisions depend on.
    pub rules: Rules,
    /// Where things are: what only adapters need.
    pub settings: Settings,
}

/// One thing that is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where in the document, `pools.small.zones[0]`; empty for the document as a whole.
    pub path: String,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the document" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}

/// Reads a document, or says everything that is wrong with it, in the order of the paths.
pub fn check(document: &[u8]) -> Result<Configuration, Vec<Fault>> {
    let value = serde_json::from_slice(document).map_err(|error| {
        vec![Fault { path: String::new(), message: format!("is no JSON: {error}; write one JSON object") }]
    })?;
    let faults = RefCell::default();
    let configuration = settings::read(&Node::root(&value, &faults));
    let mut faults = faults.into_inner();
    faults.sort();
    match configuration {
        Some(configuration) if faults.is_empty() => Ok(configuration),
        Some(_) | None => Err(faults),
    }
}
