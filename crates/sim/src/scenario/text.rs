//! The story as text: when, who, what happened and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use control::why::{Accuracy, why};
use model::id::JobId;
use model::plan::Step;
use model::time::Timestamp;

use super::names::Names;
use crate::installation::{Installation, Line, Who};

/// Of like things that happen together, so many are told.
const TOLD: usize = 3;
/// Of the jobs of one matrix, so many stories.
const OF_A_MATRIX: usize = 2;
const BURST: Duration = Duration::from_secs(1);
/// What a machine or the broker says again so soon goes on, and is told once.
const GOES_ON: Duration = Duration::from_secs(10);

pub(crate) fn story(title: &[String], of: &Installation, began: Timestamp, faults: &[String]) -> String {
    let mut names = Names::new(of);
    let mut text = String::new();
    for line in title {
        let _ = writeln!(text, "# {line}");
    }
    text.push('\n');
    let lines = without_repeats(&of.story.lines);
    let mut lines = lines.as_slice();
    while let Some(first) = lines.first() {
        let n = lines.iter().take_while(|line| is_of_burst(line, first)).count().max(1);
        write_burst(&mut text, &mut names, &lines[..n], began);
        lines = &lines[n..];
    }
    write_jobs(&mut text, &mut names, of, began);
    for fault in faults {
        let _ = writeln!(text, "\nNOT AS IT SHOULD BE: {}", names.put(fault));
    }
    text
}

fn without_repeats(lines: &[Line]) -> Vec<&Line> {
    let mut said: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut told = Vec::with_capacity(lines.len());
    for line in lines {
        let goes_on = matches!(line.who, Who::Broker | Who::Node)
            && said.insert(&line.what, line.at).is_some_and(|before| line.at.since(before) <= GOES_ON);
        if !goes_on {
            told.push(line);
        }
    }
    told
}

/// Each job's own story, as the ledger tells it at the end; of a matrix, that of the first few.
fn write_jobs(text: &mut String, names: &mut Names, of: &Installation, began: Timestamp) {
    let rows = of.ledger.rows();
    let jobs: Vec<(JobId, String)> = of
        .github()
        .jobs
        .values()
        .map(|job| (JobId(job.id.0), attempt(matrix(&job.name), job.attempt)))
        .collect();
    let mut n_told: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, matrix) in &jobs {
        let n = n_told.entry(matrix).or_default();
        *n += 1;
        let n_all = jobs.iter().filter(|(_, other)| other == matrix).count();
        if *n > OF_A_MATRIX && n_all > OF_A_MATRIX + 1 {
            if *n == n_all {
                let _ = writeln!(text, "\nand {} more jobs of {matrix}", n_all - OF_A_MATRIX);
            }
            continue;
        }
        let told = why(&rows, *id).map(|why| why.text(|at, told| moment(at, told, began)));
        let told = told.unwrap_or_else(|| format!("job {id} was never heard of\n"));
        let _ = write!(text, "\n{}", names.put(&told));
    }
}

/// What runs again is told for itself.
fn attempt(matrix: &str, n: u32) -> String {
    if n == 1 { matrix.to_owned() } else { format!("{matrix}, attempt {n}") }
}

/// The name without its number.
fn matrix(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((matrix, n)) if n.bytes().all(|b| b.is_ascii_digit()) => matrix,
        Some(_) | None => name,
    }
}

/// What happens within a second, and is neither a decision nor the operator's.
fn is_of_burst(line: &Line, first: &Line) -> bool {
    let is_small = |line: &Line| line.steps.is_empty() && line.who != Who::Operator;
    is_small(first) && is_small(line) && line.at.since(first.at) < BURST
}

fn write_burst(text: &mut String, names: &mut Names, burst: &[&Line], began: Timestamp) {
    let mut n_like: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in burst {
        *n_like.entry((line.who.name(), line.like)).or_default() += 1;
    }
    let mut n_told: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in burst {
        let like = (line.who.name(), line.like);
        let told = n_told.entry(like).or_default();
        *told += 1;
        if *told <= TOLD || n_like[&like] == TOLD + 1 {
            write_line(text, names, line, began);
        }
    }
    let last = burst.last().map_or(began, |line| line.at);
    for ((who, like), n) in n_like.into_iter().filter(|(_, n)| *n > TOLD + 1) {
        let _ = writeln!(text, "{:>12}  {who:<8}  and {} more of this: {like}", clock(last, began), n - TOLD);
    }
}

fn write_line(text: &mut String, names: &mut Names, line: &Line, began: Timestamp) {
    let _ =
        writeln!(text, "{:>12}  {:<8}  {}", clock(line.at, began), line.who.name(), names.put(&line.what));
    let mut steps = line.steps.as_slice();
    while let Some(first) = steps.first() {
        let n_like = steps.iter().take_while(|step| step.action == first.action).count();
        let n_told = if n_like > TOLD + 1 { TOLD } else { n_like };
        for Step { action, subject, reason } in &steps[..n_told] {
            let (subject, reason) = (names.put(subject), names.put(reason));
            let _ = writeln!(text, "{:24}{action:<8}{subject:<24}  {reason}", "");
        }
        if n_told < n_like {
            let _ = writeln!(text, "{:24}{:<8}and {} more", "", first.action, n_like - n_told);
        }
        steps = &steps[n_like..];
    }
}

/// No more of it than was told.
fn moment(at: Timestamp, told: Accuracy, began: Timestamp) -> String {
    let mut text = format!("{:>12}", clock(at, began));
    if told == Accuracy::Second {
        text.replace_range(text.len() - 4.., "    ");
    }
    text
}

/// Hours, minutes and seconds since the beginning.
pub(crate) fn clock(at: Timestamp, began: Timestamp) -> String {
    let ms = at.since(began).as_millis();
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1_000)
}
