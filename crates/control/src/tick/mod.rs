//! One look at the world and what is done about it: observe, plan, commit, execute.

mod capacity;
mod commit;
mod cordon;
mod counter;
mod drain;
mod end;
mod execute;
mod failing;
mod hung;
mod loose;
mod observe;
mod order;
mod post;
mod price;
mod rerun;
mod resume;
mod roll;
mod runners;
mod settle;
mod spend;
mod standby;
mod stray;
mod tell;
mod trust;

use model::cordon::Warned;
use model::observation::Stopped;
use model::plan::{Plan, Report};
use model::rules::Rules;
use model::time::Timestamp;

use crate::error::PortError;
use crate::port::Ports;

/// How far a tick looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The ledger, and of the outside only what it must know of jobs it has not met.
    Ring,
    /// All there is: once a minute, because the provider counts the questions.
    Sweep,
}

/// What a tick was called for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub depth: Depth,
    pub stopped: Vec<Stopped>,
    pub warned: Vec<Warned>,
}

/// What a tick did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Ticked {
    pub plan: Plan,
    pub report: Report,
}

#[derive(Debug, thiserror::Error)]
pub enum TickError {
    #[error("the world could not be observed")]
    Observe(#[source] PortError),
    #[error("the plan could not be written down")]
    Commit(#[source] PortError),
    /// A bug of the planner: nothing was done.
    #[error("the plan breaks a rule: {0}")]
    Plan(String),
}

/// May be stopped at any await: whatever was not done is seen, and planned for, by the next one.
pub async fn tick(ports: &Ports, rules: &Rules, call: Call, now: Timestamp) -> Result<Ticked, TickError> {
    let resumed = resume::resume(ports, rules, now).await.map_err(TickError::Observe)?;
    let (seen, learnt) =
        observe::observe(ports, rules, call, resumed, now).await.map_err(TickError::Observe)?;
    let planner::Planned { plan, report } = planner::plan(&seen, rules, now);
    let faults = planner::lint::lint(&seen, rules, &plan, now);
    if !faults.is_empty() {
        return Err(TickError::Plan(faults.join("; ")));
    }
    let committed =
        commit::commit(ports.ledger.as_ref(), &seen, &learnt, &plan, now).await.map_err(TickError::Commit)?;
    execute::execute(ports, rules, committed, now).await.map_err(TickError::Commit)?;
    Ok(Ticked { plan, report })
}
