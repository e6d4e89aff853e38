//! Jobs onto nodes there are.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::{InstanceId, JobId, LaunchId, Revision};
use model::job::Job;
use model::launch::{Launch, LaunchState, Times};
use model::observation::{Definition, Observation};
use model::plan::{NewLaunch, Placement};
use model::reason::{Code, Reason};
use model::rules::{Pool, Rules};
use model::time::Timestamp;

use crate::assign::label_set;
use crate::demand::{Demand, demand};
use crate::room::Rooms;
use crate::view::needs_launch;

/// The pause after a second failure, doubled with each further one. The first may have been anything,
/// and is tried again at once.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

pub(crate) struct Packed<'a> {
    pub(crate) place: BTreeMap<InstanceId, Placement>,
    /// Jobs that could run, had there been room.
    pub(crate) left: Vec<(&'a Job, Demand<'a>)>,
    pub(crate) reasons: BTreeMap<JobId, Reason>,
}

pub(crate) fn pack<'a>(
    seen: &'a Observation,
    rules: &'a Rules,
    rooms: &mut Rooms,
    now: Timestamp,
) -> Packed<'a> {
    let mut packed = Packed { place: BTreeMap::new(), left: Vec::new(), reasons: BTreeMap::new() };
    let mut waiting: Vec<&Job> = seen.jobs.values().filter(|job| needs_launch(seen, job)).collect();
    waiting.sort_by_key(|job| (job.queued_at, job.id));
    for job in waiting {
        let (wants, revision) = match startable(seen, job, rules, now) {
            Ok(startable) => startable,
            Err(reason) => {
                packed.reasons.insert(job.id, reason);
                continue;
            }
        };
        let Some((node, pool)) = best_fit(rooms, &wants) else {
            packed.left.push((job, wants));
            continue;
        };
        let room = rooms.ready.get_mut(&node).expect("the best fit is one of the rooms");
        room.take(wants.size(pool), &wants.spec);
        let launch = launch(job, pool, &node, &wants, revision, now);
        let version = room.version;
        let placement =
            packed.place.entry(node).or_insert_with(|| Placement { version, launches: Vec::new() });
        placement.launches.push(NewLaunch { launch, instead_of: job.launch });
    }
    packed
}

/// Everything that must be known before a job is started, or what is missing.
fn startable<'a>(
    seen: &Observation,
    job: &Job,
    rules: &'a Rules,
    now: Timestamp,
) -> Result<(Demand<'a>, Revision), Reason> {
    if job.doubted_at.is_some() {
        let text = "an event says that the job no longer waits; GitHub is being asked";
        return Err(Reason { code: Code::Doubted, text: text.to_owned() });
    }
    let wants = demand(job, rules)?;
    if let Some(reason) = paused(job, now) {
        return Err(reason);
    }
    match seen.definitions.get(&wants.definition) {
        Some(Definition::Ready(revision)) => Ok((wants, revision.clone())),
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

/// The fullest node of the first pool that has one: what stays empty can be given back.
fn best_fit<'a>(rooms: &Rooms, wants: &Demand<'a>) -> Option<(InstanceId, &'a Pool)> {
    wants.pools.iter().find_map(|pool| {
        rooms
            .ready
            .iter()
            .filter(|(_, room)| room.pool == pool.name && room.holds(wants.size(pool), &wants.spec))
            .min_by_key(|(id, room)| (room.free, *id))
            .map(|(id, _)| (id.clone(), *pool))
    })
}

fn launch(
    job: &Job,
    pool: &Pool,
    node: &InstanceId,
    wants: &Demand<'_>,
    revision: Revision,
    now: Timestamp,
) -> Launch {
    Launch {
        id: LaunchId { job: job.id, n: job.n_launches + 1 },
        job: Some(job.id),
        pool: pool.name.clone(),
        node: node.clone(),
        trust: pool.trust,
        size: wants.size(pool),
        revision,
        labels: label_set(job),
        scope: None,
        state: LaunchState::Planned,
        at: Times { planned: now, asked: None, claimed: None, busy: None },
    }
}
