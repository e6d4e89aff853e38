//! A plan for people: a line for each step, with what is done, to what, and why.

use std::fmt;

use super::{Assign, Dismiss, End, NewLaunch, NewOrder, Over, Plan, Repair, Rerun, Settle, Stand};
use crate::cordon::CordonReason;
use crate::failing::Failing;
use crate::id::{JobId, LaunchId, Revision, RunId};
use crate::launch::Launch;
use crate::node::{Breaker, Refusal};
use crate::rules::PoolName;
use crate::run::LostRun;
use crate::size::{Shape, Size};

/// So many jobs are named; the rest is counted.
const NAMED: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub action: &'static str,
    pub subject: String,
    pub reason: String,
}

impl Plan {
    /// In the order in which they are done.
    pub fn steps(&self) -> Vec<Step> {
        let Self {
            settle,
            repair,
            cordon,
            breakers,
            failing,
            lose,
            rerun,
            end,
            stop,
            assign,
            place,
            serverless,
            order,
            standby,
            drain,
            refuse,
            hold,
            terminate,
            scrap,
            explain,
            is_partial,
            ..
        } = self;
        let Self { busy, over, hung, dismiss, redeliver, tell, .. } = self;
        // Where runners are looked for is nobody's news, what a pool costs is none every minute, and a price is told
        // with each order.
        let Self { remember: _, forget: _, spend: _, prices: _, .. } = self;
        let mut steps = Vec::new();
        steps.extend(settle.iter().map(|(job, what)| step("settle", format!("job {job}"), settled(what))));
        steps.extend(repair.iter().map(|(node, what)| repaired(&node.0, what)));
        steps.extend(
            cordon.iter().map(|(node, cordon)| {
                step("cordon", format!("node {node}"), cordoned(cordon.why).to_owned())
            }),
        );
        steps.extend(busy.iter().map(|(launch, took)| at_work(*launch, *took)));
        steps.extend(
            breakers.iter().flat_map(|(pool, breakers)| breakers.iter().map(move |it| broken(pool, it))),
        );
        steps.extend(failing.iter().map(|(revision, failing)| failed(revision, failing.as_ref())));
        steps.extend(lose.values().map(lost));
        steps.extend(rerun.iter().map(|(run, what)| reran(*run, what)));
        steps.extend(end.iter().map(ended));
        steps.extend(stop.iter().map(|(task, stop)| step("stop", format!("task {task}"), stop.why.clone())));
        steps.extend(over.iter().map(|(launch, what)| noted(*launch, *what)));
        steps.extend(hung.iter().map(ended));
        steps.extend(dismiss.iter().map(dismissed));
        steps.extend(assign.iter().map(assigned));
        let placed = place.values().chain(serverless.values());
        steps.extend(placed.flat_map(|placement| &placement.launches).map(launched));
        steps.extend(order.iter().map(ordered));
        steps.extend(standby.values().flat_map(Stand::launches).map(stood));
        steps.extend(redeliver.iter().filter(|it| !it.deliveries.is_empty()).map(|it| {
            let n = it.deliveries.len();
            let subject = format!("{n} event{}", if n == 1 { "" } else { "s" });
            step("resend", subject, "not delivered: the forge is asked to try again".to_owned())
        }));
        steps.extend(tell.iter().map(|tell| {
            step("tell", format!("job {}", tell.job), "its author, beside the commit".to_owned())
        }));
        steps.extend(
            drain.iter().map(|(node, drain)| step("drain", format!("node {node}"), drain.why.clone())),
        );
        steps.extend(
            refuse.iter().flat_map(|(pool, refusals)| refusals.last().map(|last| refused(pool, last))),
        );
        steps.extend(hold.iter().map(|(pool, n)| {
            step("hold", format!("pool {pool}"), format!("the provider is to think of {n} nodes"))
        }));
        steps.extend(terminate.iter().map(|(node, termination)| {
            step(
                "return",
                format!("node {node}"),
                format!("nothing is on it; {} has one less", termination.pool),
            )
        }));
        steps.extend(scrap.iter().map(|(node, why)| step("scrap", format!("node {node}"), why.clone())));
        let waits = explain.iter();
        steps.extend(waits.map(|(job, reason)| {
            step("wait", format!("job {job}"), format!("{}: {}", reason.code.as_str(), reason.text))
        }));
        steps.extend(
            is_partial.then(|| {
                step("ring", "itself".to_owned(), "more is to be done than one plan holds".to_owned())
            }),
        );
        steps
    }
}

