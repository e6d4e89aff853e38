//! One thing that a line says: time that passes, something done, something expected.

use std::time::Duration;

use super::change::Change;
use super::condition::Condition;
use super::job::Push;
use super::trouble::Trouble;
use super::words::{Words, Wrong, span};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Until so long after the beginning.
    At(Duration),
    /// So much longer.
    After(Duration),
    /// Until something is so, for so long at most.
    Wait {
        at_most: Duration,
        until: Condition,
    },
    /// It is so now.
    Expect(Condition),
    /// All is quiet within this; then nothing is left and no rule was broken.
    Finally(Duration),
    Push(Push),
    Cancel(String),
    Approve(String),
    Trouble(Trouble),
    Change(Change),
}

/// What a line may begin with, for whoever wrote another word.
const VERBS: &str = "`at`, `after`, `wait`, `expect`, `finally`, `push`, `cancel`, `approve`, \
                     a trouble (`webhooks`, `forged`, `stranger`, `bind`, `github`, `aws`, `shortage`, `node`, `function`, \
                     `clock`, `lose`, `fail`, `hang`, `unreadable`, `publish`), a change (`new`, `namesake`, `runners`) or, above them all, `seed`, \
                     `begins`, `pool`, `window`, `repository`, `limit`, `latency`, `lag`, `throttling` or `forks`";

impl Step {
    /// `at` and `after` may have something that is done then on the same line.
    pub(crate) fn read(text: &str) -> Result<Vec<Self>, Wrong> {
        let Some(mut words) = Words::new(text) else { return Ok(vec![]) };
        let verb = words.verb();
        if verb == "at" || verb == "after" {
            let time = span(words.word("a time, like `10s`")?)?;
            let first = if verb == "at" { Self::At(time) } else { Self::After(time) };
            let rest = text.trim_start().splitn(3, char::is_whitespace).nth(2).unwrap_or_default();
            let mut steps = vec![first];
            steps.extend(Self::read(rest)?);
            return Ok(steps);
        }
        let step = match verb {
            "wait" => {
                let at_most = span(words.word("a time, like `2m`")?)?;
                words.literally("until")?;
                Self::Wait { at_most, until: Condition::read(&mut words)? }
            }
            "expect" => Self::Expect(Condition::read(&mut words)?),
            "finally" => {
                words.literally("nothing is left")?;
                Self::Finally(words.span("within")?.unwrap_or(Duration::from_hours(1)))
            }
            "push" => Self::Push(Push::read(&mut words)?),
            "cancel" => Self::Cancel(words.word("the name of a job")?.to_owned()),
            "approve" => Self::Approve(words.word("the name of a job")?.to_owned()),
            _ => match (Trouble::read(&mut words)?, Change::read(&mut words)?) {
                (Some(trouble), _) => Self::Trouble(trouble),
                (None, Some(change)) => Self::Change(change),
                (None, None) => return Err(format!("nobody knows `{verb}`; a line begins with {VERBS}")),
            },
        };
        words.end()?;
        Ok(vec![step])
    }
}
