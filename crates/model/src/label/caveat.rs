//! What a good label does not protect against.

use std::fmt;

use super::{RUN, Spec, normal, runs_on};

/// A sentence for the person who wrote the label. Nothing here is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caveat {
    /// GitHub gives a job to any runner whose labels contain the job's.
    List { instead: String },
    /// Nothing ties the runner to one workflow run.
    Unbound { instead: String },
    /// Options of RunsOn's spelling that are read over.
    Ignored { options: Vec<String> },
}

/// What the writer of these labels, which say `spec`, should know.
#[must_use]
pub fn caveats<L: AsRef<str>>(labels: &[L], spec: &Spec) -> Vec<Caveat> {
    let labels = normal(labels);
    let mut caveats = Vec::new();
    let options = if runs_on::read(&labels).is_some() { runs_on::ignored(&labels) } else { Vec::new() };
    if !options.is_empty() {
        caveats.push(Caveat::Ignored { options });
    }
    let instead = if spec.run.is_some() { spec.to_string() } else { format!("{spec}{RUN}") };
    if labels.len() > 1 {
        caveats.push(Caveat::List { instead });
    } else if spec.run.is_none() {
        caveats.push(Caveat::Unbound { instead });
    }
    caveats
}

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List { instead } => write!(
                f,
                "a list does not protect against jobs stealing each other's runners: GitHub gives a job to any \
                 runner whose labels contain all of the job's, so a job that asks for only some of these labels \
                 can take this runner; one label protects, `{instead}`"
            ),
            Self::Unbound { instead } => write!(
                f,
                "a job of another run that asks for the same may take this runner, and this job that one's; \
                 to bind it to its run write `{instead}`"
            ),
            Self::Ignored { options } => {
                write!(f, "read over, because pools decide it here: `{}`", options.join("`, `"))
            }
        }
    }
}
