//! The calls about single instances of a group.

use super::group::{Group, stir};
use super::member::Lifecycle;
use super::{need_group, nothing_more, terminate as leaving};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, validation};
use crate::compute::time::text_to_the_second;
use serde_json::{Value, json};

pub(super) fn terminate(m: &mut Machine, params: &Params<'_>) -> Answer {
    let decrements = params.need_flag("ShouldDecrementDesiredCapacity")?;
    let many = params.texts("InstanceIds");
    let ids = match (params.text("InstanceId"), many.as_slice()) {
        (Some(_), [_, ..]) => return Err(validation("Specify either InstanceId or InstanceIds, not both.")),
        (Some(id), []) => vec![id],
        (None, []) => vec![params.need("InstanceId")?],
        (None, many) if many.len() > 100 => {
            return Err(validation("InstanceIds can have at most 100 items."));
        }
        (None, many) => many.to_vec(),
    };
    if !many.is_empty() {
        need_group(m, params)?;
    }
    let name = group_of_all(m, &ids)?;
    if params.text("AutoScalingGroupName").is_some_and(|given| given != name) {
        return Err(not_found(ids[0]));
    }
    if decrements {
        check_minimum(m, &name, &ids)?;
    }
    let at = text_to_the_second(m.now);
    let mut activities: Vec<Value> = Vec::new();
    for id in ids {
        let Some(group) = m.auto_scaling.groups.get_mut(&name) else { continue };
        let (from, is_new) = (group.n_present(), group.present().any(|it| it.instance_id == id));
        let mut cause =
            format!("At {at} instance {id} was taken out of service in response to a user request");
        if decrements && is_new {
            group.desired -= 1;
            cause = format!("{cause}, shrinking the capacity from {from} to {}", from - 1);
        }
        let activity = leaving::begin(m, &name, id, cause + ".");
        let group = m.auto_scaling.groups.get(&name);
        let shown = group
            .zip(activity)
            .and_then(|(group, id)| group.activities.iter().find(|it| it.id == id).map(|it| it.json(group)));
        activities.extend(shown);
    }
    stir(m, &name);
    if many.is_empty() {
        return Ok(json!({ "Activity": activities.pop() }));
    }
    Ok(json!({ "Activities": activities }))
}

pub(super) fn set_protection(m: &mut Machine, params: &Params<'_>) -> Answer {
    let is_protected = params.need_flag("ProtectedFromScaleIn")?;
    let ids = params.texts("InstanceIds");
    if ids.is_empty() || ids.len() > 50 {
        return Err(validation("InstanceIds must have 1 to 50 items."));
    }
    let group = need_group(m, params)?;
    for id in &ids {
        let member = group.members.iter().find(|it| it.instance_id == *id).ok_or_else(|| not_found(id))?;
        if member.lifecycle != Lifecycle::InService {
            let message = format!("The instance {id} is not in InService or EnteringStandby or Standby.");
            return Err(validation(message));
        }
    }
    let name = group.name.clone();
    if let Some(group) = m.auto_scaling.groups.get_mut(&name) {
        for id in ids {
            group.member_mut(id).into_iter().for_each(|member| member.is_protected = is_protected);
        }
        group.told_protected = false;
    }
    stir(m, &name);
    Ok(json!({}))
}

pub(super) fn set_health(m: &mut Machine, params: &Params<'_>) -> Answer {
    let id = params.need("InstanceId")?;
    let is_healthy = params.need("HealthStatus")?.eq_ignore_ascii_case("Healthy");
    let name = group_of_all(m, &[id])?;
    let member = m.auto_scaling.groups.get_mut(&name).and_then(|group| group.member_mut(id));
    member.into_iter().for_each(|member| member.is_healthy = is_healthy);
    stir(m, &name);
    nothing_more()
}

/// The one group all of them are in.
fn group_of_all(m: &Machine, ids: &[&str]) -> Result<String, Refusal> {
    let has = |group: &Group, id: &str| group.members.iter().any(|it| it.instance_id == id);
    let of = |id: &str| m.auto_scaling.groups.values().find(|group| has(group, id));
    let first = ids.first().copied().unwrap_or_default();
    let group = of(first).ok_or_else(|| not_found(first))?;
    match ids.iter().find(|id| !has(group, id)) {
        Some(id) => Err(not_found(id)),
        None => Ok(group.name.clone()),
    }
}

fn check_minimum(m: &Machine, name: &str, ids: &[&str]) -> Result<(), Refusal> {
    let Some(group) = m.auto_scaling.groups.get(name) else { return Ok(()) };
    let n_leaving = group.present().filter(|it| ids.contains(&it.instance_id.as_str())).count();
    if group.desired - i64::try_from(n_leaving).unwrap_or(i64::MAX) >= group.min {
        return Ok(());
    }
    Err(validation(format!(
        "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate group's min \
         size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.",
        group.min
    )))
}

fn not_found(id: &str) -> Refusal {
    validation(format!("Instance Id not found - No managed instance found for instance ID: {id}"))
}
