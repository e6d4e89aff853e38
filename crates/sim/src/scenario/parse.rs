//! Reads a scenario. All faults come back at once, each with its line and what to write instead.

use std::fmt;

use super::setup::{Setup, is_setup};
use super::step::Step;
use super::words::{Words, Wrong};
use super::{Scenario, Written};

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from one.
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

pub fn parse(text: &str) -> Result<Scenario, Vec<Fault>> {
    let mut reader = Reader::default();
    let mut faults = Vec::new();
    for (place, line) in text.lines().enumerate() {
        if let Err(text) = reader.line(place + 1, line.trim()) {
            faults.push(Fault { line: place + 1, text });
        }
    }
    if faults.is_empty() && reader.steps.is_empty() {
        let text = "nothing happens in it: begin with `push build`".to_owned();
        faults.push(Fault { line: text.lines().count(), text });
    }
    let Reader { title, setup, steps } = reader;
    if faults.is_empty() { Ok(Scenario { title, setup, steps }) } else { Err(faults) }
}

#[derive(Debug, Default)]
struct Reader {
    title: Vec<String>,
    setup: Setup,
    steps: Vec<Written>,
}

impl Reader {
    fn line(&mut self, line: usize, text: &str) -> Result<(), Wrong> {
        if let Some(comment) = text.strip_prefix('#') {
            // The first comment is what the story is about.
            if self.steps.is_empty() && self.setup == Setup::default() {
                self.title.push(comment.trim().to_owned());
            }
            return Ok(());
        }
        let (text, _) = text.split_once(" #").unwrap_or((text, ""));
        let Some(words) = Words::new(text) else { return Ok(()) };
        if is_setup(words.verb()) {
            if !self.steps.is_empty() {
                return Err(format!("`{}` belongs above everything that happens", words.verb()));
            }
            return self.setup.line(words);
        }
        let steps = Step::read(text)?;
        self.steps.extend(steps.into_iter().map(|step| Written { line, text: text.trim().to_owned(), step }));
        Ok(())
    }
}
