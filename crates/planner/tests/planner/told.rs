//! What the forge says of a scenario's jobs and runs.

use std::time::Duration;

use model::id::{JobId, RunId, RunnerName};
use model::observation::{Answer, Fate};
use model::run::{LostRun, LostState, RunState};

use crate::line::{Line, before, number};
use crate::scenario::repository;

pub(crate) fn lost(line: &Line<'_>) -> LostRun {
    let at = line.ago(Duration::from_mins(12));
    LostRun {
        id: RunId(number(line.at(0))),
        repository: repository("shop"),
        attempt: line.get("attempt").map_or(1, number),
        jobs: line
            .get("jobs")
            .into_iter()
            .flat_map(|jobs| jobs.split(','))
            .map(|job| JobId(number(job)))
            .collect(),
        at,
        state: match (line.get("asked"), line.get("over")) {
            (Some(ago), _) => LostState::Asked { at: before(ago), n: line.get("n").map_or(1, number) },
            (None, Some(ago)) => LostState::Over { at: before(ago) },
            (None, None) => LostState::Waiting,
        },
    }
}

pub(crate) fn fate(line: &Line<'_>) -> Fate {
    let ended = |(job, how): (&str, &str)| {
        let (conclusion, ago) = how.split_once('@').expect("a job of a fate ended at some time");
        let at = Some(before(ago));
        let conclusion = Some(conclusion.to_owned());
        (JobId(number(job)), Answer::Ended { conclusion, runner: None, has_run: true, at })
    };
    let jobs = line.get("jobs").into_iter().flat_map(|jobs| jobs.split(','));
    let conclusion = Some(line.at(1)).filter(|conclusion| *conclusion != "running").map(str::to_owned);
    Fate {
        run: RunState { attempt: line.get("attempt").map_or(1, number), conclusion },
        jobs: jobs.map(|job| ended(job.split_once(':').expect("a job and how it ended"))).collect(),
    }
}

pub(crate) fn answer(line: &Line<'_>) -> Answer {
    match line.at(1) {
        "queued" => Answer::Queued,
        "waiting" => Answer::Waiting,
        "ended" => {
            let runner = line.get("on").map(ToOwned::to_owned);
            Answer::Ended { conclusion: Some("success".to_owned()), runner, has_run: true, at: None }
        }
        "gone" => Answer::Gone,
        running => Answer::Running { runner: RunnerName::parse(running.trim_start_matches("running=")) },
    }
}
