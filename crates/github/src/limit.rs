//! How often GitHub may still be asked, as its answers tell.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use model::id::InstallationId;
use model::time::Timestamp;

/// Who is counted: an installation, or an App itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caller {
    App(u64),
    Installation(InstallationId),
}

/// A call whose resource is not known before its first answer, only that it is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    Token,
    Installation,
    Register,
    Runners,
    Job,
    Run,
    Deliveries,
    CheckRuns,
    Rerun,
}

/// Who goes first when little is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A job waits for it.
    Job,
    /// Can be done in the next hour as well.
    Upkeep,
}

/// Of what a resource allows in its hour, this part is kept for jobs.
const KEPT_FOR_JOBS: u64 = 5;

/// GitHub allows nine hundred points a minute, a read being one and a write five; upkeep leaves half.
const UPKEEP_POINTS: u64 = 450;
const MINUTE: Duration = Duration::from_mins(1);

/// GitHub's advice where it names no time.
const UNNAMED: Duration = Duration::from_mins(1);

/// A reset that is due by our clock may not be by GitHub's.
const LEAST: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Limits {
    resources: BTreeMap<(Caller, Route), String>,
    /// By resource. The empty one stands for everything: a limit on how fast is on all calls.
    until: BTreeMap<(Caller, String), Timestamp>,
    /// Until when only jobs may ask, because little is left of a resource.
    low: BTreeMap<(Caller, String), Timestamp>,
    /// What was spent in the last minute, by us.
    spent: BTreeMap<Caller, VecDeque<(Timestamp, u64)>>,
}

impl Limits {
    /// How long this may not be asked.
    pub(crate) fn wait(
        &self,
        caller: Caller,
        route: Route,
        purpose: Purpose,
        now: Timestamp,
    ) -> Option<Duration> {
        let resource = self.resources.get(&(caller, route)).cloned().unwrap_or_default();
        let low = self.low.get(&(caller, resource.clone())).copied().filter(|_| purpose == Purpose::Upkeep);
        let held = [String::new(), resource].map(|resource| self.until.get(&(caller, resource)).copied());
        let pause = match purpose {
            Purpose::Job => None,
            Purpose::Upkeep => self.pause(caller, now),
        };
        let until = held.into_iter().chain([low, pause]).flatten().max()?;
        (now < until).then(|| until.since(now))
    }

    /// Counts a call that is made now.
    pub(crate) fn spend(&mut self, caller: Caller, method: &Method, now: Timestamp) {
        let spent = self.spent.entry(caller).or_default();
        while spent.front().is_some_and(|(at, _)| now.since(*at) >= MINUTE) {
            spent.pop_front();
        }
        spent.push_back((now, if *method == Method::GET { 1 } else { 5 }));
    }

    /// Until when upkeep rests, if it has spent its part of the minute.
    fn pause(&self, caller: Caller, now: Timestamp) -> Option<Timestamp> {
        let recent = self.spent.get(&caller)?.iter().filter(|(at, _)| now.since(*at) < MINUTE);
        let points: u64 = recent.clone().map(|(_, points)| points).sum();
        let (oldest, _) = recent.min()?;
        (points >= UPKEEP_POINTS).then(|| oldest.after(MINUTE))
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
        let left = number(headers, "x-ratelimit-remaining");
        let is_empty = left == Some(0);
        if let (Some(left), Some(limit), Some(reset)) =
            (left, number(headers, "x-ratelimit-limit"), number(headers, "x-ratelimit-reset"))
        {
            let key = (caller, resource.unwrap_or_default().to_owned());
            if left.saturating_mul(KEPT_FOR_JOBS) < limit {
                self.low.insert(key, Timestamp(reset.saturating_mul(1000)));
            } else {
                self.low.remove(&key);
            }
        }
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
    const ONE: Caller = Caller::Installation(InstallationId(1));

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
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Job, at(10)), Some(Duration::from_secs(20)));
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Job, at(30)), None);
        assert_eq!(
            limits.wait(Caller::Installation(InstallationId(2)), Route::Job, Purpose::Job, NOW),
            None,
            "counted by installation"
        );
        assert_eq!(
            limits.wait(ONE, Route::Register, Purpose::Job, NOW),
            None,
            "which may be of another resource"
        );
        let other = headers(&[("x-ratelimit-resource", "core"), ("x-ratelimit-remaining", "9")]);
        limits.learn(ONE, Route::Run, NOW, (StatusCode::OK, &other, ""));
        assert_eq!(
            limits.wait(ONE, Route::Run, Purpose::Job, at(10)),
            Some(Duration::from_secs(20)),
            "of the same"
        );
    }

    #[test]
    fn a_limit_on_how_fast_closes_everything() {
        let mut limits = Limits::default();
        let slow = headers(&[("retry-after", "7"), ("x-ratelimit-remaining", "4000")]);
        let wait = limits.learn(ONE, Route::Register, NOW, (StatusCode::FORBIDDEN, &slow, ""));
        assert_eq!(wait, Some(Duration::from_secs(7)));
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Job, at(1)), Some(Duration::from_secs(6)));
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
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Job, NOW), None);
    }

    #[test]
    fn the_last_fifth_of_an_hour_is_kept_for_jobs() {
        let mut limits = Limits::default();
        let left = |left: &'static str| {
            headers(&[
                ("x-ratelimit-resource", "core"),
                ("x-ratelimit-limit", "5000"),
                ("x-ratelimit-remaining", left),
                ("x-ratelimit-reset", "1030"),
            ])
        };
        limits.learn(ONE, Route::Runners, NOW, (StatusCode::OK, &left("1000"), ""));
        assert_eq!(limits.wait(ONE, Route::Runners, Purpose::Upkeep, NOW), None);
        limits.learn(ONE, Route::Runners, NOW, (StatusCode::OK, &left("999"), ""));
        assert_eq!(limits.wait(ONE, Route::Runners, Purpose::Upkeep, at(10)), Some(Duration::from_secs(20)));
        assert_eq!(limits.wait(ONE, Route::Runners, Purpose::Job, at(10)), None);
        assert_eq!(limits.wait(ONE, Route::Runners, Purpose::Upkeep, at(30)), None, "the next hour");
        limits.learn(ONE, Route::Runners, at(31), (StatusCode::OK, &left("4999"), ""));
        assert_eq!(limits.wait(ONE, Route::Runners, Purpose::Upkeep, at(31)), None);
    }

    #[test]
    fn upkeep_leaves_half_of_a_minutes_points() {
        let mut limits = Limits::default();
        for _ in 0..89 {
            limits.spend(ONE, &Method::DELETE, NOW);
        }
        limits.spend(ONE, &Method::GET, at(5));
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Upkeep, at(5)), None);
        limits.spend(ONE, &Method::POST, at(6));
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Upkeep, at(10)), Some(Duration::from_secs(50)));
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Job, at(10)), None);
        assert_eq!(limits.wait(ONE, Route::Job, Purpose::Upkeep, at(60)), None);
    }
}
