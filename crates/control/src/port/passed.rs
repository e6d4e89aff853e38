//! Apps that could not register a runner, so that the next one is asked.

use std::time::Duration;

use crate::error::PortError;

/// What became of a registration so far, where several Apps share them.
#[derive(Debug, Default)]
pub struct Passed(Option<PortError>);

impl Passed {
    /// One that may not now, or may not at all, is passed over. Any other error ends the registration: nobody
    /// knows whether it was made, or another App would be told the same.
    pub fn over(&mut self, error: PortError) -> Result<(), PortError> {
        match error {
            PortError::Throttled { .. } | PortError::Denied { .. } | PortError::NotFound { .. } => {
                self.0 = Some(match self.0.take() {
                    Some(before) if waits(&before) <= waits(&error) => before,
                    Some(_) | None => error,
                });
                Ok(())
            }
            PortError::Refused { .. } | PortError::Transient { .. } => Err(error),
        }
    }

    /// Why none of them did: the one that may again first says when, and else the first says why it may not.
    pub fn why(self) -> PortError {
        self.0.unwrap_or_else(|| PortError::Denied { source: "there is no App".into() })
    }
}

/// How long until it is worth asking again.
fn waits(error: &PortError) -> Duration {
    match error {
        PortError::Throttled { retry_after, .. } => retry_after.unwrap_or(Duration::from_mins(1)),
        PortError::Denied { .. }
        | PortError::NotFound { .. }
        | PortError::Refused { .. }
        | PortError::Transient { .. } => Duration::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(seconds: u64) -> PortError {
        PortError::Throttled { retry_after: Some(Duration::from_secs(seconds)), source: "slowly".into() }
    }

    fn denied(why: &str) -> PortError {
        PortError::Denied { source: why.into() }
    }

    fn why(errors: impl IntoIterator<Item = PortError>) -> PortError {
        let mut passed = Passed::default();
        for error in errors {
            passed.over(error).unwrap();
        }
        passed.why()
    }

    #[test]
    fn whoever_may_again_first_says_when() {
        for errors in
            [[throttled(40), throttled(7), denied("no key")], [denied("no key"), throttled(7), throttled(40)]]
        {
            let PortError::Throttled { retry_after, .. } = why(errors) else { panic!("one may again") };
            assert_eq!(retry_after, Some(Duration::from_secs(7)));
        }
    }

    #[test]
    fn where_no_app_may_the_first_says_why() {
        let PortError::Denied { source } = why([denied("one"), denied("another")]) else {
            panic!("none may")
        };
        assert_eq!(source.to_string(), "one");
    }

    #[test]
    fn what_may_have_been_done_is_not_asked_of_another() {
        let error = Passed::default().over(PortError::Transient { source: "no answer".into() });
        assert!(matches!(error, Err(PortError::Transient { .. })), "{error:?}");
    }
}
