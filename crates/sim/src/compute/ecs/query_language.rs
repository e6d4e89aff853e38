//! ECS's cluster query language: which container instances an expression means.

use crate::compute::time::{self, Time};
use regex_lite::Regex;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(crate) enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Is { subject: String, test: Test },
}

#[derive(Clone, Debug)]
pub(crate) enum Test {
    Equals(String),
    In(Vec<String>),
    Matches(Regex),
    Exists,
    Compares(Vec<Ordering>, String),
}

/// What an expression may ask about one container instance.
pub(crate) struct Facts<'a> {
    pub(crate) attributes: &'a BTreeMap<String, Option<String>>,
    pub(crate) ec2_instance_id: &'a str,
    pub(crate) agent_connected: bool,
    pub(crate) agent_version: &'a str,
    pub(crate) registered_at: Time,
    /// Whether each of its tasks runs, and its group; few expressions ask.
    pub(crate) tasks: Box<dyn Fn() -> Vec<(bool, &'a str)> + 'a>,
}

impl Expression {
    /// Reads an expression, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let expression = reader.alternatives()?;
        reader.skip_space();
        if reader.rest.is_empty() { Ok(expression) } else { Err(format!("unexpected `{}`", reader.rest)) }
    }

    pub(crate) fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::And(left, right) => left.holds(facts) && right.holds(facts),
            Self::Or(left, right) => left.holds(facts) || right.holds(facts),
            Self::Not(inner) => !inner.holds(facts),
            Self::Is { subject, test } => {
                facts.values(subject).iter().any(|value| test.holds(subject, value))
            }
        }
    }
}

impl Expression {
    /// The only instance that it can hold for, if it is of that kind.
    pub(crate) fn names(&self) -> Option<&str> {
        match self {
            Self::Is { subject, test: Test::Equals(id) } if subject == "ec2InstanceId" => Some(id),
            Self::And(left, right) => left.names().or_else(|| right.names()),
            Self::Or(..) | Self::Not(_) | Self::Is { .. } => None,
        }
    }
}

impl Facts<'_> {
    /// Usually one value; none for an attribute the instance has not, several for task groups.
    fn values(&self, subject: &str) -> Vec<Cow<'_, str>> {
        if let Some(name) = subject.strip_prefix("attribute:") {
            let value = self.attributes.get(name);
            return value.map(|value| value.as_deref().unwrap_or_default().into()).into_iter().collect();
        }
        match subject {
            "ec2InstanceId" => vec![self.ec2_instance_id.into()],
            "agentConnected" => vec![self.agent_connected.to_string().into()],
            "agentVersion" => vec![self.agent_version.into()],
            "registeredAt" => vec![time::text(self.registered_at).into()],
            "runningTasksCount" => {
                vec![(self.tasks)().iter().filter(|(is_running, _)| *is_running).count().to_string().into()]
            }
            "task:group" => (self.tasks)().into_iter().map(|(_, group)| group.into()).collect(),
            _ => Vec::new(),
        }
    }
}

impl Test {
    fn holds(&self, subject: &str, value: &str) -> bool {
        match self {
            Self::Equals(wanted) => compare(subject, value, wanted) == Some(Ordering::Equal),
            Self::In(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Matches(pattern) => pattern.is_match(value),
            Self::Exists => true,
            Self::Compares(orders, wanted) => {
                compare(subject, value, wanted).is_some_and(|order| orders.contains(&order))
            }
        }
    }
}

/// Compares as the subject's kind asks: moments, dotted versions and numbers, else text.
fn compare(subject: &str, value: &str, wanted: &str) -> Option<Ordering> {
    let numbers =
        |text: &str| -> Option<Vec<u64>> { text.split('.').map(|part| part.parse().ok()).collect() };
    match subject {
        "registeredAt" => Some(time::parse(value)?.cmp(&time::parse(wanted)?)),
        "agentVersion" | "runningTasksCount" => Some(numbers(value)?.cmp(&numbers(wanted)?)),
        _ => match (value.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(value), Ok(wanted)) if value != wanted => value.partial_cmp(&wanted),
            _ => Some(value.cmp(wanted)),
        },
    }
}

