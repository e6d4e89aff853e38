//! What the planner decides: a scenario in, the plan out, both as text.

#![expect(clippy::unwrap_used, reason = "a scenario that cannot be read is a faulty test")]

mod applied;
mod batching;
mod cordoning;
mod delivering;
mod draining;
mod ending;
mod failing;
mod falling_back;
mod hanging;
mod keeping;
mod line;
mod loosened;
mod never_wrong;
mod placing;
mod pointing;
mod pools;
mod pricing;
mod quoting;
mod repairing;
mod rerunning;
mod runners;
mod scaling;
mod scenario;
mod serverless;
mod settling;
mod sharing;
mod spending;
mod standing;
mod straying;
mod telling;
mod text;
mod tiers;
mod told;
mod waiting;

use planner::{lint, plan};

use scenario::{NOW, world};

/// The plan for a scenario. Whatever it is, it breaks no rule, it is the same when asked for twice, and
/// once it is done nothing of it is left to do.
#[track_caller]
fn check(scenario: &str) -> String {
    let world = world(scenario);
    let planned = plan(&world.seen, &world.rules, NOW);
    assert_eq!(lint::lint(&world.seen, &world.rules, &planned.plan, NOW), Vec::<String>::new());
    assert_eq!(plan(&world.seen, &world.rules, NOW), planned);
    let after = applied::applied(&world.seen, &planned.plan);
    // A dismissal ends when the forge has answered, and what follows from it is the next tick's.
    let again = applied::lasting(plan(&after, &world.rules, NOW).plan);
    assert!(again.is_empty() || planned.plan.is_partial, "planned again: {}", text::of(&again));
    text::of(&planned.plan)
}
