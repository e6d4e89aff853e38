//! Tasks on nodes, each a runner that claims its work, does it and ends.

use std::time::Duration;

use control::claim::{Claimant, Claimed, claim};
use control::{Chain, PortError};
use model::Trust;
use model::id::{JobId, LaunchId};
use model::size::{CpuUnits, Mib, Size};
use secrecy::ExposeSecret;

use super::function::Function;
use super::tenancy::tier;
use super::{Due, Installation, Who, take};
use crate::compute::{ContainerExit, TaskPlaced};
use crate::github::{self, Ending, PollAnswer, RunnerId, SessionId, SessionRefusal, TaskResult};
use crate::numbers::github::POLL;
use crate::numbers::{ecs, node};
use crate::port::task_id;

pub(super) const VERSION: &str = "2.330.0";

#[derive(Debug)]
pub(super) struct Task {
    /// Empty where it has none.
    pub(super) node: String,
    /// Its task definition.
    image: String,
    pub(super) tier: Trust,
    /// As its environment tells it.
    launch: Option<LaunchId>,
    /// Where it has no node.
    pub(super) size: Size,
    n_lost: u32,
    pub(super) is_ending: bool,
    session: Option<(RunnerId, SessionId)>,
    pub(super) job: Option<github::JobId>,
    /// It was told that there is no job yet.
    stands: bool,
    /// Its runner does nothing any more, and hears nothing.
    pub(super) hangs: bool,
}

impl Installation {
    pub(super) fn place(&mut self, placed: TaskPlaced) {
        let launch = launch_of(&placed);
        if let Some(launch) = launch {
            self.told.start(launch);
        }
        self.look_for_neighbours(&placed);
        let tier = tier(&placed);
        let starts_after =
            if placed.instance_id.is_empty() { ecs::FARGATE_PULLS } else { node::CLAIMS_AFTER };
        let image = format!("{}:{}", placed.family, placed.revision);
        let number = |of: Option<u64>| of.and_then(|it| u32::try_from(it).ok()).unwrap_or_default();
        let size = Size { cpu: CpuUnits(number(placed.cpu)), memory: Mib(number(placed.memory_mib)) };
        let node = placed.instance_id;
        let task = Task {
            node,
            image,
            tier,
            launch,
            size,
            n_lost: 0,
            is_ending: false,
            session: None,
            job: None,
            stands: false,
            hangs: false,
        };
        self.tasks.insert(placed.task_arn.clone(), task);
        self.after(starts_after, Due::TaskStarts(placed.task_arn));
    }

    pub(super) fn start(&mut self, arn: &str) {
        if self.tasks.get(arn).is_none_or(|task| task.is_ending) {
            return;
        }
        let now = self.clock.of_compute();
        let is_on_bad_node =
            self.tasks.get(arn).is_some_and(|task| Some(&task.node) == self.bad_node.as_ref());
        if is_on_bad_node || take(&mut self.luck.failed_starts) {
            if let Some(task) = self.tasks.remove(arn) {
                self.vain.failed(&task.image, self.clock.now());
            }
            self.tell(Who::Task, "no image", || format!("task {} cannot pull its image", task_id(arn)));
            let why = "CannotPullContainerError: pull image manifest has been retried 5 time(s)";
            self.machine().task_failed_to_start(arn, why, now);
            return;
        }
        self.machine().task_started(arn, now);
        self.claim(arn);
    }

    pub(super) fn claim(&mut self, arn: &str) {
        let Some(task) = self.tasks.get(arn).filter(|task| !task.is_ending) else { return };
        // Somebody else's task claims nothing.
        let Some(launch) = task.launch else { return };
        let by = Claimant { task: task_id(arn), launch, nonce_hash: format!("nonce of {}", task_id(arn)) };
        let now = self.time_of(Function::Claim);
        let claimed = self.run(Function::Claim, async |ports| {
            claim(ports.ledger.as_ref(), ports.forge.as_ref(), &by, now).await
        });
        let answer = told(claimed.as_ref());
        let is_lost = take(&mut self.luck.lost_claims);
        let stands = matches!(claimed, Some(Ok(Claimed::Stand(_)))) && !is_lost;
        let stood = self.tasks.get_mut(arn).is_some_and(|task| std::mem::replace(&mut task.stands, stands));
        // It asks every other second: once is enough for a story.
        let is_news = !(stands && stood);
        self.tell_if(is_news, Who::Broker, "claim", || {
            let lost = if is_lost { "; the answer is lost" } else { "" };
            format!("task {} claims its work: {answer}{lost}", task_id(arn))
        });
        let claimed = claimed.filter(|_| !is_lost);
        let Some(task) = self.tasks.get_mut(arn) else { return };
        match claimed {
            Some(Ok(Claimed::Run { config, .. })) => self.open_session(arn, config.0.expose_secret()),
            Some(Ok(Claimed::Wait(pause) | Claimed::Stand(pause))) => {
                task.n_lost = 0;
                self.after(pause, Due::Claim(arn.to_owned()));
            }
            Some(Ok(Claimed::End(why) | Claimed::Refused(why))) => {
                self.told.ended.push(why);
                self.exit(arn);
            }
            Some(Err(_)) | None => {
                let pause =
                    node::FIRST_PAUSE.saturating_mul(1 << task.n_lost.min(10)).min(node::LONGEST_PAUSE);
                task.n_lost += 1;
                self.after(pause, Due::Claim(arn.to_owned()));
            }
        }
    }

