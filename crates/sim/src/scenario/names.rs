//! Short names for what the services call by long numbers.

use std::collections::BTreeMap;

use crate::installation::Installation;

/// Tasks are numbered as they are met; everything else has its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    jobs: BTreeMap<String, String>,
    nodes: BTreeMap<String, String>,
    tasks: BTreeMap<String, String>,
    standby: BTreeMap<String, usize>,
}

/// Hexadecimal digits of a task's id.
const TASK: usize = 32;
/// Digits of a second of this century.
const STANDBY: usize = 10;

impl Names {
    pub(crate) fn new(of: &Installation) -> Self {
        let mut n_attempts: BTreeMap<&str, u32> = BTreeMap::new();
        let github = of.github();
        let mut jobs = BTreeMap::new();
        for job in github.jobs.values() {
            let n = n_attempts.entry(&job.name).or_default();
            *n += 1;
            let again = if *n == 1 { String::new() } else { format!("@{n}") };
            jobs.insert(job.id.to_string(), format!("{}{again}", job.name));
        }
        let nodes = of.nodes.iter().enumerate().map(|(place, id)| (id.0.clone(), format!("n{}", place + 1)));
        Self { jobs, nodes: nodes.collect(), tasks: BTreeMap::new(), standby: BTreeMap::new() }
    }

    /// The text with the names in it.
    pub(crate) fn put(&mut self, text: &str) -> String {
        let mut named = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let is_part = |c: char| c.is_ascii_alphanumeric();
            let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            if word == 0 {
                let next = rest.find(is_part).unwrap_or(rest.len());
                named.push_str(&rest[..next]);
                rest = &rest[next..];
                continue;
            }
            let taken = self.word(rest, word, &mut named);
            rest = &rest[taken..];
        }
        named
    }

    /// Writes the name of what `rest` begins with, and says how much of it that was.
    fn word(&mut self, rest: &str, word: usize, named: &mut String) -> usize {
        // An instance's id has a hyphen in it.
        if let Some(digits) = rest.strip_prefix("i-") {
            let end = digits.find(|c: char| !c.is_ascii_hexdigit()).map_or(rest.len(), |end| end + 2);
            if let Some(name) = self.nodes.get(&rest[..end]) {
                named.push_str(name);
                return end;
            }
        }
        let found = &rest[..word];
        // A launch that was started without a job is counted by the second it was.
        let n = rest[word..]
            .strip_prefix('-')
            .map_or("", |rest| &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())]);
        if found == "0" && n.len() == STANDBY {
            let next = self.standby.len() + 1;
            let known = *self.standby.entry(n.to_owned()).or_insert(next);
            named.push_str(&format!("standby/{known}"));
            return word + 1 + n.len();
        }
        if let Some(name) = self.jobs.get(found) {
            named.push_str(name);
            // A launch is a job and a number.
            let is_launch =
                rest[word..].strip_prefix('-').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
            if is_launch {
                named.push('/');
                return word + 1;
            }
            return word;
        }
        if found.len() == TASK && found.bytes().all(|b| b.is_ascii_hexdigit()) {
            let n = self.tasks.len() + 1;
            named.push_str(self.tasks.entry(found.to_owned()).or_insert_with(|| format!("t{n}")));
            return word;
        }
        named.push_str(found);
        word
    }
}
