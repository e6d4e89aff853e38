//! Jobs: pushed, cancelled, approved, taken by somebody else.

use std::time::Duration;

use model::id::JobId;

use super::words::{Words, Wrong};
use crate::github::{self, Ending, JobOrder, Script, Trigger};
use crate::installation::Installation;

/// What a job asks for that says nothing else.
const LABEL: &str = "dagger-v0-19-4-4c-8g-arm64-spot";
const TAKES: Duration = Duration::from_secs(60);
/// GitHub's own limit for a matrix.
const MOST: u32 = 256;

/// One run, with one job or a matrix of like ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Push {
    name: String,
    n: u32,
    labels: Vec<String>,
    takes: Duration,
    ending: Ending,
    environment: Option<String>,
    repository: Option<(String, String)>,
    is_fork: bool,
}

const ENDINGS: [(&str, Ending); 5] = [
    ("success", Ending::Succeed),
    ("failure", Ending::Fail),
    ("hang", Ending::Hang),
    ("crash", Ending::Crash),
    ("deprecated", Ending::Deprecated),
];

impl Push {
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Self, Wrong> {
        let name = words.word("a name for the job")?;
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Err(format!("`{name}` is no name for a job; use letters, digits, `-` and `_`"));
        }
        let n = words.number("jobs")?.unwrap_or(1);
        if !(1..=MOST).contains(&n) {
            return Err(format!("a run has 1 to {MOST} jobs of one matrix, not {n}"));
        }
        let labels = words.named("labels").unwrap_or(LABEL).split(',').map(str::to_owned).collect();
        let takes = words.span("takes")?.unwrap_or(TAKES);
        let ends = words.named("ends").unwrap_or("success");
        let ending = ENDINGS.iter().find(|(name, _)| *name == ends).map(|(_, ending)| *ending);
        let ending = ending.ok_or_else(|| {
            format!(
                "`{ends}` is no ending; write {}",
                ENDINGS.map(|(name, _)| format!("`{name}`")).join(", ")
            )
        })?;
        let repository = match words.named("repository") {
            None => None,
            Some(text) => match text.split_once('/') {
                Some((owner, name)) => Some((owner.to_owned(), name.to_owned())),
                None => return Err(format!("`{text}` is no repository; write `owner/name`")),
            },
        };
        let environment = words.named("environment").map(str::to_owned);
        let is_fork = match words.named("from") {
            None => false,
            Some("fork") => true,
            Some(other) => return Err(format!("code comes `from=fork`, not from `{other}`")),
        };
        Ok(Self { name: name.to_owned(), n, labels, takes, ending, environment, repository, is_fork })
    }

    pub(crate) fn apply(&self, of: &mut Installation) -> Result<(), Wrong> {
        let repository = match &self.repository {
            None => of.repository,
            Some((owner, name)) => {
                let known = of.github().repository(owner, name).map(|it| it.id);
                known.ok_or_else(|| {
                    format!("there is no repository `{owner}/{name}`: say `repository {owner}/{name}` above")
                })?
            }
        };
        if !of_name(of, &self.name).is_empty() {
            return Err(format!("there is a job `{}` already", self.name));
        }
        let names = match self.n {
            1 => vec![self.name.clone()],
            n => (1..=n).map(|i| format!("{}-{i}", self.name)).collect(),
        };
        let orders = names.into_iter().map(|name| JobOrder {
            name,
            labels: self.labels.clone(),
            environment: self.environment.clone(),
            script: Script { ending: self.ending, pause: self.takes, ..Script::default() },
            ..JobOrder::default()
        });
        let trigger = if self.is_fork {
            Trigger::fork(github::RepositoryId(1), "mona/octo-repo")
        } else {
            Trigger::push()
        };
        of.push_to(repository, trigger, orders.collect());
        Ok(())
    }
}

/// The jobs of this name, or of the matrix of this name; of several attempts the last.
pub(crate) fn of_name(of: &Installation, name: &str) -> Vec<github::JobId> {
    let github = of.github();
    let is_of_matrix = |job: &str| {
        job.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut last: std::collections::BTreeMap<(&str, github::RunId), github::JobId> =
        std::collections::BTreeMap::new();
    for job in github.jobs.values().filter(|job| job.name == name || is_of_matrix(&job.name)) {
        last.insert((&job.name, job.run), job.id);
    }
    let mut ids: Vec<github::JobId> = last.into_values().collect();
    ids.sort_unstable();
    ids
}

/// At least one.
pub(crate) fn some_of_name(of: &Installation, name: &str) -> Result<Vec<github::JobId>, Wrong> {
    let found = of_name(of, name);
    if !found.is_empty() {
        return Ok(found);
    }
    let mut known: Vec<String> = of.github().jobs.values().map(|job| job.name.clone()).collect();
    known.truncate(5);
    Err(match known.is_empty() {
        true => format!("there is no job `{name}`, and no other yet"),
        false => format!("there is no job `{name}`; there is {}", known.join(", ")),
    })
}

pub(crate) fn one_of_name(of: &Installation, name: &str) -> Result<JobId, Wrong> {
    match some_of_name(of, name)?.as_slice() {
        [only] => Ok(JobId(only.0)),
        many => Err(format!("`{name}` is {} jobs; name one of them, like `{name}-1`", many.len())),
    }
}
