//! Scenarios: a file that says what happens, and the story of what comes of it.

mod change;
mod condition;
mod function;
mod job;
mod keep;
mod names;
mod parse;
mod setup;
mod step;
mod text;
mod trouble;
mod words;

use model::id::JobId;
use model::time::Timestamp;
use wire::ledger::Row;

use crate::installation::{Installation, Story, Who, faults};
use condition::Condition;
use setup::Setup;
use step::Step;

pub use parse::{Fault, parse};

/// A world and what happens in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub title: Vec<String>,
    setup: Setup,
    steps: Vec<Written>,
}

/// A step, and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    line: usize,
    text: String,
    step: Step,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// For people; nothing, unless it was asked for.
    pub story: String,
    /// What was expected and is not so, and rules that were broken.
    pub faults: Vec<String>,
    /// It says what cannot be done, like cancelling a job that was never pushed.
    pub is_misplayed: bool,
    /// The ledger at the end.
    pub rows: Vec<Row>,
    pub n_jobs: usize,
    pub ended_at: Timestamp,
}

impl Scenario {
    /// Another seed than the one that is written.
    pub fn set_seed(&mut self, seed: u64) {
        self.setup.seed = Some(seed);
    }

    /// Plays it to its end, or to the first thing that is not as expected.
    pub fn run(&self) -> Outcome {
        self.play(Story { is_kept: true, ..Story::default() })
    }

    /// The same without the story, which takes a while to write.
    pub fn run_silently(&self) -> Outcome {
        self.play(Story::default())
    }

    fn play(&self, story: Story) -> Outcome {
        let mut of = self.setup.installation();
        of.story = story;
        let began = of.clock.now();
        let (mut found, mut is_misplayed) = (Vec::new(), false);
        for written in &self.steps {
            if !matches!(written.step, Step::At(_) | Step::After(_)) {
                let text = without_time(&written.text);
                of.tell(Who::Operator, "line", || text.to_owned());
            }
            if let Err(stop) = step(&mut of, &written.step, began) {
                let (Stop::Otherwise(text) | Stop::Unplayable(text)) = &stop;
                found.push(format!("line {}: `{}`: {text}", written.line, written.text));
                is_misplayed = matches!(stop, Stop::Unplayable(_));
                break;
            }
        }
        found.extend(of.told.faults.iter().take(MOST_FAULTS).cloned());
        // A tick that could not be carried out is trouble like any other; one that was wrong is not.
        let wrong = of.told.errors.iter().filter(|error| error.starts_with("the plan breaks a rule"));
        found.extend(wrong.take(MOST_FAULTS).cloned());
        let story =
            if of.story.is_kept { text::story(&self.title, &of, began, &found) } else { String::new() };
        let n_jobs = of.github().jobs.len();
        Outcome {
            story,
            faults: found,
            is_misplayed,
            rows: of.ledger.rows(),
            n_jobs,
            ended_at: of.clock.now(),
        }
    }
}

/// One broken rule is broken at every tick after it.
const MOST_FAULTS: usize = 3;

/// Why a story ends early.
enum Stop {
    /// It came otherwise than expected.
    Otherwise(String),
    Unplayable(String),
}

/// What a step says of itself is about the scenario, not about what came of it.
impl From<String> for Stop {
    fn from(text: String) -> Self {
        Self::Unplayable(text)
    }
}

/// The time stands in the story anyway.
fn without_time(text: &str) -> &str {
    let is_time = text.starts_with("at ") || text.starts_with("after ");
    if is_time { text.splitn(3, char::is_whitespace).nth(2).unwrap_or(text) } else { text }
}

fn step(of: &mut Installation, step: &Step, began: Timestamp) -> Result<(), Stop> {
    match step {
        Step::At(time) => {
            let (now, then) = (of.clock.now(), began.after(*time));
            if then < now {
                return Err(Stop::Unplayable(format!("it is {} already", text::clock(now, began))));
            }
            of.run_for(then.since(now));
        }
        Step::After(time) => of.run_for(*time),
        Step::Wait { at_most, until } => {
            if !of.run_until(*at_most, |of| until.is_so(of)) {
                return Err(Stop::Otherwise(until.lacks(of)?.unwrap_or_default()));
            }
        }
        Step::Expect(condition) => {
            if let Some(instead) = condition.lacks(of)? {
                return Err(Stop::Otherwise(instead));
            }
        }
        Step::Finally(within) => {
            let is_quiet = |of: &Installation| Condition::Quiet.is_so(of);
            if !of.run_until(*within, is_quiet) {
                return Err(Stop::Otherwise(Condition::Quiet.lacks(of)?.unwrap_or_default()));
            }
            if let Some(fault) = faults(of).into_iter().next() {
                return Err(Stop::Otherwise(fault));
            }
        }
        Step::Push(push) => push.apply(of)?,
        Step::Cancel(name) => {
            let now = of.clock.of_github();
            for job in job::some_of_name(of, name)? {
                // One that has ended cannot be cancelled, and need not be.
                let _ = of.github().cancel_job(job, now);
                of.told.excused.insert(JobId(job.0));
            }
        }
        Step::Approve(name) => {
            let now = of.clock.of_github();
            for job in job::some_of_name(of, name)? {
                let approved = of.github().approve(job, now);
                approved.map_err(|refusal| refusal.to_string())?;
            }
        }
        Step::Trouble(trouble) => trouble.apply(of)?,
        Step::Change(change) => change.apply(of)?,
    }
    // What follows at once is told before the next line.
    of.run_for(std::time::Duration::ZERO);
    Ok(())
}
