//! Where a job may be launched, and how often what keeps failing.

use std::collections::{BTreeMap, BTreeSet};

use model::id::Revision;
use model::job::Job;
use model::label::{self, Spec, Verdict};
use model::observation::Observation;
use model::plan::{Plan, Rerun};
use model::rules::{Pool, PoolName, Rules};
use model::run::LostState;
use model::time::Timestamp;
use model::{Purchase, Trust};

/// A pool stands in for one of the label's where every pool on the way is closed, or the job has waited.
pub(super) fn belongs(
    seen: &Observation,
    rules: &Rules,
    plan: &Plan,
    pool: &Pool,
    job: &Job,
    now: Timestamp,
) -> bool {
    let Verdict::Ours(spec) = label::parse(&job.labels, None) else { return false };
    let Some(trust) = job.trust else { return false };
    let is_second = is_second_chance(seen, plan, job);
    let suits = |pool: &&Pool| suits(pool, &spec, trust, is_second);
    let mut reached: BTreeSet<&PoolName> =
        rules.pools.values().filter(suits).map(|pool| &pool.name).collect();
    for _ in 0..rules.pools.len() {
        let open = |from: &&Pool| {
            let has_waited = from.fallback.as_ref().is_some_and(|it| it.after <= now.since(job.queued_at));
            has_waited || is_closed(seen, plan, from, now)
        };
        let from = rules.pools.values().filter(|from| reached.contains(&from.name)).filter(open);
        let next: Vec<&PoolName> = from.filter_map(|from| Some(&from.fallback.as_ref()?.pool)).collect();
        reached.extend(next);
    }
    reached.contains(&pool.name)
}

fn is_closed(seen: &Observation, plan: &Plan, pool: &Pool, now: Timestamp) -> bool {
    let memory = seen.pools.get(&pool.name);
    let breakers = plan.breakers.get(&pool.name).or(memory.map(|memory| &memory.breakers));
    let refusals = plan.refuse.get(&pool.name).or(memory.map(|memory| &memory.refusals));
    pool.zones.iter().all(|zone| {
        let refused = refusals.into_iter().flatten();
        refused.filter(|it| it.zone == *zone).any(|it| now < it.until)
            || breakers.into_iter().flatten().filter(|it| it.zone == *zone).any(|it| now < it.until)
    })
}

fn suits(pool: &Pool, spec: &Spec, trust: Trust, is_second_chance: bool) -> bool {
    let is_as_asked = spec.purchase.is_none_or(|purchase| purchase == pool.purchase);
    pool.trust == trust
        && pool.has_gpu == spec.gpu
        && spec.arch.is_none_or(|arch| arch == pool.arch)
        && (is_as_asked || (is_second_chance && pool.purchase == Purchase::OnDemand))
}

/// What the label of a lost job says of spot no longer binds.
fn is_second_chance(seen: &Observation, plan: &Plan, job: &Job) -> bool {
    let Some(run) = seen.runs.get(&job.run) else { return false };
    let is_decided = matches!(plan.rerun.get(&run.id), Some(Rerun::Ask | Rerun::Over(_)));
    run.attempt < job.attempt && (run.state != LostState::Waiting || is_decided)
}

/// What has failed again and again, and not on one node alone, is tried by one job at a time.
pub(super) fn too_often(seen: &Observation, plan: &Plan) -> Vec<String> {
    let mut tried: BTreeMap<&Revision, usize> = BTreeMap::new();
    for new in plan.place.values().flat_map(|placement| &placement.launches) {
        *tried.entry(&new.launch.revision).or_default() += 1;
    }
    tried
        .into_iter()
        .filter(|(revision, n)| {
            let told = plan.failing.get(*revision).map(Option::as_ref);
            let failing = told.unwrap_or_else(|| seen.failing.get(*revision));
            *n > 1 && failing.is_some_and(|failing| failing.n >= 3 && failing.n_moves > 0)
        })
        .map(|(revision, n)| format!("{revision} has failed again and again, and is started {n} times"))
        .collect()
}
