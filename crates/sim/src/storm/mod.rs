//! Worlds by the thousand, each from a seed, with every fault in reach.

mod draw;
mod shrink;

use std::collections::BTreeSet;
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
    let lines = draw::draw(seed);
    let kinds = kinds(&lines);
    // What is asked of every world in the end comes after a wait; and a job that no pool takes never runs.
    let is_demand = kinds.iter().any(|kind| kind.contains("expect"));
    let is_for_jobs = |line: &str| line.starts_with("pool ") || draw::ALL_IS_WELL.contains(&line);
    let is_needed = |line: &str| line.starts_with("finally ") || is_demand && is_for_jobs(line);
    let lines = shrink::shrink(lines, &is_needed, &|lines| !kinds.is_disjoint(&self::kinds(lines)));
    let story = outcome(&lines, true).map_or_else(|why| why, |outcome| outcome.story);
    Failure { scenario: text(&lines), story }
}

fn text(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Which rules are broken, whatever it is that breaks them: leaving out lines soon leaves a story that fails
/// for another reason. One that cannot be played breaks none.
fn kinds(lines: &[String]) -> BTreeSet<String> {
    let faults = match outcome(lines, false) {
        Ok(outcome) if !outcome.is_misplayed => outcome.faults,
        Err(why) if why.starts_with(PANICKED) => vec![why],
        Ok(_) | Err(_) => Vec::new(),
    };
    faults.iter().map(|fault| kind(fault)).collect()
}

/// Without all that names something.
fn kind(fault: &str) -> String {
    let is_plain = |word: &&str| word.chars().all(|letter| letter.is_alphabetic() || ",;:.".contains(letter));
    fault.split_whitespace().filter(is_plain).collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn a_rule_is_the_same_whatever_it_names_and_no_other() {
        assert_eq!(
            kind("runner 1083 is registered without a launch for 164.6s"),
            kind("runner 5170 is registered without a launch for 120.23s"),
        );
        assert_eq!(
            kind("the plan breaks a rule: pool `a` would keep 2 nodes of a minimum of 3"),
            kind("the plan breaks a rule: pool `b-spot` would keep 0 nodes of a minimum of 1"),
        );
        assert_ne!(kind("job 4 has two launches"), kind("job 4 has never run"));
        assert_ne!(kind("task t1 is left"), kind("runner 7 is registered"));
    }
}
