//! A plan as text, a line for each step.

use model::plan::{Over, Plan, Repair, Rerun, Settle, Stand};
use model::size::{Shape, Size};

use crate::scenario::NOW;

pub(crate) fn of(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for (job, settle) in &plan.settle {
        lines.push(format!("settle {job}: {}", settled(settle)));
    }
    for (node, repair) in &plan.repair {
        lines.push(format!("repair {node}: {}", repaired(repair)));
    }
    for (launch, took) in &plan.busy {
        let took = took.map_or_else(|| "something".to_owned(), |job| format!("job {job}"));
        lines.push(format!("busy {launch} with {took}"));
    }
    for (node, cordon) in &plan.cordon {
        lines.push(format!("cordon {node}: {}", cordon.why.name()));
    }
    for (pool, breakers) in &plan.breakers {
        for it in breakers {
            lines.push(format!("remember {pool} in {}: {} lost, {} pauses", it.zone, it.n, it.n_pauses));
        }
    }
    for (revision, failing) in &plan.failing {
        lines.push(match failing {
            Some(it) => format!("remember {revision}: {} failed, {} moves", it.n, it.n_moves),
            None => format!("forget {revision}"),
        });
    }
    for run in plan.lose.values() {
        let jobs: Vec<String> = run.jobs.iter().map(ToString::to_string).collect();
        lines.push(format!("run {} lost in attempt {}: {}", run.id, run.attempt, jobs.join(" ")));
    }
    for (run, rerun) in &plan.rerun {
        lines.push(match rerun {
            Rerun::Ask => format!("run {run} once more"),
            Rerun::Over(why) => format!("run {run} is over: {why}"),
            Rerun::Forget => format!("forget run {run}"),
        });
    }
    for end in &plan.end {
        let stop = end.stop.as_ref().map_or_else(String::new, |task| format!(", stop {task}"));
        let loses = end.loses.map_or_else(String::new, |job| format!(", job {job} is lost"));
        let fails = end.fails.map_or_else(String::new, |job| format!(", job {job} waits on"));
        lines.push(format!("end {}{stop}{fails}{loses}: {}", end.launch, end.why));
    }
    for (task, stop) in &plan.stop {
        lines.push(format!("stop {task}: {}", stop.why));
    }
    for (launch, over) in &plan.over {
        let what = match over {
            Over::Noted => "its runner is gone",
            Over::TakenBack => "its runner is not gone",
        };
        lines.push(format!("watch {launch}: {what}"));
    }
    for end in &plan.hung {
        let task = end.stop.as_ref().map_or_else(String::new, ToString::to_string);
        lines.push(format!("stop {task}, then end {}: {}", end.launch, end.why));
    }
    for dismiss in &plan.dismiss {
        let how = if dismiss.id.is_some() { "" } else { ", looked for by name" };
        let end = dismiss.end.as_ref().map_or_else(String::new, |end| {
            let fails = end.fails.map_or_else(String::new, |job| format!(", job {job} waits on"));
            format!(", then end {}{fails}: {}", end.launch, end.why)
        });
        lines.push(format!("dismiss {} at {}{how}{end}", dismiss.name, dismiss.scope.id));
    }
    for assign in &plan.assign {
        let instead = assign.instead_of.map_or_else(String::new, |it| format!(" instead of {it}"));
        lines.push(format!("assign {} to job {}{instead}", assign.launch, assign.job));
    }
    for placement in plan.place.values().chain(plan.serverless.values()) {
        for new in &placement.launches {
            let instead = new.instead_of.map_or_else(String::new, |it| format!(" instead of {it}"));
            let (launch, size) = (&new.launch, size(new.launch.size));
            let place = match &launch.node {
                Some(node) => format!("on {node} of {}", launch.pool),
                None => format!("in {}", launch.pool),
            };
            lines.push(format!("place {} {place}, {size}{instead}", launch.id));
        }
    }
    for new in &plan.order {
        let jobs: Vec<String> = new.jobs.iter().map(ToString::to_string).collect();
        let order = &new.order;
        let whom = if jobs.is_empty() { "the minimum".to_owned() } else { jobs.join(" ") };
        lines.push(format!("order {} of {} in {}, for {}", order.n, order.id.pool, order.zone, whom));
    }
    for launch in plan.standby.values().flat_map(Stand::launches) {
        let place = launch.node.as_ref().map_or_else(String::new, |node| format!(" on {node}"));
        lines.push(format!("stand by{place} in {} for {}", launch.pool, launch.labels.join(",")));
    }
    for (node, drain) in &plan.drain {
        lines.push(format!("drain {node}: {}", drain.why));
    }
    for (pool, refusals) in &plan.refuse {
        for refusal in refusals.iter().filter(|refusal| refusal.until > NOW) {
            let pause = refusal.until.since(NOW).as_secs();
            lines.push(format!("leave {pool} alone in {} for {pause} s: {}", refusal.zone, refusal.why));
        }
    }
    for (pool, n) in &plan.hold {
        lines.push(format!("hold {pool} at {n}"));
    }
    for (node, why) in &plan.scrap {
        lines.push(format!("scrap {node}: {why}"));
    }
    for (node, termination) in &plan.terminate {
        let first = termination.handle.as_ref().map_or_else(String::new, |it| format!(", after {it} drains"));
        lines.push(format!("terminate {node} of {}{first}", termination.pool));
    }
    lines.extend(plan.redeliver.iter().map(|redeliver| {
        let again: Vec<String> = redeliver.deliveries.iter().map(ToString::to_string).collect();
        let rest = redeliver.then.rest.as_ref().map_or("", |rest| rest.page.as_str());
        let until = NOW.since(redeliver.then.until).as_secs();
        let stubborn: Vec<String> =
            redeliver.then.stubborn.iter().map(|it| format!(" {} x{}", it.event, it.n)).collect();
        format!("redeliver [{}] until {until} s ago {rest}{}", again.join(" "), stubborn.concat())
    }));
    lines.extend(plan.tell.iter().map(|tell| format!("tell {}: {}", tell.job, tell.why.code.as_str())));
    lines.extend(plan.forget.iter().map(|scope| format!("forget {scope}")));
    for (pool, spent) in &plan.spend {
        lines.push(format!("count {} millionths of a dollar for {pool}", spent.usd.0));
    }
    for (pool, zones) in plan.prices.iter().flat_map(|prices| &prices.pools) {
        let zones: Vec<String> = zones.iter().map(|(zone, price)| format!("{zone}={}", price.0)).collect();
        lines.push(format!("note the price of {pool}: {}", zones.join(" ")));
    }
    for (job, reason) in &plan.explain {
        lines.push(format!("{job} waits, {}: {reason}", reason.code.as_str()));
    }
    if plan.is_partial {
        lines.push("and look again at once".to_owned());
    }
    if lines.is_empty() { "nothing to do".to_owned() } else { lines.join("\n") }
}

fn settled(settle: &Settle) -> String {
    match settle {
        Settle::Same => "as it was".to_owned(),
        Settle::Queued => "it waits".to_owned(),
        Settle::Running { runner: Some(runner) } => format!("it runs on {runner}"),
        Settle::Running { runner: None } => "it runs elsewhere".to_owned(),
        Settle::Forget => "forget it".to_owned(),
        Settle::Ended(ended) => format!(
            "it ended, {}, {}",
            ended.conclusion.as_deref().unwrap_or("nobody knows how"),
            if ended.has_run { "after it ran" } else { "and never ran" }
        ),
    }
}

fn repaired(repair: &Repair) -> String {
    match repair {
        Repair::Adopt(node) => format!("adopt into {}, {:?}, {}", node.pool, node.state, size(node.size)),
        Repair::Ready(registered) => format!("ready with {}", size(*registered)),
        Repair::Lost => "lost".to_owned(),
        Repair::Found => "found again".to_owned(),
        Repair::Gone => "gone".to_owned(),
    }
}

/// As a label would say it.
fn size(size: Size) -> String {
    match Shape::largest_in(size).filter(|shape| shape.size() == size) {
        Some(shape) => shape.to_string(),
        None => size.to_string(),
    }
}