/// A table of action, subject and reason.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps();
        if steps.is_empty() {
            return f.write_str("nothing to do");
        }
        let widest = |of: fn(&Step) -> usize| steps.iter().map(of).max().unwrap_or(0);
        let (action, subject) = (widest(|it| it.action.len()), widest(|it| it.subject.len()));
        for (place, step) in steps.iter().enumerate() {
            let line_break = if place == 0 { "" } else { "\n" };
            let Step { action: does, subject: to, reason } = step;
            write!(f, "{line_break}{does:action$}  {to:subject$}  {reason}")?;
        }
        Ok(())
    }
}

fn step(action: &'static str, subject: String, reason: String) -> Step {
    Step { action, subject, reason }
}

fn settled(what: &Settle) -> String {
    match what {
        Settle::Same => "asked for, nothing is new".to_owned(),
        Settle::Queued => "asked for, it still waits".to_owned(),
        Settle::Running { runner: Some(runner) } => format!("asked for, it runs on {runner}"),
        Settle::Running { runner: None } => "asked for, it runs on somebody else's runner".to_owned(),
        Settle::Forget => "asked for, it waits for an approval".to_owned(),
        Settle::Ended(ended) => {
            let how = ended.conclusion.as_deref().unwrap_or("nobody knows how");
            let ran = if ended.has_run { "after it ran" } else { "and never ran" };
            format!("asked for, it has ended ({how}) {ran}")
        }
    }
}

fn repaired(node: &str, what: &Repair) -> Step {
    let (action, reason) = match what {
        Repair::Adopt(node) => ("adopt", format!("a member of pool {} that nobody wrote down", node.pool)),
        Repair::Ready(size) => ("ready", format!("its agent has registered {size}, and nobody was told")),
        Repair::Lost => ("miss", "its agent is not heard of".to_owned()),
        Repair::Found => ("find", "its agent is heard of again".to_owned()),
        Repair::Gone => ("forget", "its group does not list it any more".to_owned()),
    };
    step(action, format!("node {node}"), reason)
}

fn cordoned(why: CordonReason) -> &'static str {
    match why {
        CordonReason::Spent => "it takes no other launch",
        CordonReason::Outdated => "it is replaced once nothing is on it",
        CordonReason::AtRisk => "the provider may take it back",
        CordonReason::Failing => "nothing starts on it",
        CordonReason::Drained => "it was taken out of service",
        CordonReason::Reclaimed => "the provider takes it back",
    }
}

fn broken(pool: &PoolName, breaker: &Breaker) -> Step {
    let reason = match breaker.n {
        0 => format!("its machines keep being taken back: pause {}", breaker.n_pauses),
        n => format!("{n} of its machines were taken back"),
    };
    step("count", format!("{pool} in {}", breaker.zone), reason)
}

fn failed(revision: &Revision, failing: Option<&Failing>) -> Step {
    let name = revision.0.rsplit('/').next().unwrap_or(&revision.0);
    match failing {
        Some(failing) => step(
            "count",
            format!("image {name}"),
            format!("{} in a row ended before they took a job", failing.n),
        ),
        None => {
            step("forget", format!("image {name}"), "it takes jobs, or nobody wants it any more".to_owned())
        }
    }
}

fn refused(pool: &PoolName, refusal: &Refusal) -> Step {
    let reason = format!(
        "it has disappointed {} times in a row, and is not asked for a while: {}",
        refusal.n, refusal.why
    );
    step("avoid", format!("{pool} in {}", refusal.zone), reason)
}

fn lost(run: &LostRun) -> Step {
    let jobs: Vec<String> = run.jobs.iter().map(ToString::to_string).collect();
    let reason = format!("attempt {} has lost {} with their machine", run.attempt, jobs.join(" "));
    step("lose", format!("run {}", run.id), reason)
}

