//! What a workflow's `runs-on` says.
//!
//! ```text
//! <kind>[-<version>][-<N>c[-<M>g]][-x64|-arm64][-spot|-od][-gpu][-dind][-st][-run-<id>]
//! ```
//!
//! | part | says | left out |
//! |---|---|---|
//! | `dagger` `docker` `bare` | the sidecar: a Dagger engine, a dockerd, none | |
//! | `v0-19-4` `v1-0-0-beta-10` `latest` | the engine's version; `dagger` only, right after it; dots are fine too | the latest |
//! | `16c` | vCPUs, 1 to 384 | the pool's default size |
//! | `32g` | GiB of memory, 1 to 3072; only beside vCPUs | 2 GiB for each vCPU |
//! | `x64` `arm64` | the architecture | whichever pool fits |
//! | `spot` `od` | spot or on-demand | whichever pool fits |
//! | `gpu` | a GPU; x64 only | none |
//! | `dind` | a dockerd beside the Dagger engine; `dagger` only | none |
//! | `st` | single tenant: the node runs nothing else | shared with like jobs |
//! | `run-<id>` | the runner is for one run; comes last | for any |
//!
//! Case does not matter, nor the order between version and run. Each part stands at most once.
//!
//! Two more spellings are read. A **list**, `[self-hosted, dagger-v0.19.4, 16c-32g, arm64, spot]`: one
//! label names the kind, the others are parts; `self-hosted` and `linux` are read over. A runner must carry
//! all labels of its job, so any label that is not ours makes the list wrong: our runner would carry it
//! too, and be given other people's jobs. **`RunsOn`'s**, `runs-on=<run>/cpu=4/ram=16/spot=true`, is the
//! kind `docker`; what has no counterpart here is wrong, what changes nothing (`ssh`, `retry`, `tag`,
//! `family` without a size) is read over.
//!
//! Labels of other people are [`Verdict::Foreign`], and it is better to miss one of ours than to take one
//! of theirs. A label is *ours but wrong* if it begins with `dagger` and has anything that looks like a part,
//! or with `docker` or `bare` and has a part first that nobody else writes (a size, a whole version, `spot`,
//! `od`, `dind`, `st`, `run-<id>`). So `docker-build-host`, `bare-metal`, `dagger-ci` and `docker-latest`
//! are foreign, and so is a list whose only sign is the word `docker` or `bare`.

mod caveat;
mod draft;
mod fault;
mod grammar;
mod part;
mod runs_on;
mod spec;
mod version;

pub use caveat::{Caveat, caveats};
pub use fault::Fault;
pub use spec::{Kind, Spec};
pub use version::{Release, ReleaseError, Version};

/// Whose labels these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ours(Spec),
    /// Another runner's: ignored in silence.
    Foreign,
    /// Meant for us, and not to be understood.
    Wrong(WrongLabel),
}

/// Why labels that were meant for us cannot be read, and the nearest label that can.
///
/// Its Display is the sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}; write `{instead}{}`", if matches!(fault, Fault::RunWithoutId | Fault::RunsOnRun(_)) { RUN } else { "" })]
pub struct WrongLabel {
    /// The first of perhaps several.
    pub fault: Fault,
    pub instead: Spec,
}

/// How a workflow binds a runner to its run.
const RUN: &str = "-run-${{ github.run_id }}";

/// GitHub's limits for the labels of a runner, which carries its job's.
const MAX_LABELS: usize = 100;
const MAX_LENGTH: usize = 256;

/// Reads all labels of one job. Dagger versions below `min_version` are wrong.
#[must_use]
pub fn parse<L: AsRef<str>>(labels: &[L], min_version: Option<&Release>) -> Verdict {
    let labels = normal(labels);
    let Some(draft) = runs_on::read(&labels).or_else(|| grammar::read(&labels)) else {
        return Verdict::Foreign;
    };
    let (spec, faults) = draft.finish(min_version);
    match faults.into_iter().next().or_else(|| beyond_limits(&labels)) {
        Some(fault) => Verdict::Wrong(WrongLabel { fault, instead: spec }),
        None => Verdict::Ours(spec),
    }
}

/// GitHub compares labels without regard to case.
fn normal<L: AsRef<str>>(labels: &[L]) -> Vec<String> {
    labels.iter().map(|label| label.as_ref().trim().to_lowercase()).collect()
}

fn beyond_limits(labels: &[String]) -> Option<Fault> {
    if labels.len() > MAX_LABELS {
        return Some(Fault::TooMany(labels.len()));
    }
    let lengths = labels.iter().map(|label| label.chars().count());
    lengths.max().filter(|longest| *longest > MAX_LENGTH).map(Fault::TooLong)
}
