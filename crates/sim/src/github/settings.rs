//! Every number GitHub is free to choose, with the value it is known to have.

use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Settings {
    pub app_id: u64,
    pub app_slug: String,
    pub hook_id: u64,
    /// Events the App is subscribed to.
    pub events: BTreeSet<String>,
    pub timing: Timing,
    pub limits: Limits,
    /// Runner versions that may register but no longer receive messages.
    pub deprecated_versions: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct Timing {
    /// From an event to its delivery's start, drawn anew for each; a range reorders.
    pub hook_latency: (Duration, Duration),
    /// No answer for this long is a failed delivery.
    pub hook_timeout: Duration,
    /// How long a delivery can be listed and sent again.
    pub hook_retention: Duration,
    /// Between the `queued`, `waiting` and `queued` of an environment gate.
    pub gate_step: Duration,
    /// From "queued" to the first offer.
    pub dispatch: Duration,
    /// A runner that was offered a job and did not take it loses it after this.
    pub offer: Duration,
    /// The first offer included.
    pub offers: u32,
    /// A just-in-time runner that listens and gets nothing is removed after this.
    pub idle_removal: Duration,
    /// A runner that never connected is removed after this.
    pub unused_removal: Duration,
    /// A session that does not poll for this long is offline.
    pub presence: Duration,
    /// How far ahead each renewal locks a job.
    pub lock: Duration,
    /// A runner lost in the middle of a job can stay busy, and undeletable, for this long.
    pub ghost_busy: Duration,
    /// A runner told to cancel that does not end the job loses it after this.
    pub cancel_grace: Duration,
    /// A job queued for this long is cancelled.
    pub queue: Duration,
    /// Runs that ended so long ago, their jobs, and registrations that ended, are no longer known.
    pub run_retention: Duration,
    /// Runs older than this cannot run again.
    pub rerun_window: Duration,
    pub reruns: u32,
}

#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests an hour, App and installations each.
    pub core: u64,
    /// Which bucket just-in-time registrations are charged to; public evidence disagrees.
    pub registration_resource: Resource,
    /// Registrations an hour.
    pub registration: u64,
    /// Points a minute: a read is one, a write is five.
    pub points: u64,
    /// Registrations in five minutes for one organization or repository.
    pub registration_burst: u64,
    pub runners_per_group: usize,
}

/// A rate limit bucket, as `x-ratelimit-resource` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    Core,
    RunnerRegistration,
}

impl Resource {
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::RunnerRegistration => "actions_runner_registration",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_id: 123_456,
            app_slug: "quillon".to_owned(),
            hook_id: 509_117_333,
            events: BTreeSet::from(["workflow_job".to_owned()]),
            timing: Timing::default(),
            limits: Limits::default(),
            deprecated_versions: BTreeSet::new(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        Self {
            hook_latency: (Duration::ZERO, Duration::ZERO),
            hook_timeout: Duration::from_secs(10),
            hook_retention: minutes(3 * 24 * 60),
            gate_step: Duration::from_millis(200),
            dispatch: Duration::ZERO,
            offer: Duration::from_secs(60),
            offers: 3,
            idle_removal: minutes(5),
            unused_removal: minutes(24 * 60),
            presence: minutes(2),
            lock: minutes(10),
            ghost_busy: minutes(60),
            cancel_grace: minutes(5),
            queue: minutes(24 * 60),
            run_retention: minutes(400 * 24 * 60),
            rerun_window: minutes(30 * 24 * 60),
            reruns: 50,
        }
    }
}

impl Timing {
    /// The pace of the real service, for a demonstration that should look like it.
    pub fn lifelike() -> Self {
        Self {
            hook_latency: (Duration::from_millis(300), Duration::from_millis(1500)),
            dispatch: Duration::from_millis(800),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            core: 5_000,
            registration_resource: Resource::RunnerRegistration,
            registration: 10_000,
            points: 900,
            registration_burst: 1_500,
            runners_per_group: 10_000,
        }
    }
}
