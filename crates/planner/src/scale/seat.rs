//! What a job waits for that has found no room, in words.

use std::collections::{BTreeMap, BTreeSet};

use model::Carrier;
use model::id::Zone;
use model::reason::{Code, Reason};
use model::rules::{Pool, PoolName};

use super::wanted::Wanted;
use crate::demand::{Demand, carries};
use crate::room::Room;

pub(super) enum Seat<'a> {
    Coming(&'a PoolName),
    /// A node that is there, and whose agent is not heard of just now.
    Away(&'a PoolName, &'a Zone),
    None(Reason),
}

impl<'a> Seat<'a> {
    pub(super) fn of(room: &Room<'a>) -> Self {
        if room.is_away { Self::Away(room.pool, room.zone) } else { Self::Coming(room.pool) }
    }

    pub(super) fn pool(&self) -> Option<&'a PoolName> {
        match self {
            Self::Coming(pool) | Self::Away(pool, _) => Some(pool),
            Self::None(_) => None,
        }
    }

    /// In whichever of the zones: who is seated where may be another in the next tick, and the reason is to
    /// stay.
    pub(super) fn reason(self, zones: &BTreeMap<&PoolName, BTreeSet<&Zone>>) -> Reason {
        let text = match self {
            Self::Coming(pool) => {
                let zones: Vec<&str> =
                    zones.get(pool).into_iter().flatten().map(|zone| zone.0.as_str()).collect();
                format!("a node of pool `{pool}` is starting in {}", zones.join(" or "))
            }
            Self::Away(pool, zone) => format!(
                "the agent of a node of pool `{pool}` in {zone} is not heard of just now; if it stays away \
                 another is ordered"
            ),
            Self::None(reason) => return reason,
        };
        Reason { code: Code::Starting, text }
    }
}

/// Why nothing of what the job could run on is to be had.
pub(super) fn stuck(wanted: &BTreeMap<&PoolName, Wanted<'_>>, wants: &Demand<'_>) -> Reason {
    let stuck: Vec<&Wanted<'_>> = wants.pools.iter().map(|pool| &wanted[&pool.name]).collect();
    // A pool without nodes that nobody has refused was filled by this very plan.
    let is_open = |wanted: &&&Wanted<'_>| {
        wanted.spare > 0 && (wanted.refused.is_some() || !wanted.pool.is_serverless())
    };
    if let Some(refused) = stuck.iter().find(is_open) {
        let why = refused.refused.as_deref().unwrap_or("no zone is configured");
        let nothing = match refused.pool.carrier {
            Carrier::Nodes => "node in any of its zones",
            Carrier::Serverless => "task",
        };
        let text =
            format!("pool `{}` gets no {nothing} ({why}); asked again within minutes", refused.pool.name);
        return Reason { code: Code::NoCapacity, text };
    }
    let elsewhere = elsewhere(wanted, wants);
    if let Some(full) = stuck.iter().find(|wanted| wanted.is_cluster_full) {
        let text = format!(
            "pool `{}` gets no node: its cluster has as many as it can hold, with all pools of {} jobs; the \
             job runs when another ends{elsewhere}, or make nodes larger",
            full.pool.name, full.pool.trust
        );
        return Reason { code: Code::PoolFull, text };
    }
    let overspent = stuck.iter().find_map(|wanted| Some((wanted.pool, wanted.budget?)));
    if let Some((pool, budget)) = overspent {
        let text = format!(
            "pool `{}` may cost {budget} a day, which is spent or set aside for the first hour of its {}; the \
             job waits for one of them or for midnight UTC{elsewhere}, or raise `daily_budget_usd`",
            pool.name,
            match pool.carrier {
                Carrier::Nodes => "nodes",
                Carrier::Serverless => "tasks",
            }
        );
        return Reason { code: Code::Budget, text };
    }
    let full: Vec<String> = stuck
        .iter()
        .map(|wanted| format!("`{}` ({} {})", wanted.pool.name, limit(wanted.pool), wanted.pool.max_nodes))
        .collect();
    let limits: BTreeSet<&str> = stuck.iter().map(|wanted| limit(wanted.pool)).collect();
    let limits: Vec<String> = limits.into_iter().map(|limit| format!("`{limit}`")).collect();
    let text = format!(
        "full: {}; the job runs when another ends{elsewhere}, or raise {}",
        full.join(", "),
        limits.join(" or ")
    );
    Reason { code: Code::PoolFull, text }
}

/// Where it may go once it has waited long enough.
fn elsewhere(wanted: &BTreeMap<&PoolName, Wanted<'_>>, wants: &Demand<'_>) -> String {
    let next = wants.pools.iter().filter_map(|pool| pool.fallback.as_ref());
    let holds = |pool: &Pool| pool.fit(wants.size(pool)).is_some() && carries(pool, &wants.spec);
    let next = next.filter(|fallback| !wants.pools.iter().any(|pool| pool.name == fallback.pool));
    let next = next.filter(|fallback| wanted.get(&fallback.pool).is_some_and(|it| holds(it.pool)));
    next.min_by_key(|fallback| fallback.after).map_or_else(String::new, |fallback| {
        format!(
            ", and may go to pool `{}` after {} min of waiting",
            fallback.pool,
            fallback.after.as_secs() / 60
        )
    })
}

/// As the configuration calls it.
fn limit(pool: &Pool) -> &'static str {
    match pool.carrier {
        Carrier::Nodes => "max_nodes",
        Carrier::Serverless => "max_tasks",
    }
}
