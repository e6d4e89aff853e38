//! What may never be, whatever happens; and what may not be left when nothing happens any more.

use std::collections::BTreeMap;

use model::Trust;
use model::id::{InstanceId, JobId};
use model::job::Job;
use model::launch::{Launch, LaunchState};
use model::node::{Node, Order, PoolMemory};
use model::rules::{Pool, PoolName};
use model::size::Size;
use wire::ledger::{Key, Row};

use super::Installation;
use super::setup::group;
use crate::github::JobState;
use crate::port::Rows;

/// Rules that are broken now, as sentences.
pub fn faults(of: &Installation) -> Vec<String> {
    let rows = of.ledger.look();
    let seen = Seen::new(&rows);
    let mut faults = seen.twice_served();
    faults.extend(seen.miscounted());
    faults.extend(seen.beyond_max(of));
    faults.extend(seen.serverless(of));
    faults.extend(seen.mixed(of));
    faults.extend(seen.dead_and_running(&rows));
    faults.extend(seen.standing_beyond(of));
    faults.extend(members_beyond_max(of));
    faults.extend(of.told.twice.iter().cloned());
    faults
}

/// What is still there when every job has ended and all is quiet.
pub fn left_over(of: &Installation) -> Vec<String> {
    let rows = of.ledger.look();
    let seen = Seen::new(&rows);
    let mut left: Vec<String> = seen.jobs.keys().map(|id| format!("job {id} stands in the ledger")).collect();
    left.extend(seen.launches.iter().map(|it| format!("launch {} stands in the ledger", it.id)));
    left.extend(seen.orders.iter().map(|it| format!("order {} stands in the ledger", it.id)));
    left.extend(
        seen.nodes
            .values()
            .filter(|node| node.n_launches > 0 || node.used != Size::default())
            .map(|node| format!("{} counts {} launches and {}", node.id, node.n_launches, node.used)),
    );
    let counting = seen.pools.values().filter(|pool| pool.n_launches > 0);
    left.extend(counting.map(|pool| format!("pool {} counts {} launches", pool.name, pool.n_launches)));
    left.extend(of.tasks.keys().map(|arn| format!("task {arn} runs")));
    left.extend(of.machine().alive_in_no_group().iter().map(|id| format!("{id} runs, and is of no group")));
    let github = of.github();
    left.extend(github.runners.values().map(|runner| format!("runner {} is registered", runner.name)));
    let is_open = |state: &JobState| !matches!(state, JobState::Completed(_));
    left.extend(
        github
            .jobs
            .values()
            .filter(|job| is_open(&job.state))
            .map(|job| format!("job {} is {}", job.id, job.status())),
    );
    left
}

/// What is still paid for, or remembered as such, when nothing has been asked for in a while.
pub fn left_running(of: &Installation) -> Vec<String> {
    let mut left = Vec::new();
    for pool in of.rules.pools.keys() {
        left.extend(of.members(pool).into_iter().map(|(id, _)| format!("{id} of pool {pool} runs")));
        let desired = of.desired(pool);
        if desired > 0 {
            left.push(format!("pool {pool} is to have {desired} nodes"));
        }
    }
    left.extend(nodes(&of.ledger.look()).map(|node| format!("{} stands in the ledger", node.id)));
    left
}

pub(super) fn nodes<'a>(rows: &'a Rows<'_>) -> impl Iterator<Item = &'a Node> {
    rows.alive().filter_map(|row| if let Row::Node(node) = row { Some(node) } else { None })
}

fn members_beyond_max(of: &Installation) -> Vec<String> {
    let machine = of.machine();
    let n_of = |pool: &Pool| u32::try_from(machine.n_members(&group(&pool.name))).unwrap_or_default();
    let pools = of.rules.pools.values().map(|pool| (pool, n_of(pool)));
    pools
        .filter(|(pool, n)| *n > pool.max_nodes)
        .map(|(pool, n)| format!("pool {} has {n} machines, and may have {}", pool.name, pool.max_nodes))
        .collect()
}

/// The ledger, sorted.
#[derive(Debug, Default)]
struct Seen<'a> {
    jobs: BTreeMap<JobId, &'a Job>,
    launches: Vec<&'a Launch>,
    nodes: BTreeMap<&'a InstanceId, &'a Node>,
    pools: BTreeMap<&'a PoolName, &'a PoolMemory>,
    orders: Vec<&'a Order>,
}

impl<'a> Seen<'a> {
    fn new(rows: &'a Rows<'_>) -> Self {
        let mut seen = Self::default();
        for row in rows.alive() {
            match row {
                Row::Job(job) => drop(seen.jobs.insert(job.id, job)),
                Row::Launch(launch) => seen.launches.push(launch),
                Row::Node(node) => drop(seen.nodes.insert(&node.id, node)),
                Row::Order(order) => seen.orders.push(order),
                Row::Pool(pool) => drop(seen.pools.insert(&pool.name, pool)),
                // Tombstones and the like never stand among what is alive.
                Row::Run(_)
                | Row::Scope(_)
                | Row::Deliveries(_)
                | Row::SpotPrices(_)
                | Row::Failing(_)
                | Row::Tombstone(_)
                | Row::EndedLaunch(_)
                | Row::Waited(_)
                | Row::Noted(_) => {}
            }
        }
        seen
    }