    fn open_session(&mut self, arn: &str, config: &str) {
        let now = self.clock.of_github();
        let opened = self.github().open_session(config, VERSION, now);
        match opened {
            Ok(session) => {
                if let Some(task) = self.tasks.get_mut(arn) {
                    task.session = Some(session);
                }
                self.listen(arn);
            }
            Err(error) => {
                self.told.ended.push(error.to_string());
                self.exit(arn);
            }
        }
    }

    /// GitHub has something for this runner.
    pub(super) fn wake(&mut self, runner: RunnerId) {
        let woken = self.tasks.iter().find(|(_, task)| task.session.is_some_and(|(id, _)| id == runner));
        if let Some((arn, _)) = woken {
            let arn = arn.clone();
            self.after(Duration::ZERO, Due::Listen(arn));
        }
    }

    /// One poll, or the renewal of the job it holds.
    pub(super) fn listen(&mut self, arn: &str) {
        let Some(task) = self.tasks.get(arn).filter(|task| !task.is_ending && !task.hangs) else { return };
        let (Some((runner, session)), held) = (task.session, task.job) else { return };
        let now = self.clock.of_github();
        let polled = self.github().poll(runner, session, now);
        match polled {
            Ok(PollAnswer::Job(job)) if held.is_none() => self.take_job(arn, job),
            Ok(PollAnswer::Cancel(_)) => self.complete(arn, TaskResult::Canceled),
            Ok(PollAnswer::Nothing | PollAnswer::Job(_)) => {
                if let Some(job) = held {
                    // A lock that is lost shows at the end of the job.
                    let _ = self.github().renew(runner, session, job, now);
                }
                self.after(POLL, Due::Listen(arn.to_owned()));
            }
            // It asks on, and hears of nothing.
            Err(SessionRefusal::Gone) if held.is_none() && take(&mut self.luck.ghosts) => {
                if let Some(task) = self.tasks.get_mut(arn) {
                    task.session = None;
                }
            }
            Err(_) => self.exit(arn),
        }
    }

    fn take_job(&mut self, arn: &str, job: github::JobId) {
        let Some((runner, session)) = self.tasks.get(arn).and_then(|task| task.session) else { return };
        let now = self.clock.of_github();
        let acquired = self.github().acquire(runner, session, job, now);
        let assignment = match acquired {
            Ok(assignment) => assignment,
            // The listener ends with a code of its own, whether or not the job was lost to it.
            Err(SessionRefusal::Deprecated(_)) => return self.exit(arn),
            Err(SessionRefusal::Gone | SessionRefusal::Conflict | SessionRefusal::JobGone) => {
                return self.after(POLL, Due::Listen(arn.to_owned()));
            }
        };
        self.told.take(JobId(job.0));
        self.tell(Who::Task, "job taken", || format!("the runner of task {} takes job {job}", task_id(arn)));
        if let Some(task) = self.tasks.get_mut(arn) {
            task.job = Some(job);
            self.vain.worked(&task.image, &task.node, self.clock.now());
        }
        if !self.is_let_in(arn, job) {
            return self.complete(arn, TaskResult::Failed);
        }
        if take(&mut self.luck.hung_jobs) {
            return self.hang(arn, "in the middle of its job");
        }
        match assignment.job.script.ending {
            Ending::Crash => {
                self.tell(Who::Task, "crash", || {
                    format!("task {} dies in the middle of job {job}", task_id(arn))
                });
                self.exit(arn);
            }
            Ending::Hang => {}
            Ending::Succeed | Ending::Fail | Ending::Deprecated => {
                self.after(assignment.job.script.pause, Due::JobEnds(arn.to_owned()));
            }
        }
        self.after(POLL, Due::Listen(arn.to_owned()));
    }

