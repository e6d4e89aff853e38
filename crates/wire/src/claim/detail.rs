//! One sentence of a report.

use serde::{Deserialize, Serialize};

const MAX_CHARACTERS: usize = 500;

/// 1 to 500 characters on one line, so that a task cannot fill or forge the log it ends up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Detail(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailError {
    #[error("a detail has 1 to {MAX_CHARACTERS} characters, this one has {0}")]
    Length(usize),
    #[error("a detail is one line without control characters")]
    Control,
}

impl Detail {
    /// The text with what does not fit left out.
    pub fn shortened(text: &str) -> Result<Self, DetailError> {
        let fits: String = text.chars().filter(|c| !c.is_control()).take(MAX_CHARACTERS).collect();
        fits.try_into()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Detail {
    type Error = DetailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.chars().any(char::is_control) {
            return Err(DetailError::Control);
        }
        match text.chars().count() {
            1..=MAX_CHARACTERS => Ok(Self(text)),
            n => Err(DetailError::Length(n)),
        }
    }
}

impl From<Detail> for String {
    fn from(detail: Detail) -> Self {
        detail.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_that_is_empty_too_long_or_of_two_lines_is_refused() {
        assert_eq!(Detail::try_from(String::new()).unwrap_err(), DetailError::Length(0));
        assert_eq!(Detail::try_from("é".repeat(501)).unwrap_err(), DetailError::Length(501));
        assert_eq!(Detail::try_from("a\nb".to_owned()).unwrap_err(), DetailError::Control);
        assert!(Detail::try_from("é".repeat(500)).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let detail = Detail::shortened(&format!("one\ntwo{}", "x".repeat(600))).unwrap();
        assert_eq!(detail.as_str().chars().count(), 500);
        assert!(detail.as_str().starts_with("onetwo"));
        assert_eq!(Detail::shortened("\n"), Err(DetailError::Length(0)));
    }
}
