//! What a plan asks of the forge.

use std::collections::BTreeMap;

use model::budget::AMinute;
use model::id::InstallationId;
use model::observation::Observation;
use model::plan::{Plan, Rerun};
use model::rules::Rules;

/// Claims find their points, whatever is written besides.
///
/// A removal, a re-run or a note is five of them, and one more
/// where something is looked for first.
pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let limits = &rules.limits;
    let all = limits.points.0;
    let claims = limits.registrations.0.saturating_mul(5).min(all);
    let most = (all - claims).max(all / 6);
    let mut costs: BTreeMap<InstallationId, u32> = BTreeMap::new();
    for dismiss in &plan.dismiss {
        *costs.entry(dismiss.scope.installation).or_default() += if dismiss.id.is_some() { 5 } else { 6 };
    }
    for job in plan.tell.iter().filter_map(|tell| seen.jobs.get(&tell.job)) {
        *costs.entry(job.repository.installation).or_default() += 6;
    }
    for (id, rerun) in &plan.rerun {
        if let (Rerun::Ask, Some(run)) = (rerun, seen.runs.get(id)) {
            *costs.entry(run.repository.installation).or_default() += 5;
        }
    }
    let beyond = costs.into_iter().filter(|(_, points)| *points > most);
    let mut faults: Vec<String> = beyond
        .map(|(at, points)| {
            format!("{points} points of installation {at} would be spent beside claims, and {most} may be")
        })
        .collect();
    // Of the App's own, which no claim is charged to.
    let n = plan.redeliver.as_ref().map_or(0, |it| it.deliveries.len());
    if n * 5 > usize::try_from(AMinute::POINTS.0).unwrap_or(usize::MAX) {
        faults.push(format!("{n} events would be asked for again at once"));
    }
    faults
}