    pub(super) fn end_job(&mut self, arn: &str) {
        let Some(job) = self.tasks.get(arn).and_then(|task| task.job) else { return };
        let ending = self.github().jobs.get(&job).map(|job| job.script.ending);
        let result = if ending == Some(Ending::Fail) { TaskResult::Failed } else { TaskResult::Succeeded };
        self.complete(arn, result);
    }

    fn complete(&mut self, arn: &str, result: TaskResult) {
        let Some(task) = self.tasks.get(arn).filter(|task| !task.is_ending) else { return };
        if let (Some((runner, session)), Some(job)) = (task.session, task.job) {
            let now = self.clock.of_github();
            // Somebody else may have ended it.
            let _ = self.github().complete(runner, session, job, result, now);
            let how = result.conclusion().name();
            self.tell(Who::Task, "job ended", || {
                format!("the runner of task {} ends job {job}: {how}", task_id(arn))
            });
        }
        if take(&mut self.luck.hung_ends) {
            return self.hang(arn, "when its job is over");
        }
        self.exit(arn);
    }

    /// SIGTERM: a job that runs is cancelled, a session closed.
    pub(super) fn terminate(&mut self, arn: &str) {
        let Some(task) = self.tasks.get(arn).filter(|task| !task.is_ending) else { return };
        let (session, job, hangs) = (task.session, task.job, task.hangs);
        self.tell(Who::Task, "told to stop", || format!("task {} is told to stop", task_id(arn)));
        if hangs {
            return self.wait_for_kill(arn);
        }
        let by_us = self.machine().stop_code(arn) == Some("UserInitiated");
        if let Some(job) = job.filter(|job| by_us && self.makes_progress(*job)) {
            let (at, task) = (self.clock.now(), task_id(arn));
            self.told.faults.push(format!("{at}: task {task} is told to stop in the middle of job {job}"));
        }
        match (session, job) {
            (Some(_), Some(_)) => self.complete(arn, TaskResult::Canceled),
            (Some((runner, session)), None) => {
                let now = self.clock.of_github();
                self.github().close_session(runner, session, now);
                self.exit(arn);
            }
            (None, _) => self.exit(arn),
        }
    }

    /// As GitHub sees it: nobody has cancelled the job, and it is not over.
    fn makes_progress(&self, job: github::JobId) -> bool {
        let state = self.github().jobs.get(&job).map(|job| job.state.clone());
        matches!(state, Some(github::JobState::Running { cancel_requested: false, .. }))
    }

    fn exit(&mut self, arn: &str) {
        let Some(task) = self.tasks.get_mut(arn).filter(|task| !task.is_ending) else { return };
        task.is_ending = true;
        self.leave(arn, 0);
    }

    pub(super) fn leave(&mut self, arn: &str, exit_code: i64) {
        let exit = ContainerExit { container: "runner".to_owned(), exit_code, reason: None };
        let now = self.clock.of_compute();
        self.machine().container_exited(arn, &exit, now);
        self.after(node::ENDS_AFTER, Due::TaskEnds(arn.to_owned()));
    }

    pub(super) fn end_task(&mut self, arn: &str) {
        if self.tasks.remove(arn).is_some() {
            let now = self.clock.of_compute();
            self.machine().task_stopped(arn, now);
        }
    }
}

/// An answer to a claim, in words.
fn told(claimed: Option<&Result<Claimed, PortError>>) -> String {
    match claimed {
        None => "it gets no answer".to_owned(),
        Some(Err(error)) => format!("it gets no answer ({})", Chain(error)),
        Some(Ok(Claimed::Run { runner, .. })) => format!("it is runner {runner}"),
        Some(Ok(Claimed::Wait(_))) => "it has to wait".to_owned(),
        Some(Ok(Claimed::Stand(_))) => "it stands by".to_owned(),
        Some(Ok(Claimed::End(why))) => format!("it ends, {why}"),
        Some(Ok(Claimed::Refused(why))) => format!("it is refused, {why}"),
    }
}

/// What the runner's container finds in its environment.
fn launch_of(placed: &TaskPlaced) -> Option<LaunchId> {
    let variables = placed.containers.iter().filter_map(|it| it["environment"].as_array()).flatten();
    let own = variables.filter(|it| it["name"] == "QUILLON_LAUNCH").find_map(|it| it["value"].as_str());
    own?.parse().ok()
}
