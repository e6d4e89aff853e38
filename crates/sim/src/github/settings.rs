//! Every number GitHub is free to choose.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::numbers::github as number;

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
    /// The API shows of a job what was so this long ago, though its event came at once: up to twenty seconds (seen,
    /// RunsOn #429). None, unless it is set.
    pub api_lag: Duration,
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
        Self {
            hook_latency: (Duration::ZERO, Duration::ZERO),
            api_lag: Duration::ZERO,
            hook_timeout: number::HOOK_TIMEOUT,
            hook_retention: number::HOOK_RETENTION,
            gate_step: number::GATE_STEP,
            dispatch: Duration::ZERO,
            offer: number::OFFER,
            offers: number::OFFERS,
            idle_removal: number::IDLE_REMOVAL,
            unused_removal: number::UNUSED_REMOVAL,
            presence: number::PRESENCE,
            lock: number::LOCK,
            ghost_busy: number::GHOST_BUSY,
            cancel_grace: number::CANCEL_GRACE,
            queue: number::QUEUE,
            run_retention: number::RUN_RETENTION,
            rerun_window: number::RERUN_WINDOW,
            reruns: number::RERUNS,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            core: number::CORE,
            registration_resource: Resource::RunnerRegistration,
            registration: number::REGISTRATIONS,
            points: number::POINTS,
            registration_burst: number::REGISTRATION_BURST,
            runners_per_group: number::RUNNERS_PER_GROUP,
        }
    }
}