    fn twice_served(&self) -> Vec<String> {
        let mut served: BTreeMap<JobId, Vec<String>> = BTreeMap::new();
        for launch in &self.launches {
            let serves = match &launch.state {
                LaunchState::Busy { took, .. } => *took,
                LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. } => {
                    // That of a job which runs elsewhere is about to be given another.
                    launch.job.filter(|job| self.jobs.get(job).is_some_and(|job| job.state.is_queued()))
                }
            };
            if let Some(job) = serves {
                served.entry(job).or_default().push(launch.id.to_string());
            }
        }
        served
            .into_iter()
            .filter(|(_, launches)| launches.len() > 1)
            .map(|(job, launches)| format!("job {job} is served by {}", launches.join(" and ")))
            .collect()
    }

    fn miscounted(&self) -> Vec<String> {
        let mut counted: BTreeMap<&InstanceId, (u32, Option<Size>)> = BTreeMap::new();
        for launch in &self.launches {
            let Some(node) = &launch.node else { continue };
            let (n, used) = counted.entry(node).or_insert((0, Some(Size::default())));
            *n += 1;
            *used = used.and_then(|used| used.checked_add(launch.size));
        }
        let mut faults = Vec::new();
        for node in self.nodes.values() {
            let (n, used) = counted.get(&node.id).copied().unwrap_or((0, Some(Size::default())));
            if node.n_launches != n || Some(node.used) != used {
                faults.push(format!(
                    "{} counts {} launches and {}, and has {n} and {used:?}",
                    node.id, node.n_launches, node.used
                ));
            }
            if !node.used.fits_in(node.size) {
                faults.push(format!("{} has {} and gave away {}", node.id, node.size, node.used));
            }
        }
        faults
    }

    fn serverless(&self, of: &Installation) -> Vec<String> {
        let mut faults = Vec::new();
        for pool in of.rules.pools.values().filter(|pool| pool.is_serverless()) {
            let there = self.launches.iter().filter(|it| it.node.is_none() && it.pool == pool.name).count();
            let counted = self.pools.get(&pool.name).map_or(0, |memory| memory.n_launches);
            if u32::try_from(there) != Ok(counted) {
                faults.push(format!("pool {} counts {counted} launches, and has {there}", pool.name));
            }
            if counted > pool.max_nodes {
                faults
                    .push(format!("pool {} has {counted} tasks, and may have {}", pool.name, pool.max_nodes));
            }
        }
        faults
    }

    /// No job runs in another tier than its own, wherever it is.
    fn mixed(&self, of: &Installation) -> Vec<String> {
        let tier = |launch: &Launch| of.rules.pools.get(&launch.pool).map(|pool| pool.trust);
        let is_mixed = |launch: &&&Launch| {
            let of_job = launch.job.and_then(|job| self.jobs.get(&job)?.trust);
            tier(launch).is_some_and(|tier| tier != launch.trust || of_job.is_some_and(|it| it != tier))
        };
        let mixed = self.launches.iter().filter(is_mixed);
        mixed.map(|launch| format!("launch {} mixes trust in {}", launch.id, launch.pool)).collect()
    }

    fn beyond_max(&self, of: &Installation) -> Vec<String> {
        let machine = of.machine();
        let mut faults = Vec::new();
        for pool in of.rules.pools.values() {
            // The row of a machine that was lost stays for a minute, beside that of the one in its place.
            let is_there = |node: &&&Node| node.pool == pool.name && machine.is_alive(&node.id.0);
            let n_nodes = self.nodes.values().filter(is_there).count();
            let ordered: u32 =
                self.orders.iter().filter(|order| order.id.pool == pool.name).map(|order| order.n).sum();
            let n = u32::try_from(n_nodes).unwrap_or(u32::MAX).saturating_add(ordered);
            if n > pool.max_nodes {
                faults.push(format!("pool {} has {n} nodes, and may have {}", pool.name, pool.max_nodes));
            }
        }
        faults
    }

    /// No more stand by than any window of their pool says, and none for strangers.
    fn standing_beyond(&self, of: &Installation) -> Vec<String> {
        let mut n_of: BTreeMap<(&PoolName, &[String]), u32> = BTreeMap::new();
        let without = self.launches.iter().filter(|launch| launch.id.job == JobId::NONE);
        for launch in without.filter(|launch| launch.job.is_none()) {
            *n_of.entry((&launch.pool, &launch.labels)).or_default() += 1;
        }
        let most = |pool: &Pool, labels: &[String]| {
            let windows = pool.schedule.iter().flat_map(|schedule| &schedule.windows);
            let all = windows.filter_map(|window| window.standby.as_ref()).chain([&pool.standby]);
            let n = all.filter_map(|standby| standby.get(labels.first()?)).max();
            if pool.trust == Trust::Trusted { n.copied().unwrap_or(0) } else { 0 }
        };
        // What an unanswered claim has let go of stands by once more, beside the one in its place.
        let more = |(name, labels): (&PoolName, &[String]), n: u32| {
            let jobs = self.jobs.values().filter(|job| job.labels == labels).count();
            let most = of.rules.pools.get(name).map_or(0, |pool| most(pool, labels));
            (n > most.saturating_add(u32::try_from(jobs).unwrap_or(u32::MAX)))
                .then(|| format!("{n} stand by in pool {name} for {}, and {most} may", labels.join(", ")))
        };
        n_of.into_iter().filter_map(|(key, n)| more(key, n)).collect()
    }

    fn dead_and_running(&self, rows: &Rows<'_>) -> Vec<String> {
        let running = self.jobs.iter().filter(|(_, job)| !job.state.is_queued()).map(|(id, _)| *id);
        let both = running.filter(|id| rows.get(&Key::Tombstone(*id)).is_some());
        both.map(|id| format!("job {id} runs and has a tombstone")).collect()
    }
}
