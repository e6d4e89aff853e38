//! Names and numbers of things, each of a type of its own so that two kinds never mix.

use std::fmt;
use std::str::FromStr;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

number! {
    /// A workflow job. Every attempt of a job has an id of its own, unique over all repositories.
    JobId
}
impl JobId {
    /// Nobody's, for jobs are counted from one: launches that were started before there was a job for them.
    pub const NONE: Self = Self(0);
}

number! {
    /// A workflow run, which its attempts share.
    RunId
}
number! {
    /// A repository, which keeps its id when it is renamed.
    RepositoryId
}
number! {
    /// An installation of our App in an account: what access tokens are made for.
    InstallationId
}
number! {
    /// A registered runner, as the forge counts them: a name can be registered anew, a number cannot.
    RegistrationId
}
number! {
    /// One attempt to tell us of an event.
    DeliveryId
}
text! {
    /// Where runners are registered: `<organization>`, or `<user>/<repository>`.
    ScopeId
}
text! {
    /// A machine, as the compute provider names it.
    InstanceId
}
text! {
    /// A started task, as the compute provider names it; the session name of its credentials.
    TaskId
}
text! {
    /// One revision of a task definition.
    Revision
}
text! {
    /// An availability zone.
    Zone
}

/// The `n`-th launch for a job, counted from one: whoever decides it twice decides the same launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaunchId {
    pub job: JobId,
    pub n: u32,
}

impl LaunchId {
    /// Started before there was a job for it; then counted by its second, or on from the last one.
    pub fn is_standby(self) -> bool {
        self.job == JobId::NONE
    }
}

impl fmt::Display for LaunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.job, self.n)
    }
}

impl FromStr for LaunchId {
    type Err = NotALaunch;

    fn from_str(text: &str) -> Result<Self, NotALaunch> {
        let (job, n) = text.split_once('-').ok_or(NotALaunch)?;
        Ok(Self { job: JobId(digits(job)?), n: digits(n)? })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a launch is written `<job>-<n>`")]
pub struct NotALaunch;

/// An order of nodes: the pool, and the version of the pool's row that it was decided on, so that
/// two ticks that decide at once decide the same order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderId {
    pub pool: crate::rules::PoolName,
    pub version: u64,
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.pool, self.version)
    }
}

/// What a registration is called at the forge: it names the launch, and which of its claims made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunnerName {
    pub launch: LaunchId,
    pub attempt: u32,
}

impl RunnerName {
    /// Reads a name that may be anybody's: another's runner is `None`.
    pub fn parse(name: &str) -> Option<Self> {
        let (launch, attempt) = name.strip_prefix("quillon-")?.rsplit_once('-')?;
        Some(Self { launch: launch.parse().ok()?, attempt: digits(attempt).ok()? })
    }
}

impl fmt::Display for RunnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quillon-{}-{}", self.launch, self.attempt)
    }
}

/// Digits alone: `parse` would also take a sign, and then one thing had two names.
fn digits<T: FromStr>(text: &str) -> Result<T, NotALaunch> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) || (text.len() > 1 && text.starts_with('0')) {
        return Err(NotALaunch);
    }
    text.parse().map_err(|_| NotALaunch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_name_leads_back_to_its_launch() {
        let name = RunnerName { launch: LaunchId { job: JobId(29_679_449_526), n: 2 }, attempt: 3 };
        assert_eq!(name.to_string(), "quillon-29679449526-2-3");
        assert_eq!(RunnerName::parse(&name.to_string()), Some(name));
        let longest =
            RunnerName { launch: LaunchId { job: JobId(u64::MAX), n: u32::MAX }, attempt: u32::MAX };
        assert!(longest.to_string().len() <= 64, "the forge takes 64 characters");
    }

    #[test]
    fn other_peoples_runners_are_not_ours() {
        for name in [
            "",
            "quillon",
            "quillon-",
            "quillon-1",
            "quillon-1-2",
            "quillon-+1-1-1",
            "quillon-01-1-1",
            "ip-10-0-0-1",
        ] {
            assert_eq!(RunnerName::parse(name), None, "{name}");
        }
    }
}
