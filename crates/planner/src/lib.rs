#![doc = include_str!("../README.md")]

mod ask;
mod assign;
mod batch;
mod breaker;
mod budget;
mod census;
mod cheapest;
mod cluster;
mod cordon;
mod demand;
mod drain;
mod end;
mod failing;
mod fallback;
mod hung;
pub mod lint;
mod loose;
mod lost;
mod minimum;
mod offering;
mod pack;
mod points;
mod post;
mod price;
mod repair;
mod rerun;
mod roll;
mod room;
mod scale;
mod scope;
mod serverless;
mod settle;
mod shelf;
mod shrink;
mod spend;
mod standby;
mod stray;
mod tell;
mod turn;
mod view;

use model::observation::Observation;
use model::plan::{Plan, Report};
use model::rules::Rules;
use model::time::Timestamp;

pub use ask::{asked, questions};
pub use demand::{Demand, Demands};
pub use failing::{failed, is_suspect};
pub use loose::{has_time_to_look, suspects};
pub use minimum::{READY_WITHIN, minimum, standby};
pub use offering::refused;
pub use post::since;
pub use price::unpriced;
pub use rerun::may_have_ended;
pub use scope::scopes;
pub use standby::standby_definitions;
pub use stray::strays;
pub use view::{is_idle, may_need_launch, needs_launch};

/// A plan, and what is left waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Planned {
    pub plan: Plan,
    pub report: Report,
}

pub fn plan(found: &Observation, rules: &Rules, now: Timestamp) -> Planned {
    let prices = price::note(found, rules, now);
    let rules = &price::priced(rules, prices.as_ref().or(found.prices.as_ref()), now);
    let mut budget = budget::Budget::new(found, &rules.limits, now);
    let mut points = points::Points::new(found, &rules.limits);
    let mut seen = found.clone();
    let mut plan = Plan { settle: settle::settle(&mut seen, now), prices, ..Plan::default() };
    plan.spend = spend::count(found, rules, now);
    spend::apply(&mut seen, &plan.spend);
    plan.repair = repair::repair(&mut seen, rules, now);
    let alive = seen.launches.keys().copied().collect();
    plan.busy = roll::busy(&mut seen, now);
    plan.cordon = cordon::cordon(&mut seen, rules, now);
    plan.breakers = breaker::count(&mut seen, &plan.cordon, now);
    plan.end = end::stopped(&seen, now);
    plan.failing = failing::count(&mut seen, &mut plan.end, now);
    plan.lose = rerun::lose(&mut seen, &plan.end, now);
    end::apply(&mut seen, &plan.end, now);
    plan.rerun = rerun::rerun(&mut seen, &mut points, now);
    plan.cordon.extend(failing::useless(&mut seen, now));
    plan.end.extend(lost::lost(&mut seen, now));
    plan.end.extend(end::doomed(&mut seen, now));
    plan.over = hung::notes(&mut seen, now);
    plan.hung = hung::hung(&seen, now);
    plan.assign = assign::assign(&mut seen, rules, &mut budget);
    let standing = standby::standing(&seen, rules, now);
    plan.end.extend(end::idle(&mut seen, &standing.kept, now));
    plan.dismiss = roll::dismiss(&seen, &alive, &mut points, now);
    plan.drain = drain::give_up(&mut seen, now);
    plan.refuse = offering::disappointing(&mut seen, &plan.drain, now);
    plan.spend.extend(spend::count_ended(found, rules, &plan, now));
    spend::apply(&mut seen, &plan.spend);

    plan.stop = stray::stop(&seen, now);
    budget.stop(plan.stop.len());
    budget.stop(plan.end.iter().chain(&plan.hung).filter(|end| end.stop.is_some()).count());
    let rules = &price::in_open_zones(room::as_registered(&seen, rules), &seen, now);
    let mut rooms = room::Rooms::new(&seen, rules, now);
    let mut packed = pack::pack(&seen, rules, &mut rooms, &mut budget, now);
    let mut served = serverless::serve(&seen, rules, packed.left, &mut budget, now);
    plan.place = packed.place;
    plan.serverless = std::mem::take(&mut served.place);
    let start = standby::Start {
        alive: &alive,
        rooms: &mut rooms,
        budget: &mut budget,
        spares: &mut served.spares,
        trials: &mut packed.trials,
        waiting: &served.left,
        nodes: &plan.place,
        pools: &plan.serverless,
    };
    let stood = standby::place(&seen, rules, standing.lacks, start, now);
    let scaled = scale::scale(&seen, rules, &mut rooms, &served, &stood.left, now);
    plan.standby = standby::after(stood.stand, &scaled.order);
    plan.order = scaled.order;
    let stuck: Vec<_> = served.left.iter().filter(|(job, _)| scaled.stuck.contains(&job.id)).collect();
    let made = standby::make_room(&seen, &standing.kept, &plan.place, &served.spares, &stuck, now);
    plan.is_partial = packed.is_partial || served.is_partial || stood.is_partial || scaled.is_partial;
    plan.is_partial |= !made.is_empty();
    plan.end.extend(made);
    plan.spend.extend(spend::count_ended(found, rules, &plan, now));
    plan.redeliver = post::redeliver(&seen, now);
    plan.remember = scope::remember(&seen, &plan, now);
    plan.forget = scope::forget(&seen, &plan, now);
    let stood = plan.standby.values().flat_map(|stand| &stand.place);
    let placed = plan.place.keys().chain(stood.filter_map(|(node, _)| node.as_ref())).collect();
    let spared = drain::spare(&seen, rules, &placed, now);
    plan.drain.extend(spared.drain);
    plan.cordon.extend(spared.cordon);
    plan.terminate = shrink::terminate(found, &plan.drain);
    plan.hold = shrink::hold(found, &plan.terminate);
    plan.scrap = loose::scrap(found, now);

    let reasons = packed.reasons.into_iter().chain(served.reasons).chain(scaled.reasons).collect();
    plan.tell = tell::tell(&seen, &reasons, &mut points);
    let report = view::report(&seen, &reasons, now);
    plan.explain =
        reasons.into_iter().filter(|(id, reason)| seen.jobs[id].reason.as_ref() != Some(reason)).collect();
    Planned { plan, report }
}
