//! A second opinion on a plan, from the rules alone: what no plan may do, whatever it was made from.

mod belongs;
mod capacity;
mod hung;
mod loose;
mod money;
mod points;
mod registrations;
mod roll;
mod runs;
mod serverless;
mod share;
mod standby;
mod stray;

use std::collections::{BTreeMap, BTreeSet};

use model::Trust;
use model::cordon::CordonReason;
use model::id::{InstanceId, JobId, LaunchId};
use model::job::JobState;
use model::label::{self, Verdict};
use model::launch::Launch;
use model::node::{Node, NodeState};
use model::observation::Observation;
use model::plan::{Assign, Plan, Repair, Settle};
use model::rules::Rules;
use model::size::Size;
use model::time::Timestamp;

use crate::price::priced;

/// Everything that is wrong with the plan, as sentences. Whoever carries plans out refuses one that has
/// a fault: it is a bug of the planner, and doing nothing loses no job.
#[must_use]
pub fn lint(seen: &Observation, rules: &Rules, plan: &Plan, now: Timestamp) -> Vec<String> {
    let rules = &priced(rules, plan.prices.as_ref().or(seen.prices.as_ref()), now);
    let mut faults = twice(plan);
    let left = Left::of(seen, plan);
    for node in plan.place.keys().chain(standby::nodes(plan)).collect::<BTreeSet<_>>() {
        faults.extend(misplaced(seen, rules, plan, &left, node));
    }
    faults.extend(plan.assign.iter().filter_map(|assign| doomed(seen, plan, assign)));
    faults.extend(runs::faults(seen, plan));
    faults.extend(stray::faults(seen, plan));
    faults.extend(loose::faults(seen, plan, now));
    faults.extend(belongs::too_often(seen, plan));
    faults.extend(beyond_max(seen, rules, plan));
    faults.extend(crowded(seen, rules, plan));
    faults.extend(money::faults(seen, rules, plan, now));
    faults.extend(roll::faults(seen, plan));
    faults.extend(hung::faults(seen, plan, now));
    faults.extend(capacity::faults(seen, rules, plan, now));
    faults.extend(serverless::faults(seen, rules, plan));
    faults.extend(share::beyond_limits(seen, rules, plan));
    faults.extend(standby::faults(seen, rules, plan));
    faults.extend(points::faults(seen, rules, plan));
    faults.extend(registrations::faults(seen, rules, plan, now));
    faults
}

/// Whether a job runs on a runner of the launch, and goes on to do so once the plan is carried out.
fn runs_on(seen: &Observation, plan: &Plan, launch: LaunchId) -> bool {
    seen.jobs.values().filter(|job| !is_over(plan, job.id)).any(|job| match job.state {
        JobState::Running { runner, .. } => runner.is_some_and(|name| name.launch == launch),
        JobState::Queued => false,
    })
}

fn is_over(plan: &Plan, job: JobId) -> bool {
    matches!(plan.settle.get(&job), Some(Settle::Ended(_) | Settle::Forget))
}

/// A machine that is taken back in two minutes is no place for a job.
fn doomed(seen: &Observation, plan: &Plan, assign: &Assign) -> Option<String> {
    let node = seen.launches.get(&assign.launch)?.node.as_ref()?;
    let known = seen.nodes.get(node).and_then(|node| node.cordon);
    let cordons = known.into_iter().chain(plan.cordon.get(node).copied());
    let is_taken_back = cordons.into_iter().any(|cordon| cordon.why == CordonReason::Reclaimed);
    is_taken_back
        .then(|| format!("job {} is given to {}, whose node is taken back", assign.job, assign.launch))
}

/// A job gets one launch, or one that there is, never both.
fn twice(plan: &Plan) -> Vec<String> {
    let placements = plan.place.values().chain(plan.serverless.values());
    let placed = placements.flat_map(|placement| &placement.launches).filter_map(|new| new.launch.job);
    let mut served: BTreeSet<JobId> = BTreeSet::new();
    placed
        .chain(plan.assign.iter().map(|assign| assign.job))
        .filter(|job| !served.insert(*job))
        .map(|job| format!("job {job} is served twice"))
        .collect()
}

fn misplaced(
    seen: &Observation,
    rules: &Rules,
    plan: &Plan,
    left: &Left<'_>,
    id: &InstanceId,
) -> Vec<String> {
    let Some(node) = target(seen, plan, id) else { return vec![format!("{id} takes no launches")] };
    let Some(pool) = rules.pools.get(&node.pool) else { return vec![format!("{id} is of no pool")] };
    let mut faults: Vec<String> = Vec::new();
    if node.cordon.is_some() || plan.cordon.contains_key(id) {
        faults.push(format!("{id} is cordoned"));
    }
    let of_jobs = plan.place.get(id).into_iter().flat_map(|placement| &placement.launches);
    for new in of_jobs.clone() {
        let job = new.launch.job.and_then(|job| seen.jobs.get(&job));
        let now = new.launch.at.planned;
        if !job.is_some_and(|job| belongs::belongs(seen, rules, plan, pool, job, now)) {
            faults.push(format!("launch {} does not belong in pool `{}`", new.launch.id, pool.name));
        }
        if !new.launch.is_on(id) {
            faults.push(format!("launch {} is written down for another place", new.launch.id));
        }
        if seen.launches.contains_key(&new.launch.id) {
            faults.push(format!("launch {} exists", new.launch.id));
        }
    }
    let all: Vec<&Launch> = of_jobs.map(|new| &new.launch).chain(standby::on(plan, id)).collect();
    let mut taken = Some(Size::default());
    for launch in &all {
        taken = taken.and_then(|taken| taken.checked_add(launch.size));
    }
    if pool.trust == Trust::Untrusted && has_carried(&node, &left.stay) {
        faults.push(format!("{id} has carried an untrusted job, and takes no other"));
    }
    if shares_what_is_whole(left, id, &all) {
        faults.push(format!("{id} would be shared by a launch that shares with nobody"));
    }
    let free = left.free(&node);
    if !taken.is_some_and(|taken| taken.fits_in(free)) {
        faults.push(format!("{id} has {free} free, and more is placed on it"));
    }
    faults
}

