//! Worlds by the thousand, each from a seed, with every fault in reach.

mod draw;
mod shrink;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::scenario::{Outcome, parse};

/// What came of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    pub n_jobs: usize,
    /// What is wrong, if something is.
    pub faults: Vec<String>,
}

/// The shortest story that still fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// To be kept as a file.
    pub scenario: String,
    pub story: String,
}

/// The world of a seed, as a scenario.
pub fn scenario(seed: u64) -> String {
    text(&draw::draw(seed))
}

pub fn play(seed: u64) -> Played {
    match outcome(&draw::draw(seed), false) {
        Ok(outcome) => Played { n_jobs: outcome.n_jobs, faults: outcome.faults },
        Err(why) => Played { n_jobs: 0, faults: vec![why] },
    }
}

/// What is left of a seed that fails, once everything is gone that it does not need.
pub fn explain(seed: u64) -> Failure {
    let lines = shrink::shrink(draw::draw(seed));
    let story = outcome(&lines, true).map_or_else(|why| why, |outcome| outcome.story);
    Failure { scenario: text(&lines), story }
}

fn text(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Whether rules are broken; a story that cannot be played is no failure.
fn fails(lines: &[String]) -> bool {
    match outcome(lines, false) {
        Ok(outcome) => !outcome.faults.is_empty() && !outcome.is_misplayed,
        Err(why) => why.starts_with(PANICKED),
    }
}

const PANICKED: &str = "panicked: ";

fn outcome(lines: &[String], is_told: bool) -> Result<Outcome, String> {
    let scenario = parse(&text(lines))
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
    let played =
        catch_unwind(AssertUnwindSafe(|| if is_told { scenario.run() } else { scenario.run_silently() }));
    played.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        format!("{PANICKED}{}", said.unwrap_or_default())
    })
}
