//! Jobs onto nodes there are.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use model::Carrier;
use model::id::{InstanceId, JobId, LaunchId, Revision};
use model::job::Job;
use model::launch::{Launch, LaunchState, Times};
use model::observation::{Definition, DefinitionKey, Observation};
use model::plan::{NewLaunch, Placement};
use model::reason::{Code, Reason};
use model::rules::{Pool, Rules};
use model::time::Timestamp;

use crate::budget::{Budget, Spent};
use crate::demand::{Demand, Demands};
use crate::failing::Trials;
use crate::room::{Room, Rooms};
use crate::turn::Turns;

/// The pause after a second failure, doubled with each further one. The first may have been anything,
/// and is tried again at once.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// So a job is launched seven times in its first hour at most, and six times in each one after.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

pub(crate) struct Packed<'a> {
    pub(crate) place: BTreeMap<InstanceId, Placement>,
    /// Jobs that could run, had there been room.
    pub(crate) left: Vec<(&'a Job, Rc<Demand<'a>>)>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
    /// More could be started than others allow at once.
    pub(crate) is_partial: bool,
    /// For what else is started.
    pub(crate) trials: Trials<'a>,
}

pub(crate) fn pack<'a>(
    seen: &'a Observation,
    rules: &'a Rules,
    rooms: &mut Rooms<'a>,
    budget: &mut Budget,
    now: Timestamp,
) -> Packed<'a> {
    let mut packed = Packed {
        place: BTreeMap::new(),
        left: Vec::new(),
        reasons: BTreeMap::new(),
        is_partial: false,
        trials: Trials::new(seen, now),
    };
    let mut demands = Demands::new(seen, rules, now);
    let mut turns = Turns::new(seen, &rules.limits);
    while let Some(job) = turns.next() {
        let wants = match startable(seen, job, &mut demands, now) {
            Ok(startable) => startable,
            Err(reason) => {
                packed.reasons.insert(job.id, reason);
                continue;
            }
        };
        if let Some(reason) = turns.refusal(job) {
            packed.reasons.insert(job.id, reason);
            continue;
        }
        let revisions = wants.definitions.values().filter_map(|definition| revision(seen, definition).ok());
        if let Err(reason) = packed.trials.admit(revisions) {
            packed.reasons.insert(job.id, reason);
            continue;
        }
        turns.serve(job);
        let Some((room, pool)) = fullest(rooms, &wants) else {
            packed.left.push((job, wants));
            continue;
        };
        // Its place is kept: no machine has to be bought for it.
        if let Err(spent) = budget.start(Carrier::Nodes, job) {
            packed.is_partial = true;
            if let Spent::Registrations(reason) = spent {
                packed.reasons.insert(job.id, reason);
            }
            continue;
        }
        let node = room.node.expect("a node that is ready has a name");
        let launch = launch(seen, job, pool, Some(node), &wants, now);
        let placement = packed
            .place
            .entry(node.clone())
            .or_insert_with(|| Placement { version: room.version, launches: Vec::new() });
        placement.launches.push(NewLaunch { launch, instead_of: job.launch });
    }
    packed
}

/// Everything that must be known before a job is started, or what is missing.
fn startable<'a>(
    seen: &Observation,
    job: &'a Job,
    demands: &mut Demands<'a>,
    now: Timestamp,
) -> Result<Rc<Demand<'a>>, Reason> {
    if job.doubted_at.is_some() {
        let text = "an event says that the job no longer waits; GitHub is being asked";
        return Err(Reason { code: Code::Doubted, text: text.to_owned() });
    }
    let wants = demands.of(job)?;
    if let Some(reason) = paused(job, now) {
        return Err(reason);
    }
    for definition in wants.definitions.values() {
        revision(seen, definition)?;
    }
    Ok(wants)
}

fn revision<'a>(seen: &'a Observation, definition: &DefinitionKey) -> Result<&'a Revision, Reason> {
    match seen.definitions.get(definition) {
        Some(Definition::Ready(revision)) => Ok(revision),
        Some(Definition::Missing(text)) => Err(Reason { code: Code::NoSuchVersion, text: text.clone() }),
        Some(Definition::Unknown(text)) => Err(Reason { code: Code::Unknown, text: text.clone() }),
        None => {
            Err(Reason { code: Code::Unknown, text: "its task definition has not been looked up".to_owned() })
        }
    }
}

fn paused(job: &Job, now: Timestamp) -> Option<Reason> {
    let failed = job.failed.as_ref()?;
    let pause = pause(job.n_launches);
    (now.since(failed.at) < pause).then(|| Reason {
        code: Code::Paused,
        text: format!(
            "launch {} ended before the job ran: {}; the next one waits {} s",
            job.n_launches,
            failed.why,
            pause.as_secs()
        ),
    })
}

fn pause(n_launches: u32) -> Duration {
    match n_launches.checked_sub(2) {
        None => Duration::ZERO,
        Some(more) => FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(more)).min(LONGEST_PAUSE),
    }
}

/// A place on the fullest node of the first pool that has one.
fn fullest<'r, 'a>(rooms: &'r mut Rooms<'a>, wants: &Demand<'a>) -> Option<(&'r Room<'a>, &'a Pool)> {
    let (place, pool) = wants
        .pools
        .iter()
        .find_map(|pool| Some((rooms.take_ready(&pool.name, wants.size(pool), wants.is_alone)?, *pool)))?;
    Some((&rooms[place], pool))
}

/// The ledger may have forgotten a job behind an approval and not its launch, which then took another's job.
fn next_launch(seen: &Observation, job: &Job) -> LaunchId {
    let of_job = LaunchId { job: job.id, n: 0 }..=LaunchId { job: job.id, n: u32::MAX };
    let open = seen.launches.range(of_job).next_back().map_or(0, |(id, _)| id.n);
    LaunchId { job: job.id, n: job.n_launches.max(open) + 1 }
}

/// For a job that is startable.
pub(crate) fn launch(
    seen: &Observation,
    job: &Job,
    pool: &Pool,
    node: Option<&InstanceId>,
    wants: &Demand<'_>,
    now: Timestamp,
) -> Launch {
    let revision = revision(seen, &wants.definitions[&pool.carrier]);
    Launch {
        id: next_launch(seen, job),
        job: Some(job.id),
        pool: pool.name.clone(),
        node: node.cloned(),
        trust: pool.trust,
        size: wants.size(pool),
        revision: revision.expect("what is startable has its definitions").clone(),
        labels: wants.labels.clone(),
        scope: None,
        state: LaunchState::Planned,
        at: Times { planned: now, asked: None, claimed: None, busy: None, over: None },
    }
}
