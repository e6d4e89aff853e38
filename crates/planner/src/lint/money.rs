//! What no plan may buy: more of a pool than what is left of its day's budget pays for.

use std::collections::BTreeMap;

use model::money::{Spent, Usd};
use model::observation::Observation;
use model::plan::Plan;
use model::rules::{PoolName, Rules};

pub(super) fn faults(seen: &Observation, rules: &Rules, plan: &Plan) -> Vec<String> {
    let mut ordered: BTreeMap<&PoolName, u32> = BTreeMap::new();
    let mut faults = Vec::new();
    for new in &plan.order {
        let pool = &new.order.id.pool;
        let n = ordered.entry(pool).or_default();
        *n += new.order.n;
        let Some((rules, budget)) = rules.pools.get(pool).and_then(|it| Some((it, it.daily_budget?))) else {
            continue;
        };
        let counted = plan.spend.get(pool).copied().or_else(|| seen.pools.get(pool)?.spent);
        let counted = counted.filter(|spent| Spent::midnight(spent.until) == Spent::midnight(new.order.at));
        let spent = counted.map_or(Usd::default(), |spent| spent.usd);
        // The last of them may be paid for in part.
        let in_full = u64::from(*n).saturating_sub(1).saturating_mul(rules.price.0);
        if spent.0.saturating_add(in_full) >= budget.0 {
            faults.push(format!(
                "{n} more nodes of pool `{pool}` would be bought, which has cost {spent} of {budget} today"
            ));
        }
    }
    faults
}
