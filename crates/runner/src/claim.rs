//! When to ask for work again, and when to give up.

use std::time::Duration;

use door::{Claimed, DoorError};
use secrecy::SecretString;

use crate::ending::Ending;

/// A broker that cannot be reached for this long is down, and the scaler counts this launch as lost.
const UNANSWERED: Duration = Duration::from_secs(5 * 60);
/// The scaler looks at every launch once a minute: one without work for this long was forgotten, unless it
/// was started before there was any.
const WAITED: Duration = Duration::from_secs(15 * 60);
/// The first pause after a lost answer, doubled with each. The broker lets a nonce repeat three
/// times within a minute, so the first pauses are short.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Whatever the broker says: neither a busy loop nor a sleep past the next tick.
const WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// The runner to become.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) runner_name: String,
    pub(crate) jit_config: SecretString,
}

#[derive(Debug)]
pub(crate) enum Next {
    Run(Work),
    AskAgain { at: Duration },
    End(Ending),
}

/// A random part of a pause, so that a hundred runners do not ask in one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(pub(crate) u16);

/// What the answers so far were. All times count from the first request.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    heard_at: Duration,
    /// Since then it was to have work soon.
    stood_until: Duration,
    n_lost: u32,
}

impl Pace {
    pub(crate) fn next(&mut self, answer: Result<Claimed, DoorError>, now: Duration, jitter: Jitter) -> Next {
        match answer {
            Ok(Claimed::Run { runner_name, jit_config }) => Next::Run(Work { runner_name, jit_config }),
            Ok(Claimed::Wait { retry_after, is_standby }) => {
                if is_standby {
                    self.stood_until = now;
                }
                self.after_wait(retry_after, now, jitter)
            }
            Err(DoorError::Ended { .. }) => Next::End(Ending::LaunchEnded),
            Err(DoorError::Refused { .. }) => Next::End(Ending::ClaimRefused),
            Err(DoorError::Retry { .. }) => self.after_loss(now, jitter),
        }
    }

    fn after_wait(&mut self, retry_after: Duration, now: Duration, jitter: Jitter) -> Next {
        self.heard_at = now;
        self.n_lost = 0;
        let pause = retry_after.clamp(WAIT.0, WAIT.1);
        let at = now + pause + jitter.of(pause / 4);
        if at > self.stood_until + WAITED { Next::End(Ending::ClaimWaited) } else { Next::AskAgain { at } }
    }

    fn after_loss(&mut self, now: Duration, jitter: Jitter) -> Next {
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.n_lost)).min(LONGEST_PAUSE);
        self.n_lost += 1;
        let at = now + pause / 2 + jitter.of(pause / 2);
        if at > self.heard_at + UNANSWERED {
            Next::End(Ending::ClaimUnanswered)
        } else {
            Next::AskAgain { at }
        }
    }
}

impl Jitter {
    /// From nothing to all of it.
    fn of(self, whole: Duration) -> Duration {
        whole * u32::from(self.0) / u32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use door::Cause;

    const LEAST: Jitter = Jitter(0);
    const MOST: Jitter = Jitter(u16::MAX);

    fn lost() -> Result<Claimed, DoorError> {
        Err(DoorError::Retry { path: "/claim", source: Cause::Status(503) })
    }

    fn wait(ms: u64) -> Result<Claimed, DoorError> {
        Ok(Claimed::Wait { retry_after: Duration::from_millis(ms), is_standby: false })
    }

    /// Asks until the end, each answer taking no time, and tells every pause in milliseconds.
    fn pauses(jitter: Jitter, mut answer: impl FnMut() -> Result<Claimed, DoorError>) -> (Vec<u128>, Ending) {
        let (mut pace, mut now, mut pauses) = (Pace::default(), Duration::ZERO, vec![]);
        loop {
            match pace.next(answer(), now, jitter) {
                Next::AskAgain { at } => {
                    pauses.push((at - now).as_millis());
                    now = at;
                }
                Next::End(ending) => return (pauses, ending),
                Next::Run(work) => panic!("nobody answered with {work:?}"),
            }
        }
    }

    #[test]
    fn lost_answers_are_asked_for_at_growing_intervals_and_given_up() {
        let (longest, ending) = pauses(MOST, lost);
        assert_eq!(longest[..8], [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(ending, Ending::ClaimUnanswered);
        assert!(longest.iter().sum::<u128>() <= UNANSWERED.as_millis());
        let (shortest, _) = pauses(LEAST, lost);
        assert_eq!(shortest[..8], [250, 500, 1000, 2000, 4000, 8000, 15000, 15000]);
    }

    #[test]
    fn the_first_repeats_fall_into_the_minute_that_the_broker_allows() {
        assert!(pauses(MOST, lost).0[..3].iter().sum::<u128>() < 60_000);
    }

    #[test]
    fn a_wait_lasts_what_it_says_and_a_quarter_at_most() {
        assert_eq!(pauses(LEAST, || wait(1000)).0[0], 1000);
        assert_eq!(pauses(MOST, || wait(1000)).0[0], 1250);
        assert_eq!(pauses(LEAST, || wait(0)).0[0], 100);
        assert_eq!(pauses(LEAST, || wait(u64::MAX)).0[0], 30_000);
    }

    #[test]
    fn work_that_never_comes_is_given_up() {
        let (pauses, ending) = pauses(LEAST, || wait(1000));
        assert_eq!((pauses.len(), ending), (900, Ending::ClaimWaited));
    }

    #[test]
    fn an_answer_starts_the_patience_with_lost_ones_anew() {
        let mut pace = Pace::default();
        let late = UNANSWERED - Duration::from_secs(1);
        drop(pace.next(wait(1000), late, LEAST));
        let after = pace.next(lost(), late + UNANSWERED / 2, LEAST);
        assert!(matches!(after, Next::AskAgain { at } if at - late - UNANSWERED / 2 == FIRST_PAUSE / 2));
    }

    #[test]
    fn work_ends_the_asking_and_so_do_an_ended_launch_and_a_refusal() {
        let next = |answer| Pace::default().next(answer, Duration::ZERO, LEAST);
        let run = Claimed::Run { runner_name: "r".to_owned(), jit_config: "e30=".into() };
        assert!(matches!(next(Ok(run)), Next::Run(work) if work.runner_name == "r"));
        let message = String::new();
        assert!(matches!(
            next(Err(DoorError::Ended { message: message.clone() })),
            Next::End(Ending::LaunchEnded)
        ));
        assert!(matches!(next(Err(DoorError::Refused { message })), Next::End(Ending::ClaimRefused)));
    }

    #[test]
    fn one_that_stands_by_waits_for_as_long_as_it_takes_and_then_like_any_other() {
        let mut n_left = 100_000;
        let (pauses, ending) = pauses(LEAST, || {
            n_left = i32::max(n_left - 1, 0);
            Ok(Claimed::Wait { retry_after: Duration::from_secs(2), is_standby: n_left > 0 })
        });
        assert_eq!(pauses.len(), 99_999 + 450 - 1);
        assert_eq!(ending, Ending::ClaimWaited);
    }
}