fn reran(run: RunId, what: &Rerun) -> Step {
    let (action, reason) = match what {
        Rerun::Ask => ("rerun", "it has ended, and its lost jobs get a second chance, on-demand".to_owned()),
        Rerun::Over(why) => ("leave", why.clone()),
        Rerun::Forget => ("forget", "nothing of it is to run again".to_owned()),
    };
    step(action, format!("run {run}"), reason)
}

fn ended(end: &End) -> Step {
    let stop = if end.stop.is_some() { "; its task is stopped" } else { "" };
    let fails = end.fails.map_or_else(String::new, |job| format!("; job {job} waits on"));
    let loses = end.loses.map_or_else(String::new, |job| format!("; job {job} is lost"));
    step("end", format!("launch {}", end.launch), format!("{}{stop}{fails}{loses}", end.why))
}

fn noted(launch: LaunchId, what: Over) -> Step {
    let reason = match what {
        Over::Noted => "its runner is gone, and its task should stop by itself",
        Over::TakenBack => "its runner is not gone",
    };
    step("watch", format!("launch {launch}"), reason.to_owned())
}

fn at_work(launch: LaunchId, took: Option<JobId>) -> Step {
    let what = took.map_or_else(|| "something".to_owned(), |job| format!("job {job}"));
    step("busy", format!("launch {launch}"), format!("its runner has taken {what}, and nobody was told"))
}

fn dismissed(dismiss: &Dismiss) -> Step {
    let reason = match &dismiss.end {
        None => "nobody needs it".to_owned(),
        Some(end) => {
            let fails = end.fails.map_or_else(String::new, |job| format!("; job {job} waits on"));
            format!("{}; then launch {} ends{fails}", end.why, end.launch)
        }
    };
    step("dismiss", format!("runner {}", dismiss.name), reason)
}

fn assigned(assign: &Assign) -> Step {
    let instead = assign.instead_of.map_or_else(String::new, |it| format!(", instead of launch {it}"));
    let reason = if assign.launch.is_standby() {
        format!("it stands by, and job {} needs it{instead}", assign.job)
    } else {
        format!("its own job needs it no more, job {} does{instead}", assign.job)
    };
    step("assign", format!("launch {}", assign.launch), reason)
}

fn launched(new: &NewLaunch) -> Step {
    let launch = &new.launch;
    let of = launch.job.map_or_else(|| "any job".to_owned(), |job| format!("job {job}"));
    let instead = new.instead_of.map_or_else(String::new, |it| format!(", instead of launch {it}"));
    let reason = format!("for {of}, {} {}{instead}", as_sold(launch.size), place(launch));
    step("place", format!("launch {}", launch.id), reason)
}

fn stood(launch: &Launch) -> Step {
    let reason = format!("stands by for {}, {}", launch.labels.join(", "), place(launch));
    step("place", format!("launch {}", launch.id), reason)
}

fn place(launch: &Launch) -> String {
    match &launch.node {
        Some(node) => format!("on node {node} of {}", launch.pool),
        None => format!("in {}, without a node", launch.pool),
    }
}

fn ordered(new: &NewOrder) -> Step {
    let order = &new.order;
    let subject = format!("{} of {}", order.n, order.id.pool);
    let kept = (new.n_kept > 0).then(|| match new.n_kept {
        1 => "one to be kept ready".to_owned(),
        n => format!("{n} to be kept ready"),
    });
    let of_jobs = (!new.jobs.is_empty() || kept.is_none()).then(|| jobs(&new.jobs));
    let all: Vec<String> = of_jobs.into_iter().chain(kept).collect();
    let price = new.price.map(|price| format!(" at {price}")).unwrap_or_default();
    step("order", subject, format!("in {}{price}, for {}", order.zone, all.join(", and ")))
}

fn jobs(all: &[JobId]) -> String {
    let named: Vec<String> = all.iter().take(NAMED).map(|job| format!("job {job}")).collect();
    let rest = all.len() - named.len();
    let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    if named.is_empty() { "nobody yet".to_owned() } else { format!("{}{more}", named.join(", ")) }
}

/// As a label would say it, where it would.
fn as_sold(size: Size) -> String {
    match Shape::largest_in(size).filter(|shape| shape.size() == size) {
        Some(shape) => shape.to_string(),
        None => size.to_string(),
    }
}
