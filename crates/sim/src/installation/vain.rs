//! Spend is bounded, whatever image or label is bad: tasks and machines for jobs that never run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::label::{self, Verdict};
use model::rules::Pool;
use model::time::Timestamp;
use wire::ledger::Row;

use super::Installation;
use super::minimum::times;

/// An image that has failed so often in a row is known to be bad once this has passed; from then on it is tried
/// so often in a while and no more.
const KNOWN_AFTER: usize = 10;
const KNOWN_WITHIN: Duration = Duration::from_mins(10);
const TRIES: usize = 5;
const WHILE: Duration = Duration::from_mins(10);
/// What nobody has tried for so long may be good again.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(2);
/// A machine that nothing runs on is given back this long after its pool would, whatever holds it up.
const KEPT_FOR: Duration = Duration::from_mins(30);
/// Over so long, machines that nothing ever ran on cost two thirds of what pools may have at most, and half an
/// hour of one.
const SPAN: Duration = Duration::from_hours(3);
const GRACE: Duration = Duration::from_mins(30);

/// What was started and bought, and what came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Vain {
    /// Since each last worked.
    failed: BTreeMap<String, Vec<Timestamp>>,
    machines: BTreeMap<String, Machine>,
    /// How many kinds of jobs have waited, while machines were kept for them.
    waiting: Vec<(Timestamp, usize)>,
    /// Since when every tick has ended and GitHub has answered.
    calm_since: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Machine {
    from: Timestamp,
    until: Option<Timestamp>,
    /// When a job was last seen on it, if one ever was.
    worked_at: Option<Timestamp>,
}

impl Vain {
    pub(super) fn launched(&mut self, node: &str, now: Timestamp) {
        self.machines.insert(node.to_owned(), Machine { from: now, until: None, worked_at: None });
    }

    pub(super) fn ended(&mut self, node: &str, now: Timestamp) {
        if let Some(machine) = self.machines.get_mut(node) {
            machine.until = Some(now);
        }
    }

    pub(super) fn failed(&mut self, image: &str, now: Timestamp) {
        let failed = self.failed.entry(image.to_owned()).or_default();
        if failed.last().is_some_and(|last| now.since(*last) > FORGOTTEN_AFTER) {
            failed.clear();
        }
        failed.push(now);
    }

    pub(super) fn worked(&mut self, image: &str, node: &str, now: Timestamp) {
        self.failed.remove(image);
        if let Some(machine) = self.machines.get_mut(node) {
            machine.worked_at = Some(now);
        }
    }

    /// Images that are known to be bad and tried all the same.
    fn tried(&self, now: Timestamp) -> Vec<String> {
        let too_often = |(image, failed): (&String, &Vec<Timestamp>)| {
            let known = failed.get(KNOWN_AFTER - 1)?.after(KNOWN_WITHIN);
            let tries = failed.iter().filter(|at| **at >= known && now.since(**at) < WHILE).count();
            (tries > TRIES).then(|| {
                format!(
                    "{image} has failed {} times in a row, {tries} of them lately: it is known to be bad",
                    failed.len()
                )
            })
        };
        self.failed.iter().filter_map(too_often).collect()
    }

    /// The most kinds of jobs that have waited at once of late, `n` of them now.
    fn most_waiting(&mut self, n: usize, now: Timestamp, lately: Duration) -> usize {
        self.waiting.push((now, n));
        self.waiting.retain(|(at, _)| now.since(*at) <= lately);
        self.waiting.iter().map(|(_, n)| *n).max().unwrap_or(n)
    }

    /// How long machines have been there lately that nothing ever ran on.
    fn bought(&self, now: Timestamp) -> Duration {
        let begin = Timestamp(now.0.saturating_sub(u64::try_from(SPAN.as_millis()).unwrap_or(u64::MAX)));
        let idle = self.machines.values().filter(|machine| machine.worked_at.is_none());
        idle.map(|machine| machine.until.unwrap_or(now).since(machine.from.max(begin))).sum()
    }
}

