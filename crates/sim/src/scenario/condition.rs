//! What may be waited for or expected.

use model::id::JobId;
use model::job::JobState;
use model::launch::{Launch, LaunchState};
use model::node::Node;
use wire::ledger::{Key, Row};

use super::job::{one_of_name, some_of_name};
use super::words::{Words, Wrong, number};
use crate::github::{self, Conclusion};
use crate::installation::{Installation, left_over};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Of a job or of all jobs of a matrix.
    Jobs(String, Job),
    /// Of every job there is.
    AllEnded,
    Count(Counted, Compare, u32),
    /// Every job has ended, and nothing is left of any of them.
    Quiet,
    /// But those that were cancelled or taken by somebody else.
    EveryJobRan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// With this reason, if one is said.
    Waits(Option<String>),
    Runs,
    Ended(Option<Conclusion>),
    /// A runner took it, now or once.
    Taken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// In the ledger, of a pool or of all.
    Nodes(Option<String>),
    /// At EC2, whoever has them.
    Machines,
    /// Of the nodes, those that can take jobs now.
    Ready(Option<String>),
    /// Tasks that run and wait for a job.
    Standby,
    /// Tasks that were started for a job.
    Launches(String),
    Runners,
    Ticks,
    Tasks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    AtMost,
    AtLeast,
}

const CONCLUSIONS: [Conclusion; 4] =
    [Conclusion::Success, Conclusion::Failure, Conclusion::Cancelled, Conclusion::Skipped];

impl Condition {
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, Wrong> {
        let first = words.word(
            "what: `job NAME …`, `jobs have ended`, `every job ran`, `quiet`, or a number of `nodes`, `machines`, `ready`, `standby`, `launches`, `runners`, `tasks` or `ticks`",
        )?;
        match first {
            "quiet" => Ok(Self::Quiet),
            "every" => {
                words.literally("job ran")?;
                Ok(Self::EveryJobRan)
            }
            "job" => {
                let name = words.word("the name of a job")?.to_owned();
                Ok(Self::Jobs(name, Job::read(words)?))
            }
            "jobs" => {
                words.literally("have ended")?;
                Ok(Self::AllEnded)
            }
            "nodes" | "machines" | "ready" | "standby" | "launches" | "runners" | "tasks" | "ticks" => {
                let of = if words.peek() == Some("of") {
                    words.next();
                    Some(words.word("of what")?.to_owned())
                } else {
                    None
                };
                let counted = match (first, of) {
                    ("nodes", of) => Counted::Nodes(of),
                    ("ready", of) => Counted::Ready(of),
                    ("launches", Some(of)) => Counted::Launches(of),
                    ("launches", None) => {
                        return Err("launches are those `of` a job: `launches of build = 1`".to_owned());
                    }
                    (_, Some(of)) => return Err(format!("`{first}` are not counted by `of {of}`")),
                    ("machines", None) => Counted::Machines,
                    ("runners", None) => Counted::Runners,
                    ("tasks", None) => Counted::Tasks,
                    ("standby", None) => Counted::Standby,
                    _ => Counted::Ticks,
                };
                let compares = [("=", Compare::Equal), ("<=", Compare::AtMost), (">=", Compare::AtLeast)];
                let compare = words.one_of("a comparison, with spaces around it", &compares)?;
                Ok(Self::Count(counted, compare, number(words.word("a number")?)?))
            }
            other => Err(format!(
                "nobody knows how `{other}` is; write `job NAME …`, `jobs have ended`, `every job ran`, `quiet`, or a number of `nodes`, `machines`, `ready`, `standby`, `launches`, `runners`, `tasks` or `ticks`"
            )),
        }
    }

    /// Nothing, if it is so; else how it is instead.
    pub(crate) fn lacks(&self, of: &Installation) -> Result<Option<String>, Wrong> {
        match self {
            Self::Jobs(name, job) => {
                for id in some_of_name(of, name)? {
                    if !job.is_so(of, id) {
                        return Ok(Some(how(of, id)));
                    }
                }
                Ok(None)
            }
            Self::AllEnded => Ok(first_open(of)),
            Self::EveryJobRan => {
                let ran = |id: &github::JobId| {
                    let id = JobId(id.0);
                    of.told.taken.contains_key(&id) || of.told.excused.contains(&id)
                };
                let idle = of.github().jobs.keys().find(|id| !ran(id)).copied();
                Ok(idle.map(|id| format!("{}, and no runner ever took it", how(of, id))))
            }
            Self::Count(counted, compare, n) => {
                let found = counted.count(of)?;
                let is_so = match compare {
                    Compare::Equal => found == *n,
                    Compare::AtMost => found <= *n,
                    Compare::AtLeast => found >= *n,
                };
                Ok((!is_so).then(|| format!("there are {found}")))
            }
            Self::Quiet => Ok(first_open(of).or_else(|| {
                let left = left_over(of);
                (!left.is_empty()).then(|| left.join("; "))
            })),
        }
    }

