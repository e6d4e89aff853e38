//! What may never be, whatever happens; and what may not be left when nothing happens any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Trust;
use model::id::{InstanceId, JobId, LaunchId};
use model::job::Job;
use model::launch::{Launch, LaunchState};
use model::node::{Node, Order};
use model::rules::{Pool, Rules};
use model::size::Size;
use wire::ledger::{Key, Row};

use super::function::Function;
use super::setup::group;
use super::watch::{Links, Seen, Subject, stands_by};
use super::{Installation, Who};
use crate::compute::Machine;
use crate::github::JobState;
use crate::port::Rows;

/// Rules that are broken now, as sentences, whatever was seen of them before.
pub fn faults(of: &Installation) -> Vec<String> {
    let rows = of.ledger.look();
    let (mut links, mut subjects) = (Links::default(), BTreeSet::new());
    for row in rows.alive() {
        links.note(&rows, &row.key(), &mut subjects);
    }
    subjects.extend(of.rules.pools.keys().cloned().map(Subject::Pool));
    let scene = Scene { rows: &rows, links: &links, rules: &of.rules, machine: &of.machine };
    let mut faults: Vec<String> = subjects.iter().flat_map(|subject| scene.broken_at_rest(subject)).collect();
    drop(rows);
    faults.extend(broken_outside(of));
    faults
}

impl Installation {
    /// What was found broken by the writes of a function.
    pub(super) fn note_seen(&mut self, function: Function) {
        let found = std::mem::take(&mut self.seen().faults);
        self.note_broken(function.who(), found);
    }