impl Installation {
    /// Asked after each tick.
    pub(super) fn in_vain(&mut self, is_done: bool) -> Vec<String> {
        let now = self.clock.now();
        let at_work: BTreeSet<String> =
            self.tasks.values().filter(|task| task.job.is_some()).map(|task| task.node.clone()).collect();
        for machine in at_work.iter().map(String::as_str) {
            if let Some(machine) = self.vain.machines.get_mut(machine) {
                machine.worked_at = Some(now);
            }
        }
        self.vain.machines.retain(|_, it| it.until.is_none_or(|until| now.since(until) <= SPAN));
        let is_calm = is_done && self.github().api_faults.is_empty();
        self.vain.calm_since = if is_calm { self.vain.calm_since.or(Some(now)) } else { None };
        let mut faults = self.vain.tried(now);
        faults.extend(self.kept_in_vain(now));
        faults.extend(self.bought_in_vain(now));
        faults.extend(self.bought_for_nobody());
        faults
    }

    /// Where jobs wait that cannot run, one machine is kept to try each kind of them, and not a pool's worth.
    fn kept_in_vain(&mut self, now: Timestamp) -> Option<String> {
        let calm_since = self.vain.calm_since?;
        let longest = self.rules.pools.values().filter(|pool| !pool.is_serverless()).map(|it| it.idle_after);
        let kept_for = longest.max()?.saturating_add(KEPT_FOR);
        let is_idle = |machine: &Machine| {
            let since = machine.worked_at.unwrap_or(machine.from).max(calm_since);
            machine.until.is_none() && now.since(since) > kept_for
        };
        let idle: Vec<String> =
            self.vain.machines.iter().filter(|(_, it)| is_idle(it)).map(|(id, _)| id.clone()).collect();
        let (n, n_minimum) = (idle.len(), self.n_minimum(now));
        if n == 0 || n <= n_minimum {
            return None;
        }
        let n_waiting = {
            let rows = self.ledger.look();
            let waiting = rows.alive().filter_map(|row| {
                let Row::Job(job) = row else { return None };
                job.state.is_queued().then_some(&job.labels)
            });
            waiting.collect::<BTreeSet<_>>().len()
        };
        // The job may be gone for which a machine was kept until now.
        let may = n_minimum + self.vain.most_waiting(n_waiting, now, kept_for);
        (n > may).then(|| {
            format!("{} are kept though nothing has run there for long, and {may} may be", idle.join(" "))
        })
    }

    fn bought_in_vain(&self, now: Timestamp) -> Option<String> {
        let most: u32 =
            self.rules.pools.values().filter(|it| !it.is_serverless()).map(|it| it.max_nodes).sum();
        let may = (SPAN * most * 2 / 3).saturating_add(GRACE);
        let spent = self.vain.bought(now);
        if spent <= may {
            return None;
        }
        let may = may.saturating_add(SPAN * u32::try_from(self.n_minimum(now)).unwrap_or(u32::MAX));
        (spent > may).then(|| {
            let hours = |span: Duration| span.as_secs() / 3600;
            format!("{} h of machines that nothing ever ran on, and {} h may be", hours(spent), hours(may))
        })
    }

    /// A label that says what cannot be costs nothing at all.
    fn bought_for_nobody(&self) -> Option<String> {
        if self.nodes.is_empty() {
            return None;
        }
        let min_version = self.rules.min_version.as_ref();
        let is_right = |labels: &[String]| matches!(label::parse(labels, min_version), Verdict::Ours(_));
        let is_anybody = self.github().jobs.values().any(|job| is_right(&job.labels));
        (!is_anybody && self.n_minimum(self.clock.now()) == 0)
            .then(|| "machines were bought, and every label there ever was is wrong".to_owned())
    }

    /// What pools were to keep at most, lately.
    fn n_minimum(&self, now: Timestamp) -> usize {
        // A window is in force for five minutes at least.
        let before = |at: Timestamp| (0..=48_u64).map(move |n| Timestamp(at.0.saturating_sub(n * 300_000)));
        let moments: Vec<Timestamp> = times(self, now).into_iter().flat_map(before).collect();
        let of_pool = |pool: &Pool| {
            let kept = |at| planner::minimum(pool, at) + planner::standby(pool, at).values().sum::<u32>();
            moments.iter().copied().map(kept).max().unwrap_or(0)
        };
        let n: u32 = self.rules.pools.values().map(of_pool).sum();
        usize::try_from(n).unwrap_or(usize::MAX)
    }
}
