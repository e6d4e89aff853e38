//! The names of all metrics: those of Actions Runner Controller where they mean the same.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    pub name: &'static str,
    pub unit: Unit,
}

/// As `CloudWatch` writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Count,
    Milliseconds,
    Seconds,
}

/// Jobs that have a launch.
pub const ASSIGNED_JOBS: Metric = count("gha_assigned_jobs");
/// Jobs whose steps run.
pub const RUNNING_JOBS: Metric = count("gha_running_jobs");
/// Runners that claimed and got a registration.
pub const REGISTERED_RUNNERS: Metric = count("gha_registered_runners");
/// Runners with a job.
pub const BUSY_RUNNERS: Metric = count("gha_busy_runners");
pub const STARTED_JOBS: Metric = count("gha_started_jobs_total");
pub const COMPLETED_JOBS: Metric = count("gha_completed_jobs_total");
/// From queued to running.
pub const JOB_STARTUP: Metric = seconds("gha_job_startup_duration_seconds");
/// From running to completed.
pub const JOB_EXECUTION: Metric = seconds("gha_job_execution_duration_seconds");

/// Jobs without a launch: what a pool that is too small shows first.
pub const WAITING_JOBS: Metric = count("quillon_waiting_jobs");
pub const ORDERED_NODES: Metric = count("quillon_ordered_nodes_total");
/// Orders that the provider had no capacity for.
pub const REFUSED_ORDERS: Metric = count("quillon_refused_orders_total");
/// Launches that ended without their job having run.
pub const FAILED_LAUNCHES: Metric = count("quillon_failed_launches_total");
/// Rows of the ledger that nobody can read.
pub const UNREADABLE_ROWS: Metric = count("quillon_unreadable_rows");
pub const TICK_DURATION: Metric = Metric { name: "quillon_tick_duration_ms", unit: Unit::Milliseconds };

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
        }
    }
}

const fn count(name: &'static str) -> Metric {
    Metric { name, unit: Unit::Count }
}

const fn seconds(name: &'static str) -> Metric {
    Metric { name, unit: Unit::Seconds }
}
