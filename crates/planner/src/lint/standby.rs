//! What no plan may start before there is a job for it.

use std::collections::{BTreeMap, BTreeSet};

use model::Trust;
use model::id::{InstanceId, JobId, LaunchId};
use model::label::{self, Verdict};
use model::launch::{Launch, LaunchState};
use model::observation::Observation;
use model::plan::Plan;
use model::rules::{Pool, PoolName, Rules};

pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let mut faults = Vec::new();
    let mut by_label: BTreeMap<(&PoolName, &[String]), u32> = BTreeMap::new();
    let gone: BTreeSet<LaunchId> =
        plan.end.iter().map(|end| end.launch).chain(plan.assign.iter().map(|assign| assign.launch)).collect();
    let stays = seen.launches.values().filter(|launch| stands(launch) && !gone.contains(&launch.id));
    for launch in stays {
        *by_label.entry((&launch.pool, &launch.labels)).or_default() += 1;
    }
    let mut new: BTreeSet<LaunchId> = BTreeSet::new();
    for (name, stand) in &plan.standby {
        for launch in stand.launches() {
            *by_label.entry((name, &launch.labels)).or_default() += 1;
            let pool = rules.pools.get(name).filter(|pool| launch.pool == pool.name);
            if !pool.is_some_and(|pool| belongs(pool, launch)) {
                faults.push(format!("launch {} does not stand by in pool `{name}`", launch.id));
            }
            if !new.insert(launch.id) || seen.launches.contains_key(&launch.id) {
                faults.push(format!("launch {} exists", launch.id));
            }
        }
    }
    for ((name, labels), n) in by_label {
        let is_more = plan.standby.get(name).is_some_and(|it| it.launches().any(|it| it.labels == labels));
        let most = rules.pools.get(name).map_or(0, |pool| most(pool, labels));
        if is_more && n > most {
            faults.push(format!("{n} stand by in pool `{name}` for {}, and {most} may", labels.join(", ")));
        }
    }
    faults
}

/// Where something is to stand by.
pub(super) fn nodes(plan: &Plan) -> impl Iterator<Item = &InstanceId> {
    plan.standby.values().flat_map(|stand| &stand.place).filter_map(|(node, _)| node.as_ref())
}

/// What is to stand by there. A launch that says another place than it is written down for is on both.
pub(super) fn on<'a>(plan: &'a Plan, id: &'a InstanceId) -> impl Iterator<Item = &'a Launch> {
    let placements = plan.standby.values().flat_map(|stand| &stand.place);
    let here = placements.filter(|(node, _)| node.as_ref() == Some(id));
    here.flat_map(|(_, placement)| &placement.launches).map(|new| &new.launch)
}

/// Without a job, and without a runner that could take one.
fn stands(launch: &Launch) -> bool {
    launch.job.is_none() && matches!(launch.state, LaunchState::Planned | LaunchState::Asked { .. })
}

fn belongs(pool: &Pool, launch: &Launch) -> bool {
    let Verdict::Ours(spec) = label::parse(&launch.labels, None) else { return false };
    launch.id.job == JobId::NONE
        && launch.job.is_none()
        && launch.trust == Trust::Trusted
        && pool.trust == Trust::Trusted
        && launch.node.is_none() == pool.is_serverless()
        && pool.fit(spec.size(pool.default_size)) == Some(launch.size)
}

/// At any time.
fn most(pool: &Pool, labels: &[String]) -> u32 {
    let [label] = labels else { return 0 };
    let windows = pool.schedule.iter().flat_map(|schedule| &schedule.windows);
    let standby = windows.filter_map(|window| window.standby.as_ref()).chain([&pool.standby]);
    standby.filter_map(|standby| standby.get(label)).copied().max().unwrap_or(0)
}
