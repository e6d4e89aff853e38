//! What a tick sees.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;
use model::id::JobId;
use model::job::Job;
use model::observation::{Answer, Definition, DefinitionKey, Observation};
use model::rules::Rules;
use model::time::Timestamp;
use wire::ledger::Row;

use super::loose::loose;
use super::post::deliveries;
use super::price::quoted;
use super::roll::roll;
use super::stray::strays;
use super::trust::{self, Learnt};
use super::{Call, Depth, rerun};
use crate::error::{Chain, PortError};
use crate::port::{DefinitionError, Open, Ports};

/// Questions to the forge at once, which allows a hundred.
pub(super) const AT_ONCE: usize = 16;
/// Runs that a tick asks about, for jobs that wait for it.
pub(super) const QUESTIONS: usize = 64;

pub(super) async fn observe(
    ports: &Ports,
    rules: &Rules,
    call: Call,
    open: Open,
    now: Timestamp,
) -> Result<(Observation, Learnt), PortError> {
    let mut seen = world(open);
    seen.stopped = call.stopped;
    seen.warned = call.warned;
    if call.depth == Depth::Sweep {
        let (survey, quoted, fates, roll, deliveries) = futures::join!(
            ports.compute.survey(),
            quoted(ports, rules, &seen, now),
            rerun::fates(ports, &seen, now),
            roll(ports, &seen),
            deliveries(ports, &seen, now)
        );
        seen.survey = survey.map_err(unlisted).ok();
        seen.strays = strays(ports, &seen, now).await?;
        seen.loose = loose(ports, &seen, now).await;
        seen.quoted = quoted;
        seen.fates = fates;
        seen.roll = roll?;
        seen.deliveries = deliveries;
    }
    let runs = trust::unknown(&seen, rules);
    for repository in runs.values() {
        *seen.runs_asked.entry(repository.installation).or_default() += 1;
    }
    let (learnt, answers) = futures::join!(trust::ask(ports, &runs), answers(ports, rules, &seen, now));
    let learnt = trust::apply(&mut seen, rules, &learnt);
    seen.answers = answers;
    seen.definitions = definitions(ports, rules, &seen, now).await;
    Ok((seen, learnt))
}

/// What the forge tells counts all the same: a runner that nobody needs does not wait for the provider.
fn unlisted(error: PortError) {
    tracing::error!(error = %Chain(&error), "the provider lists nothing: of nodes and tasks nothing is repaired or given back");
}

fn world(open: Open) -> Observation {
    for error in &open.unreadable {
        tracing::error!(error = %error, "a row of the ledger cannot be read, and is passed over");
    }
    let mut seen = Observation::default();
    for row in open.rows {
        match row {
            Row::Job(job) => drop(seen.jobs.insert(job.id, job.into())),
            Row::Launch(launch) => drop(seen.launches.insert(launch.id, launch.into())),
            Row::Node(node) => drop(seen.nodes.insert(node.id.clone(), node)),
            Row::Order(order) => drop(seen.orders.insert(order.id.clone(), order)),
            Row::Pool(pool) => drop(seen.pools.insert(pool.name.clone(), pool)),
            Row::Deliveries(memory) => seen.delivered = Some(memory),
            Row::SpotPrices(prices) => seen.prices = Some(prices),
            Row::Scope(memory) => drop(seen.scopes.insert(memory.scope.id.clone(), memory)),
            Row::Failing(failing) => drop(seen.failing.insert(failing.revision.clone(), failing)),
            Row::Run(run) => drop(seen.runs.insert(run.id, run)),
            // They never stand among what is alive.
            Row::Tombstone(_) | Row::EndedLaunch(_) | Row::Waited(_) | Row::Noted(_) => {}
        }
    }
    seen
}

/// What has become of the jobs that are doubted, of those whose launch would be ended for an event, and of
/// those that look as if an event was lost.
async fn answers(
    ports: &Ports,
    rules: &Rules,
    seen: &Observation,
    now: Timestamp,
) -> BTreeMap<JobId, Answer> {
    let asked = stream::iter(planner::asked(seen, &rules.limits, now)).map(async |job| {
        match ports.forge.job(&job.repository, job.id).await {
            Ok(answer) => Some((job.id, answer)),
            Err(error) => {
                tracing::warn!(job.id = job.id.0, error = %Chain(&error), "a job could not be asked for");
                None
            }
        }
    });
    asked.buffer_unordered(AT_ONCE).filter_map(async |answer| answer).collect().await
}

/// One question for each kind of task, however many jobs want it.
async fn definitions(
    ports: &Ports,
    rules: &Rules,
    seen: &Observation,
    now: Timestamp,
) -> BTreeMap<DefinitionKey, Definition> {
    let asked = stream::iter(wanted(rules, seen, now)).map(async |key| {
        let definition = match ports.compute.definition(&key).await {
            Ok(revision) => Definition::Ready(revision),
            Err(DefinitionError::Missing(text)) => Definition::Missing(text),
            Err(DefinitionError::Port(error)) => {
                tracing::warn!(error = %Chain(&error), at = now.0, "a task definition could not be made");
                Definition::Unknown(format!("its task definition could not be made: {}", Chain(&error)))
            }
        };
        (key, definition)
    });
    asked.buffer_unordered(AT_ONCE).collect().await
}

fn wanted(rules: &Rules, seen: &Observation, now: Timestamp) -> BTreeSet<DefinitionKey> {
    // A doubt that the forge does not share is settled by the plan.
    let waits = |job: &Job| job.doubted_at.is_none() || seen.answers.get(&job.id) == Some(&Answer::Queued);
    let waiting = seen.jobs.values().filter(|job| waits(job) && planner::may_need_launch(seen, job));
    let mut demands = planner::Demands::new(seen, rules, now);
    let mut wanted = planner::standby_definitions(rules, now);
    for demand in waiting.filter_map(|job| demands.of(job).ok()) {
        wanted.extend(demand.definitions.values().cloned());
    }
    wanted
}