/// Reads from the left; `rest` is what has not been read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn alternatives(&mut self) -> Result<Expression, String> {
        let mut left = self.conjunction()?;
        while self.takes_word("or") || self.takes("||") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expression, String> {
        let mut left = self.term()?;
        while self.takes_word("and") || self.takes("&&") {
            left = Expression::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Expression, String> {
        if self.takes_word("not") || self.takes("!") {
            return Ok(Expression::Not(Box::new(self.term()?)));
        }
        if self.takes("(") {
            let inner = self.alternatives()?;
            return if self.takes(")") { Ok(inner) } else { Err("a `)` is missing".to_owned()) };
        }
        let subject = self.word(|c| c.is_whitespace() || "=!<>~()[],".contains(c))?;
        let fields = ["ec2InstanceId", "agentConnected", "agentVersion", "registeredAt", "runningTasksCount"];
        let is_attribute = subject.strip_prefix("attribute:").is_some_and(|name| !name.is_empty());
        if !is_attribute && subject != "task:group" && !fields.contains(&subject.as_str()) {
            return Err(format!("`{subject}` is no subject"));
        }
        self.test(subject)
    }

    fn test(&mut self, subject: String) -> Result<Expression, String> {
        use Ordering::{Equal, Greater, Less};
        let (test, is_negative) = if self.takes("==") || self.takes_word("equals") {
            (Test::Equals(self.argument()?), false)
        } else if self.takes("!=") || self.takes_word("not_equals") {
            (Test::Equals(self.argument()?), true)
        } else if self.takes("=~") || self.takes_word("matches") {
            (Test::Matches(self.pattern()?), false)
        } else if self.takes("!~") || self.takes_word("not_matches") {
            (Test::Matches(self.pattern()?), true)
        } else if self.takes_word("!in") || self.takes_word("not_in") {
            (Test::In(self.arguments()?), true)
        } else if self.takes_word("in") {
            (Test::In(self.arguments()?), false)
        } else if self.takes_word("!exists") || self.takes_word("not_exists") {
            (Test::Exists, true)
        } else if self.takes_word("exists") {
            (Test::Exists, false)
        } else if self.takes(">=") || self.takes_word("greater_than_equal") {
            (Test::Compares(vec![Greater, Equal], self.argument()?), false)
        } else if self.takes("<=") || self.takes_word("less_than_equal") {
            (Test::Compares(vec![Less, Equal], self.argument()?), false)
        } else if self.takes(">") || self.takes_word("greater_than") {
            (Test::Compares(vec![Greater], self.argument()?), false)
        } else if self.takes("<") || self.takes_word("less_than") {
            (Test::Compares(vec![Less], self.argument()?), false)
        } else {
            return Err(format!("an operator is missing after `{subject}`"));
        };
        let is = Expression::Is { subject, test };
        Ok(if is_negative { Expression::Not(Box::new(is)) } else { is })
    }

    fn arguments(&mut self) -> Result<Vec<String>, String> {
        if !self.takes("[") {
            return Err("a `[` is missing".to_owned());
        }
        let mut arguments = vec![self.argument()?];
        while self.takes(",") {
            arguments.push(self.argument()?);
        }
        if self.takes("]") { Ok(arguments) } else { Err("a `]` is missing".to_owned()) }
    }

    fn argument(&mut self) -> Result<String, String> {
        self.word(|c| c.is_whitespace() || "()[],".contains(c))
    }

    /// Java's patterns match the whole value.
    fn pattern(&mut self) -> Result<Regex, String> {
        let text = self.word(|c| c.is_whitespace() || "()".contains(c))?;
        Regex::new(&format!("^(?:{text})$")).map_err(|_| format!("`{text}` is no pattern"))
    }

    /// A quoted text, or what stands before the next character that ends a word.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Result<String, String> {
        self.skip_space();
        for quote in ['\'', '"'] {
            if let Some(inside) = self.rest.strip_prefix(quote) {
                let (word, rest) = inside.split_once(quote).ok_or("a quote is not closed")?;
                self.rest = rest;
                return Ok(word.to_owned());
            }
        }
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err("a word is missing".to_owned());
        }
        self.rest = rest;
        Ok(word.to_owned())
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest;
        true
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let goes_on = rest.chars().next().is_some_and(|c| c.is_alphanumeric() || "_:.-".contains(c));
        if !goes_on {
            self.rest = rest;
        }
        !goes_on
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(expression: &str) -> bool {
        let attributes =
            [("ecs.instance-type", "g2.large"), ("ecs.availability-zone", "us-east-1a"), ("x", "")];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).into();
        let facts = Facts {
            attributes: &attributes,
            ec2_instance_id: "i-abcd1234",
            agent_connected: true,
            agent_version: "1.9.5",
            registered_at: Duration::from_secs(1_529_360_908),
            tasks: Box::new(|| vec![(true, "service:production"), (false, "family:web")]),
        };
        Expression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}")).holds(&facts)
    }

    #[test]
    fn what_an_expression_means() {
        let yes = [
            "attribute:ecs.instance-type == g2.large",
            "attribute:ecs.instance-type=~g2.*",
            "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
            "attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d",
            "(agentConnected == false or runningTasksCount == 1) && ec2InstanceId in ['i-abcd1234', 'i-w']",
            "task:group == service:production",
            "not(task:group == database)",
            "!(task:group == database)",
            "agentVersion < 1.14.5",
            "agentVersion >= 1.9",
            "registeredAt > 2018-02-13",
            "attribute:x exists",
            "attribute:y !exists",
            "attribute:y != 3",
            "ec2InstanceId !in [i-1, i-2]",
            "ec2InstanceId not_matches i-z.*",
            "runningTasksCount less_than_equal 1",
        ];
        for expression in yes {
            assert!(check(expression), "{expression}");
        }
        let no = [
            "attribute:ecs.instance-type == g2",
            "attribute:ecs.instance-type =~ g2",
            "attribute:y exists",
            "attribute:y == 3",
            "registeredAt < 2018-02-13",
            "runningTasksCount > 1",
            "task:group == database or agentConnected == false",
        ];
        for expression in no {
            assert!(!check(expression), "{expression}");
        }
    }

    #[test]
    fn a_malformed_expression_is_refused() {
        let malformed =
            ["", "ec2InstanceId", "ec2InstanceId ==", "(ec2InstanceId == a", "size == 3", "attribute: == 1"];
        for expression in malformed {
            assert!(Expression::parse(expression).is_err(), "{expression}");
        }
    }
}
