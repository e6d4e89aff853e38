//! How a runner ends, and what its exit code says about it.

use std::fmt;

/// A signal that ends a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Interrupt,
    Terminate,
}

/// One row of the README's table of exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Served,
    LaunchEnded,
    ClaimRefused,
    ClaimUnanswered,
    ClaimWaited,
    NoJob,
    JobLost,
    VersionRefused,
    SessionConflict,
    ListenerFailed,
    Misconfigured,
    Stopped(Stop),
}

impl Ending {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Served | Self::LaunchEnded => 0,
            Self::ClaimRefused => 10,
            Self::ClaimUnanswered => 11,
            Self::ClaimWaited => 12,
            Self::NoJob => 20,
            Self::JobLost => 21,
            Self::VersionRefused => 22,
            Self::SessionConflict => 23,
            Self::ListenerFailed => 24,
            // EX_CONFIG of sysexits.h.
            Self::Misconfigured => 78,
            // What a shell says of a process that a signal ended.
            Self::Stopped(Stop::Interrupt) => 130,
            Self::Stopped(Stop::Terminate) => 143,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Served => "a job ran to its end",
            Self::LaunchEnded => "the launch had ended before it began",
            Self::ClaimRefused => "the claim was refused",
            Self::ClaimUnanswered => "the claim got no answer in time",
            Self::ClaimWaited => "the claim found no work in time",
            Self::NoJob => "the listener ended and had taken no job",
            Self::JobLost => "the listener ended before its job did",
            Self::VersionRefused => "GitHub refuses this version of the runner",
            Self::SessionConflict => "another session of this runner exists",
            Self::ListenerFailed => "the listener failed before it took a job",
            Self::Misconfigured => "the environment is not what a task of ours has",
            Self::Stopped(Stop::Interrupt) => "interrupted before the job's end",
            Self::Stopped(Stop::Terminate) => "terminated before the job's end",
        })
    }
}