/// By the time its last launch ended, and by those that are on it.
fn has_carried(node: &Node, stay: &BTreeMap<&InstanceId, Vec<&Launch>>) -> bool {
    let has_ended = node.idle_since.is_some_and(|since| node.ready_at.is_none_or(|ready| since > ready));
    has_ended || stay.contains_key(&node.id)
}

/// Whether a single tenant, by label or tier, or a user of the node's GPU would not be alone.
fn shares_what_is_whole(left: &Left<'_>, node: &InstanceId, new: &[&Launch]) -> bool {
    let there = left.stay.get(node).into_iter().flatten().copied();
    let on_it: Vec<&Launch> = there.chain(new.iter().copied()).collect();
    let is_whole = |launch: &&Launch| match label::parse(&launch.labels, None) {
        Verdict::Ours(spec) => spec.single_tenant || spec.gpu || launch.trust == Trust::Untrusted,
        Verdict::Foreign | Verdict::Wrong(_) => launch.trust == Trust::Untrusted,
    };
    on_it.len() > 1 && on_it.iter().any(is_whole)
}

/// The node as it is once the plan's repairs are made, if it takes launches then.
fn target(seen: &Observation, plan: &Plan, id: &InstanceId) -> Option<Node> {
    let node = || seen.nodes.get(id).cloned();
    let repaired = match plan.repair.get(id) {
        Some(Repair::Adopt(node)) => Some(Node::clone(node)),
        Some(Repair::Ready(size)) => node().map(|node| Node { size: *size, state: NodeState::Ready, ..node }),
        Some(Repair::Found) => node().map(|node| Node { lost_at: None, ..node }),
        Some(Repair::Lost | Repair::Gone) => None,
        None => node(),
    };
    repaired.filter(Node::is_open)
}

/// What the plan's ends leave on each node.
struct Left<'a> {
    stay: BTreeMap<&'a InstanceId, Vec<&'a Launch>>,
    end: BTreeMap<&'a InstanceId, Vec<&'a Launch>>,
}

impl<'a> Left<'a> {
    fn of(seen: &'a Observation, plan: &Plan) -> Self {
        let ended: BTreeSet<LaunchId> = plan.end.iter().map(|end| end.launch).collect();
        let mut left = Self { stay: BTreeMap::new(), end: BTreeMap::new() };
        for launch in seen.launches.values() {
            let on = if ended.contains(&launch.id) { &mut left.end } else { &mut left.stay };
            if let Some(node) = &launch.node {
                on.entry(node).or_default().push(launch);
            }
        }
        left
    }

    fn free(&self, node: &Node) -> Size {
        let given_back = self.end.get(&node.id).into_iter().flatten();
        let used = given_back.fold(node.used, |used, launch| used.saturating_sub(launch.size));
        node.size.saturating_sub(used)
    }
}

fn beyond_max(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let mut ordered: BTreeMap<_, u32> = BTreeMap::new();
    for new in &plan.order {
        *ordered.entry(&new.order.id.pool).or_default() += new.order.n;
    }
    let is_gone = |id: &InstanceId| plan.repair.get(id) == Some(&Repair::Gone);
    ordered
        .into_iter()
        .filter_map(|(name, n)| {
            let there = seen.nodes.values().filter(|node| node.pool == *name && !is_gone(&node.id)).count();
            let coming: u32 =
                seen.orders.values().filter(|order| order.id.pool == *name).map(|order| order.n).sum();
            let n_all = u32::try_from(there).unwrap_or(u32::MAX).saturating_add(coming).saturating_add(n);
            let max = rules.pools.get(name).map_or(0, |pool| pool.max_nodes);
            (n_all > max).then(|| format!("pool `{name}` would have {n_all} nodes, and may have {max}"))
        })
        .collect()
}

/// Nodes of all pools of a tier share a cluster, which holds no more than it can.
fn crowded(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let tier = |pool| rules.pools.get(pool).map(|pool| pool.trust);
    let most = u64::from(rules.limits.max_cluster_nodes);
    let mut n_of: BTreeMap<_, u64> = BTreeMap::new();
    let is_gone = |id: &InstanceId| plan.repair.get(id) == Some(&Repair::Gone);
    for node in seen.nodes.values().filter(|node| !is_gone(&node.id)) {
        *n_of.entry(tier(&node.pool)).or_default() += 1;
    }
    for order in seen.orders.values() {
        *n_of.entry(tier(&order.id.pool)).or_default() += u64::from(order.n);
    }
    let mut new: BTreeMap<_, u64> = BTreeMap::new();
    for order in &plan.order {
        *new.entry(tier(&order.order.id.pool)).or_default() += u64::from(order.order.n);
    }
    let all = new.into_iter().map(|(tier, n)| n + n_of.get(&tier).copied().unwrap_or_default());
    all.filter(|n| *n > most).map(|n| format!("a cluster would have {n} nodes, and holds {most}")).collect()
}
