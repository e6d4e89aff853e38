//! Warm pools, which are only kept: nothing is ever in one, and no group draws on it.

use super::{need_group, need_group_mut};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, validation};
use serde_json::{Value, json};

const GIVEN: [&str; 4] = ["MaxGroupPreparedCapacity", "MinSize", "PoolState", "InstanceReusePolicy"];

pub(super) fn put(m: &mut Machine, params: &Params<'_>) -> Answer {
    let mut pool = params.only(&GIVEN);
    pool.entry("MinSize").or_insert(json!(0));
    pool.entry("PoolState").or_insert(json!("Stopped"));
    need_group_mut(m, params)?.warm_pool = Some(pool);
    Ok(json!({}))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let removed = need_group_mut(m, params)?.warm_pool.take();
    removed.map(|_| json!({})).ok_or_else(|| validation("No warm pool found for the AutoScalingGroup."))
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let pool = need_group(m, params)?.warm_pool.clone();
    Ok(json!({ "WarmPoolConfiguration": pool.map(Value::Object), "Instances": [] }))
}