    /// Of what was written since this was last asked.
    pub(super) fn broken_at_rest(&self) -> Vec<String> {
        let rows = self.ledger.look();
        let mut seen = self.seen();
        let touched = std::mem::take(&mut seen.touched);
        let scene = Scene { rows: &rows, links: &seen.links, rules: &self.rules, machine: &self.machine };
        touched.iter().flat_map(|subject| scene.broken_at_rest(subject)).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that stays broken is told once.
    pub(super) fn note_broken(&mut self, who: Who, found: Vec<String>) {
        for fault in found {
            if !self.told.faults.contains(&fault) {
                self.tell(who, "fault", || format!("BREAKS A RULE: {fault}"));
                self.told.faults.push(fault);
            }
        }
    }
}

/// Rules that no row tells of.
pub(super) fn broken_outside(of: &Installation) -> Vec<String> {
    let mut faults = members_beyond_max(of);
    faults.extend(of.told.twice.iter().cloned());
    faults
}

/// What is still there when every job has ended and all is quiet.
pub fn left_over(of: &Installation) -> Vec<String> {
    let rows = of.ledger.look();
    let mut left: Vec<String> = rows.alive().filter_map(still_there).collect();
    drop(rows);
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

fn still_there(row: &Row) -> Option<String> {
    match row {
        Row::Job(job) => Some(format!("job {} stands in the ledger", job.id)),
        Row::Launch(launch) => Some(format!("launch {} stands in the ledger", launch.id)),
        Row::Order(order) => Some(format!("order {} stands in the ledger", order.id)),
        Row::Node(node) if node.n_launches > 0 || node.used != Size::default() => {
            Some(format!("{} counts {} launches and {}", node.id, node.n_launches, node.used))
        }
        Row::Pool(pool) if pool.n_launches > 0 => {
            Some(format!("pool {} counts {} launches", pool.name, pool.n_launches))
        }
        Row::Node(_)
        | Row::Pool(_)
        | Row::Run(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::SpotPrices(_)
        | Row::Failing(_)
        | Row::Tombstone(_)
        | Row::EndedLaunch(_)
        | Row::Waited(_)
        | Row::Noted(_) => None,
    }
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

/// Where the rules are looked at.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) links: &'a Links,
    pub(super) rules: &'a Rules,
    pub(super) machine: &'a Mutex<Machine>,
}

impl Scene<'_> {
    /// Rules about it that are broken once nothing is on its way, as sentences.
    pub(super) fn broken_at_rest(&self, subject: &Subject) -> Vec<String> {
        let mut faults = self.broken(subject);
        match subject {
            Subject::Job(job) => faults.extend(self.twice_served(*job)),
            // A claim whose job is gone lets its launch stand by: the next tick ends what is too many.
            Subject::Pool(name) => {
                faults.extend(self.rules.pools.get(name).into_iter().flat_map(|it| self.standing_beyond(it)));
            }
            Subject::Launch(_) | Subject::Node(_) => {}
        }
        faults
    }

    /// Those that hold at every moment.
    pub(super) fn broken(&self, subject: &Subject) -> Vec<String> {
        match subject {
            Subject::Job(job) => self
                .twice_launched(*job)
                .into_iter()
                .chain(self.dead_and_running(*job))
                .chain(self.links.of_job(*job).filter_map(|id| self.mixed(self.launch(id)?)))
                .collect(),
            Subject::Launch(id) => {
                self.launch(*id).and_then(|launch| self.mixed(launch)).into_iter().collect()
            }
            Subject::Node(id) => self.miscounted(id),
            Subject::Pool(name) => {
                let Some(pool) = self.rules.pools.get(name) else { return Vec::new() };
                if pool.is_serverless() {
                    self.serverless(pool)
                } else {
                    self.beyond_max(pool).into_iter().collect()
                }
            }
        }
    }

    fn job(&self, id: JobId) -> Option<&Job> {
        if let Some(Row::Job(job)) = self.rows.get(&Key::Job(id)) { Some(job) } else { None }
    }

    fn launch(&self, id: LaunchId) -> Option<&Launch> {
        if let Some(Row::Launch(launch)) = self.rows.get(&Key::Launch(id)) { Some(launch) } else { None }
    }

    fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.links.all().filter_map(|id| self.launch(id))
    }

    /// Launches for it that no other job has taken.
    fn twice_launched(&self, job: JobId) -> Option<String> {
        let waiting = self.job(job).filter(|job| job.state.is_queued())?;
        let is_for_it = |launch: &&Launch| launch.job == Some(waiting.id);
        self.more_than_one(job, is_for_it)
    }

    /// With those that were for another, and turned out to have taken it. A tick writes what it learnt step by
    /// step, so this holds once it has ended.
    fn twice_served(&self, job: JobId) -> Option<String> {
        // That of a job which runs elsewhere is about to be given another.
        let waits = self.job(job).is_some_and(|job| job.state.is_queued());
        self.more_than_one(job, |launch| waits || matches!(launch.state, LaunchState::Busy { .. }))
    }

    fn more_than_one(&self, job: JobId, counts: impl Fn(&&Launch) -> bool) -> Option<String> {
        let launches = self.links.of_job(job).filter_map(|id| self.launch(id)).filter(counts);
        let launches: Vec<String> = launches.map(|launch| launch.id.to_string()).collect();
        (launches.len() > 1).then(|| format!("job {job} is served by {}", launches.join(" and ")))
    }

    fn miscounted(&self, node: &InstanceId) -> Vec<String> {
        let Some(Row::Node(node)) = self.rows.get(&Key::Node(node.clone())) else { return Vec::new() };
        let (mut n, mut used) = (0, Some(Size::default()));
        for launch in self.links.on_node(&node.id).filter_map(|id| self.launch(id)) {
            n += 1;
            used = used.and_then(|used| used.checked_add(launch.size));
        }
        let mut faults = Vec::new();
        if node.n_launches != n || Some(node.used) != used {
            faults.push(format!(
                "{} counts {} launches and {}, and has {n} and {used:?}",
                node.id, node.n_launches, node.used
            ));
        }
        if !node.used.fits_in(node.size) {
            faults.push(format!("{} has {} and gave away {}", node.id, node.size, node.used));
        }
        faults
    }

    fn serverless(&self, pool: &Pool) -> Vec<String> {
        let there = self.launches().filter(|it| it.node.is_none() && it.pool == pool.name).count();
        let counted = match self.rows.get(&Key::Pool(pool.name.clone())) {
            Some(Row::Pool(memory)) => memory.n_launches,
            Some(_) | None => 0,
        };
        let mut faults = Vec::new();
        if u32::try_from(there) != Ok(counted) {
            faults.push(format!("pool {} counts {counted} launches, and has {there}", pool.name));
        }
        if counted > pool.max_nodes {
            faults.push(format!("pool {} has {counted} tasks, and may have {}", pool.name, pool.max_nodes));
        }
        faults
    }

    /// No job runs in another tier than its own, wherever it is.
    fn mixed(&self, launch: &Launch) -> Option<String> {
        let tier = self.rules.pools.get(&launch.pool)?.trust;
        let of_job = launch.job.and_then(|job| self.job(job)?.trust);
        let is_mixed = tier != launch.trust || of_job.is_some_and(|it| it != tier);
        is_mixed.then(|| format!("launch {} mixes trust in {}", launch.id, launch.pool))
    }

    fn beyond_max(&self, pool: &Pool) -> Option<String> {
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        // The row of a machine that was lost stays for a minute, beside that of the one in its place.
        let is_there = |node: &&Node| node.pool == pool.name && machine.is_alive(&node.id.0);
        let n_nodes = nodes(self.rows).filter(is_there).count();
        // What came of an order whose answer was lost stands beside it until it is asked for again.
        let is_open = |order: &&Order| {
            order.id.pool == pool.name && !machine.has_launched(&group(&pool.name), &format!("{}-", order.id))
        };
        let ordered: u32 = self.orders().filter(is_open).map(|order| order.n).sum();
        let n = u32::try_from(n_nodes).unwrap_or(u32::MAX).saturating_add(ordered);
        (n > pool.max_nodes)
            .then(|| format!("pool {} has {n} nodes, and may have {}", pool.name, pool.max_nodes))
    }

    fn orders(&self) -> impl Iterator<Item = &Order> {
        self.rows.alive().filter_map(|row| if let Row::Order(order) = row { Some(order) } else { None })
    }

    /// No more stand by than any window of their pool says, and none for strangers.
    fn standing_beyond(&self, pool: &Pool) -> Vec<String> {
        let mut n_of: BTreeMap<&[String], u32> = BTreeMap::new();
        for launch in self.launches().filter(|launch| stands_by(launch) && launch.pool == pool.name) {
            *n_of.entry(&launch.labels).or_default() += 1;
        }
        let most = |labels: &[String]| {
            let windows = pool.schedule.iter().flat_map(|schedule| &schedule.windows);
            let all = windows.filter_map(|window| window.standby.as_ref()).chain([&pool.standby]);
            let n = all.filter_map(|standby| standby.get(labels.first()?)).max();
            if pool.trust == Trust::Trusted { n.copied().unwrap_or(0) } else { 0 }
        };
        let more = |(labels, n): (&[String], u32)| {
            let most = most(labels);
            (n > most).then(|| {
                format!("{n} stand by in pool {} for {}, and {most} may", pool.name, labels.join(", "))
            })
        };
        n_of.into_iter().filter_map(more).collect()
    }

    fn dead_and_running(&self, job: JobId) -> Option<String> {
        let runs = self.job(job).is_some_and(|job| !job.state.is_queued());
        (runs && self.rows.get(&Key::Tombstone(job)).is_some())
            .then(|| format!("job {job} runs and has a tombstone"))
    }
}
