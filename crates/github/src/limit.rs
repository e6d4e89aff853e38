//! How often GitHub may still be asked, as its answers tell.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use model::id::InstallationId;
use model::time::Timestamp;

/// Who is counted: an installation, or the App itself.
pub(crate) type Caller = Option<InstallationId>;

/// A call whose resource is not known before its first answer, only that it is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    Token,
    Register,
    Runners,
    Job,
    Run,
    Rerun,
}

/// GitHub's advice where it names no time.
const UNNAMED: Duration = Duration::from_mins(1);

/// A reset that is due by our clock may not be by GitHub's.
const LEAST: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Limits {
    resources: BTreeMap<(Caller, Route), String>,
    /// By resource. The empty one stands for everything: a limit on how fast is on all calls.
    until: BTreeMap<(Caller, String), Timestamp>,
}

impl Limits {
    /// How long nothing may be asked.
    pub(crate) fn wait(&self, caller: Caller, route: Route, now: Timestamp) -> Option<Duration> {
        let resource = self.resources.get(&(caller, route)).cloned().unwrap_or_default();
        let until = [String::new(), resource].map(|resource| self.until.get(&(caller, resource)).copied());
        let until = until.into_iter().flatten().max()?;
        (now < until).then(|| until.since(now))
    }

    /// Remembers what an answer says of limits. If it was itself refused for one: how long to wait.
    pub(crate) fn learn(
        &mut self,
        caller: Caller,
        route: Route,
        now: Timestamp,
        answer: (StatusCode, &HeaderMap, &str),
    ) -> Option<Duration> {
        let (status, headers, message) = answer;
        let resource = headers.get("x-ratelimit-resource").and_then(|value| value.to_str().ok());
        if let Some(resource) = resource {
            self.resources.insert((caller, route), resource.to_owned());
        }
        let is_empty = number(headers, "x-ratelimit-remaining") == Some(0);
        let reset = number(headers, "x-ratelimit-reset").filter(|_| is_empty);
        let reset = reset.map(|at| Timestamp(at.saturating_mul(1000)).since(now).max(LEAST));
        let asked_for = number(headers, "retry-after").map(Duration::from_secs);
        if is_empty {
            let resource = resource.unwrap_or_default().to_owned();
            self.hold(caller, resource, now, reset.unwrap_or(UNNAMED));
        }
        let is_refused = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::FORBIDDEN
                && (is_empty || asked_for.is_some() || message.contains("rate limit")));
        if !is_refused {
            return None;
        }
        let wait = asked_for.or(reset).unwrap_or(UNNAMED);
        if !is_empty {
            self.hold(caller, String::new(), now, wait);
        }
        Some(wait)
    }

    fn hold(&mut self, caller: Caller, resource: String, now: Timestamp, wait: Duration) {
        let until = self.until.entry((caller, resource)).or_insert(now);
        *until = now.after(wait).max(*until);
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const ONE: Caller = Some(InstallationId(1));

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    fn at(seconds: u64) -> Timestamp {
        NOW.after(Duration::from_secs(seconds))
    }

    #[test]
    fn the_last_call_that_was_allowed_closes_its_resource_until_the_reset() {
        let mut limits = Limits::default();
        let last = headers(&[
            ("x-ratelimit-resource", "core"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1030"),
        ]);
        assert_eq!(limits.learn(ONE, Route::Job, NOW, (StatusCode::OK, &last, "")), None);
        assert_eq!(limits.wait(ONE, Route::Job, at(10)), Some(Duration::from_secs(20)));
        assert_eq!(limits.wait(ONE, Route::Job, at(30)), None);
        assert_eq!(limits.wait(Some(InstallationId(2)), Route::Job, NOW), None, "counted by installation");
        assert_eq!(limits.wait(ONE, Route::Register, NOW), None, "which may be of another resource");
        let other = headers(&[("x-ratelimit-resource", "core"), ("x-ratelimit-remaining", "9")]);
        limits.learn(ONE, Route::Run, NOW, (StatusCode::OK, &other, ""));
        assert_eq!(limits.wait(ONE, Route::Run, at(10)), Some(Duration::from_secs(20)), "of the same");
    }

    #[test]
    fn a_limit_on_how_fast_closes_everything() {
        let mut limits = Limits::default();
        let slow = headers(&[("retry-after", "7"), ("x-ratelimit-remaining", "4000")]);
        let wait = limits.learn(ONE, Route::Register, NOW, (StatusCode::FORBIDDEN, &slow, ""));
        assert_eq!(wait, Some(Duration::from_secs(7)));
        assert_eq!(limits.wait(ONE, Route::Job, at(1)), Some(Duration::from_secs(6)));
    }

    #[test]
    fn a_limit_that_names_no_time_is_a_minute() {
        for (status, message) in [
            (StatusCode::TOO_MANY_REQUESTS, ""),
            (StatusCode::FORBIDDEN, "You have exceeded a secondary rate limit. Please wait a few minutes"),
        ] {
            let wait = Limits::default().learn(ONE, Route::Job, NOW, (status, &HeaderMap::new(), message));
            assert_eq!(wait, Some(Duration::from_mins(1)), "{status}");
        }
    }

    #[test]
    fn what_is_forbidden_is_no_limit() {
        let full = headers(&[("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "2000")]);
        let message = "Resource not accessible by integration";
        let mut limits = Limits::default();
        assert_eq!(limits.learn(ONE, Route::Job, NOW, (StatusCode::FORBIDDEN, &full, message)), None);
        assert_eq!(limits.wait(ONE, Route::Job, NOW), None);
    }
}
