//! Pools that stand in for others.

use std::{collections::BTreeMap, time::Duration};

use model::rules::{Fallback, Pool, PoolName};

use super::{
    form,
    read::{Node, Object},
};

/// Long enough for a spot market's bad moment to pass.
const AFTER: Duration = Duration::from_mins(10);

/// As one pool says it; whether there is such a pool is seen once all are read.
pub(super) fn read<'a>(pool: &Object<'a>, named: &mut Vec<(Fallback, Node<'a>)>) -> Option<Option<Fallback>> {
    let node = pool.optional("fallback_pool");
    let after = match pool.optional("fallback_after_minutes") {
        Some(after) => after.read_optional(&form::FALLBACK_AFTER)?,
        None => None,
    };
    let Some(node) = node else { return Some(None) };
    let Some(pool) = node.read_optional(&form::POOL)? else { return Some(None) };
    let fallback = Fallback { pool, after: after.unwrap_or(AFTER) };
    named.push((fallback.clone(), node));
    Some(Some(fallback))
}

/// What a job is taken over for must not be lost on the way: its trust, its architecture, its GPU.
pub(super) fn check(
    pools: &BTreeMap<PoolName, Pool>,
    is_named: impl Fn(&str) -> bool,
    named: &[(Fallback, Node<'_>)],
) -> bool {
    let mut is_whole = true;
    for (Fallback { pool: to, .. }, node) in named {
        let from = pools.values().find(|pool| {
            pool.fallback.as_ref().is_some_and(|it| it.pool == *to)
                && node.path() == format!("pools.{}.fallback_pool", pool.name)
        });
        let fault = match pools.get(to).zip(from) {
            None if !is_named(to.as_str()) => {
                Some(format!("`{to}` is no pool; write the name of another pool, or null"))
            }
            // One of the two has faults of its own.
            None => None,
            Some((pool, from)) if pool.trust != from.trust => Some(format!(
                "`{to}` is {}, this pool {}; write one of the same trust",
                pool.trust, from.trust
            )),
            Some((pool, from)) if pool.arch != from.arch => {
                Some(format!("`{to}` is {}, this pool {}; write one of the same arch", pool.arch, from.arch))
            }
            Some((pool, from)) if pool.has_gpu != from.has_gpu => {
                Some(format!("one of `{to}` and this pool has a GPU; write one with as many"))
            }
            Some((_, from)) if comes_back(pools, from) => {
                Some(format!("`{to}` leads back here; end the way at a pool without fallback_pool"))
            }
            Some(_) => None,
        };
        if let Some(fault) = fault {
            node.fault(fault);
            is_whole = false;
        }
    }
    is_whole
}

fn comes_back(pools: &BTreeMap<PoolName, Pool>, from: &Pool) -> bool {
    let mut next = from.fallback.as_ref();
    for _ in 0..=pools.len() {
        match next {
            Some(fallback) if fallback.pool == from.name => return true,
            Some(fallback) => next = pools.get(&fallback.pool).and_then(|pool| pool.fallback.as_ref()),
            None => return false,
        }
    }
    false
}
