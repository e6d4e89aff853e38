//! Everything at once, from one seed.

use std::time::Duration;

use control::tick::Depth;
use model::id::JobId;
use sim::compute::{Refusal, Service, Shortage};
use sim::github::{self, Action, ApiFault, ApiMishap, HookMatch, HookMishap};
use sim::installation::{Function, Installation, Luck, Mishap, Settings, Trouble, left_over};
use sim::port::Side;

use crate::common::{is_quiet, job};

/// Numbers that look drawn, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Fewer than `n`.
    fn few(&mut self, n: u64) -> u32 {
        u32::try_from(self.below(n)).expect("few")
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        let place = usize::try_from(self.below(all.len() as u64)).expect("a place in a slice");
        all[place].clone()
    }
}

fn world(seed: u64, dice: &mut Dice) -> Installation {
    let mut settings = Settings { seed, ..Settings::default() };
    settings.github.timing.hook_latency = (Duration::ZERO, Duration::from_millis(dice.below(4_000)));
    let mut of = Installation::new(settings);
    of.luck = Luck {
        lost_announcements: 0,
        lost_stops: dice.few(3),
        lost_warnings: dice.few(2),
        lost_claims: dice.few(6),
        failed_starts: dice.few(4),
        dead_boots: dice.few(2),
    };
    for action in [Action::Queued, Action::InProgress, Action::Completed] {
        let mishap = dice.one_of(&[
            HookMishap::Fail,
            HookMishap::Twice,
            HookMishap::Delay(Duration::from_secs(3)),
            HookMishap::Delay(Duration::from_secs(40)),
        ]);
        let which = HookMatch { job: None, action: Some(action) };
        of.github().trouble_hooks(which, mishap, Some(1 + dice.few(3)));
    }
    for action in ["RunTask", "LaunchInstances", "ListTasks"] {
        let service = if action == "LaunchInstances" { Service::AutoScaling } else { Service::Ecs };
        for _ in 0..dice.below(3) {
            let refusal = dice.one_of(&[
                Refusal::throttled(service),
                Refusal::new("ServerException", 500, "Service Unavailable. Please try again later."),
            ]);
            of.machine().refuse_next(action, refusal);
        }
    }
    of.github().api_faults.push(ApiFault {
        operation: None,
        mishap: dice.one_of(&[ApiMishap::LoseAnswer, ApiMishap::Status { status: 502, retry_after: None }]),
        times: Some(1 + dice.few(4)),
    });
    if dice.below(2) == 0 {
        of.machine().short_of(Shortage {
            instance_type: None,
            availability_zone: Some("eu-central-1a".to_owned()),
            market: None,
            left: dice.few(2),
        });
    }
    let function = dice.one_of(&[Function::Webhook, Function::Scaler, Function::Claim, Function::Node]);
    let mishap = dice.one_of(&[
        Mishap::Stop,
        Mishap::Overtaken(Depth::Ring),
        Mishap::Overtaken(Depth::Sweep),
        Mishap::Slow(Duration::from_secs(12)),
    ]);
    let side = dice.one_of(&[Side::Before, Side::After]);
    of.trouble = Some(Trouble::new(function, 1 + dice.below(60), side, mishap));
    of
}

#[test]
fn whatever_goes_wrong_every_job_runs_once_and_nothing_is_left() {
    for seed in 0..25 {
        let mut dice = Dice(seed);
        let mut of = world(seed, &mut dice);
        let mut kept: Vec<JobId> = Vec::new();
        for wave in 0..3 {
            let n = 1 + dice.below(6);
            let orders = (0..n).map(|i| job(&format!("{wave}.{i}"), 1 + dice.below(90))).collect();
            let mut ids = of.push(orders);
            of.run_for(Duration::from_secs(dice.below(60)));
            if dice.below(2) == 0 {
                let cancelled = ids.remove(0);
                let now = github::Timestamp(of.clock.now().0);
                let _ = of.github().cancel_job(github::JobId(cancelled.0), now);
            }
            kept.extend(ids);
        }
        // A registration whose answer was lost is GitHub's to remove, after a day.
        let is_over = of.run_until(Duration::from_hours(30), is_quiet);
        assert!(is_over, "seed {seed}: {:#?}\n{:#?}", left_over(&of), of.ledger.rows());
        assert_eq!(of.told.faults, Vec::<String>::new(), "seed {seed}");
        let lost: Vec<&JobId> = kept.iter().filter(|job| of.told.taken.get(job) != Some(&1)).collect();
        assert_eq!(lost, Vec::<&JobId>::new(), "seed {seed}");
    }
}
