//! How many nodes a pool keeps, for how long, and what they cost.

use std::time::Duration;

use model::{Purchase, Trust, instance_type::InstanceType, money::Usd, price::Price};

use super::{form, read::Object};

/// Long enough for the next job of the same push, short enough not to be paid for in vain.
const IDLE_AFTER: Duration = Duration::from_mins(10);

/// A node that is never idle gets the newest image within a week.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);

pub(super) struct Capacity {
    pub(super) max_nodes: u32,
    pub(super) min_nodes: u32,
    pub(super) idle_after: Duration,
    pub(super) max_age: Duration,
    pub(super) daily_budget: Option<Usd>,
}

pub(super) fn read(pool: &Object<'_>, trust: Option<Trust>) -> Option<Capacity> {
    let max_nodes = pool.read("max_nodes", &form::MAX_NODES);
    let min_nodes = pool.read_or("min_nodes", &form::MIN_NODES, 0);
    let idle_after = pool.read_or("idle_after_minutes", &form::MINUTES, IDLE_AFTER);
    let max_age = pool.read_or("max_age_hours", &form::HOURS, MAX_AGE);
    let daily_budget = read_budget(pool);
    if let (Some(min), Some(max)) = (min_nodes, max_nodes)
        && min > max
    {
        pool.fault(format!("keeps {min} nodes and may have {max}; write a min_nodes of at most {max}"));
        return None;
    }
    if let Some(min) = min_nodes.filter(|min| *min > 0 && trust == Some(Trust::Untrusted)) {
        pool.fault(format!("keeps {min} nodes, and an untrusted pool keeps nothing; write a min_nodes of 0"));
        return None;
    }
    Some(Capacity {
        max_nodes: max_nodes?,
        min_nodes: min_nodes?,
        idle_after: idle_after?,
        max_age: max_age?,
        daily_budget: daily_budget?,
    })
}

pub(super) fn read_budget(pool: &Object<'_>) -> Option<Option<Usd>> {
    pool.optional("daily_budget_usd").map_or(Some(None), |node| node.read_optional(&form::USD))
}

/// The cheapest of the types is what a group takes first.
pub(super) fn price(types: &[&InstanceType], purchase: Purchase) -> Option<Price> {
    let on_demand = types.iter().map(|t| Price::of_usd(t.on_demand_usd_per_hour)).min()?;
    Some(match purchase {
        Purchase::OnDemand => on_demand,
        Purchase::Spot => on_demand.on_spot(),
    })
}