    pub(crate) fn is_so(&self, of: &Installation) -> bool {
        matches!(self.lacks(of), Ok(None))
    }
}

impl Job {
    fn read(words: &mut Words<'_>) -> Result<Self, Wrong> {
        match words.word("what becomes of the job: `waits`, `runs`, `was taken` or `has ended`")? {
            "waits" => {
                let code = words.next().map(str::to_owned);
                if let Some(code) = code.as_deref().filter(|code| model::reason::Code::parse(code).is_none())
                {
                    let known = model::reason::Code::ALL.map(|code| format!("`{}`", code.as_str()));
                    return Err(format!("`{code}` is no reason; write {}", known.join(", ")));
                }
                Ok(Self::Waits(code))
            }
            "runs" => Ok(Self::Runs),
            "was" => {
                words.literally("taken")?;
                Ok(Self::Taken)
            }
            "has" => {
                words.literally("ended")?;
                let conclusion = words.next().map(|name| {
                    let found = CONCLUSIONS.into_iter().find(|it| it.name() == name);
                    found.ok_or_else(|| {
                        let known = CONCLUSIONS.map(|it| format!("`{}`", it.name())).join(", ");
                        format!("`{name}` is no conclusion; write {known}")
                    })
                });
                Ok(Self::Ended(conclusion.transpose()?))
            }
            other => Err(format!("a job `waits`, `runs`, `was taken` or `has ended`, not `{other}`")),
        }
    }

    fn is_so(&self, of: &Installation, id: github::JobId) -> bool {
        let github = of.github();
        let Some(job) = github.jobs.get(&id) else { return false };
        match self {
            Self::Runs => matches!(job.state, github::JobState::Running { .. }),
            Self::Ended(None) => job.is_completed(),
            Self::Ended(how) => job.conclusion() == *how,
            Self::Taken => of.told.taken.contains_key(&JobId(id.0)),
            Self::Waits(code) => {
                let is_open = !job.is_completed() && !matches!(job.state, github::JobState::Running { .. });
                drop(github);
                is_open
                    && code
                        .as_ref()
                        .is_none_or(|code| reason(of, id).is_some_and(|reason| reason.code.as_str() == code))
            }
        }
    }
}

impl Counted {
    fn count(&self, of: &Installation) -> Result<u32, Wrong> {
        let n = match self {
            Self::Nodes(pool) => n_nodes(of, pool.as_deref(), |_| true),
            Self::Ready(pool) => n_nodes(of, pool.as_deref(), Node::is_open),
            Self::Machines => of.machine().n_alive(),
            Self::Standby => {
                let stands = |launch: &Launch| {
                    launch.job.is_none() && matches!(launch.state, LaunchState::Asked { .. })
                };
                let rows = of.ledger.look();
                rows.alive().filter(|row| matches!(row, Row::Launch(launch) if stands(launch))).count()
            }
            Self::Launches(name) => {
                let id = one_of_name(of, name)?;
                return Ok(of
                    .told
                    .started
                    .iter()
                    .filter(|(launch, _)| launch.job == id)
                    .map(|(_, n)| n)
                    .sum());
            }
            Self::Runners => of.github().runners.len(),
            Self::Tasks => of.n_tasks(),
            Self::Ticks => return Ok(of.told.n_ticks),
        };
        Ok(u32::try_from(n).unwrap_or(u32::MAX))
    }
}

fn n_nodes(of: &Installation, pool: Option<&str>, counts: impl Fn(&Node) -> bool) -> usize {
    let is_of = |node: &Node| pool.is_none_or(|pool| node.pool.as_str() == pool) && counts(node);
    of.ledger.look().alive().filter(|row| matches!(row, Row::Node(node) if is_of(node))).count()
}

fn first_open(of: &Installation) -> Option<String> {
    let open = of.github().jobs.values().find(|job| !job.is_completed()).map(|job| job.id);
    open.map(|id| how(of, id))
}

fn reason(of: &Installation, id: github::JobId) -> Option<model::reason::Reason> {
    let Some(Row::Job(job)) = of.ledger.row(&Key::Job(JobId(id.0))) else { return None };
    job.reason.filter(|_| job.state == JobState::Queued)
}

fn how(of: &Installation, id: github::JobId) -> String {
    let github = of.github();
    let Some(job) = github.jobs.get(&id) else { return format!("job {id} is unknown") };
    let (name, status) = (job.name.clone(), job.conclusion().map_or(job.status(), Conclusion::name));
    drop(github);
    match reason(of, id) {
        Some(reason) => format!("job {name} is {status} ({}: {})", reason.code.as_str(), reason.text),
        None => format!("job {name} is {status}"),
    }
}
