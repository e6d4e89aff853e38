//! The names of the fields, which conditions and updates say too.

pub const ATTEMPT: &str = "attempt";
pub const ASKED_AT: &str = "asked_at";
pub const AT: &str = "at";
pub const BUSY_AT: &str = "busy_at";
pub const CLAIMED_AT: &str = "claimed_at";
pub const CONCLUSION: &str = "conclusion";
pub const CORDONED: &str = "cordoned";
pub const CORDONED_AT: &str = "cordoned_at";
pub const CPU: &str = "cpu";
pub const CPU_USED: &str = "cpu_used";
pub const DOUBTED_AT: &str = "doubted_at";
pub const ENDED_AT: &str = "ended_at";
/// Seconds since 1970: the table's time to live reads it.
pub const EXPIRES_AT: &str = "expires_at";
pub const FAILED_AT: &str = "failed_at";
pub const FAILED_WHY: &str = "failed_why";
pub const HAS_RUN: &str = "has_run";
pub const IDLE_SINCE: &str = "idle_since";
pub const INSTALLATION: &str = "installation";
pub const IS_ORGANIZATION: &str = "is_organization";
pub const IS_PRIVATE: &str = "is_private";
pub const JOB: &str = "job";
pub const JOBS: &str = "jobs";
pub const LABELS: &str = "labels";
pub const LAUNCH: &str = "launch";
pub const LOST_AT: &str = "lost_at";
pub const MEMORY: &str = "memory";
pub const MEMORY_USED: &str = "memory_used";
pub const N: &str = "n";
pub const N_LAUNCHES: &str = "n_launches";
pub const NODE: &str = "node";
pub const NONCE_HASH: &str = "nonce_hash";
pub const ORDERED_AT: &str = "ordered_at";
pub const OWNER: &str = "owner";
pub const PLANNED_AT: &str = "planned_at";
pub const POOL: &str = "pool";
pub const QUEUED_AT: &str = "queued_at";
pub const READY_AT: &str = "ready_at";
pub const REASON: &str = "reason";
pub const REASON_CODE: &str = "reason_code";
pub const REFUSALS: &str = "refusals";
pub const REFUSED_TIMES: &str = "refused_times";
pub const REPOSITORY: &str = "repository";
pub const REPOSITORY_ID: &str = "repository_id";
pub const REVISION: &str = "revision";
pub const RUN: &str = "run";
pub const RUN_ATTEMPT: &str = "run_attempt";
pub const RUNNER: &str = "runner";
pub const STARTED_AT: &str = "started_at";
pub const STATE: &str = "state";
pub const TASK: &str = "task";
pub const TOOK: &str = "took";
pub const TRUST: &str = "trust";
pub const VERSION: &str = "version";
pub const WHY: &str = "why";
pub const ZONE: &str = "zone";

/// Values of [`STATE`].
pub mod state {
    pub const QUEUED: &str = "queued";
    pub const RUNNING: &str = "running";
    pub const PLANNED: &str = "planned";
    pub const ASKED: &str = "asked";
    pub const CLAIMED: &str = "claimed";
    pub const BUSY: &str = "busy";
    pub const ORDERED: &str = "ordered";
    pub const READY: &str = "ready";
    pub const DRAINING: &str = "draining";
    pub const WAITING: &str = "waiting";
    pub const OVER: &str = "over";
}
