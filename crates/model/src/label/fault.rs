//! What can be wrong with labels that were meant for us.

use super::{
    spec::Kind,
    version::{Release, Version},
};
use crate::size::{Gib, Vcpu};

/// Each says what is wrong; what to write instead is the [`super::WrongLabel`]'s to add.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("`{0}` is no part of a label")]
    Unknown(String),
    #[error("`{text}` is spelt `{part}`")]
    Spelling { text: String, part: String },
    #[error("two dashes in a row, or one at the end, leave a part empty")]
    Empty,
    #[error("`{0}` is for GitHub to fill in, and here its value has to stand")]
    Unfilled(String),

    #[error("`{0}` is no whole version, which has three numbers")]
    VersionNumbers(String),
    #[error("a version begins with `v`, and `{0}` does not")]
    VersionWithoutV(String),
    #[error("`{0}` is no number that a version has")]
    VersionNumber(String),
    #[error("the version `{0}` comes right after the kind")]
    VersionNotFirst(Version),
    #[error("`{0}` has no version, only `dagger` does")]
    VersionOf(Kind),
    #[error("{version} is below {minimum}, the oldest version this installation runs")]
    BelowMinimum { version: Release, minimum: Release },

    #[error("`{0}` is no number of vCPUs, which goes from `1c` to `{max}c`", max = Vcpu::MAX)]
    Vcpu(String),
    #[error("`{0}` is no amount of memory, which goes from `1g` to `{max}g`", max = Gib::MAX)]
    Memory(String),
    #[error("memory alone, `{0}`, is no size, the number of vCPUs is missing")]
    MemoryAlone(String),

    #[error("`{0}` stands there twice")]
    Twice(String),
    #[error("`{first}` and `{second}` contradict each other")]
    Contradiction { first: String, second: String },
    #[error("`gpu` and `arm64` do not go together, GPUs are on x64 only")]
    GpuOnArm,
    #[error("`dind` does not go with `{0}`, only with `dagger`")]
    DindOf(Kind),

    #[error("`run-` needs the number of the run, `${{{{ github.run_id }}}}`")]
    RunWithoutId,
    #[error("`run-{run}` has `{tail}` behind it, and it comes last")]
    RunNotLast { run: u64, tail: String },
    #[error("`run-{0}` as a label of its own binds nothing, it has to end the one label")]
    RunAlone(u64),

    #[error("`{0}` and `{1}` are two kinds, and a job has one")]
    TwoKinds(String, String),
    #[error("a runner of ours would have to carry `{0}` too, and take jobs meant for others")]
    Stranger(String),
    #[error("a label has at most 256 characters, this one has {0}")]
    TooLong(usize),
    #[error("a runner has at most 100 labels, this job asks for {0}")]
    TooMany(usize),

    #[error("RunsOn's `{key}` {why}")]
    RunsOn { key: String, why: &'static str },
    #[error("`{0}` is no run, which is a number")]
    RunsOnRun(String),
    #[error("`{0}` is none of RunsOn's runners that mean the same here, as `4cpu-linux-x64` does")]
    RunsOnRunner(String),
}
