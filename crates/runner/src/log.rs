//! One JSON object a line on stderr, which the container's log driver stamps with the time.

use std::error::Error;
use std::io::Write;

use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warn,
    Error,
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, Value)]) {
    // There is nobody left to tell that stderr is closed.
    drop(writeln!(std::io::stderr().lock(), "{}", line(level, message, fields)));
}

/// An error with everything that caused it.
pub(crate) fn chain(error: &dyn Error) -> Value {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Value::String(text)
}

fn line(level: Level, message: &str, fields: &[(&str, Value)]) -> Value {
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
    };
    let mut line = Map::new();
    line.insert("level".to_owned(), level.into());
    line.insert("message".to_owned(), message.into());
    line.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_of_json() {
        let written = line(Level::Info, "it\nended", &[("exit.code", 143.into())]).to_string();
        assert_eq!(written, r#"{"exit.code":143,"level":"INFO","message":"it\nended"}"#);
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let source = door::Cause::Status(503);
        let error = door::DoorError::Retry { path: "/claim", source };
        assert_eq!(chain(&error), "no answer from /claim: HTTP status 503");
    }
}
