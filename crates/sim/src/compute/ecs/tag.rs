//! Tags on everything that has an ARN.

use super::last_part;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, client, invalid};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn check(tags: &[Value]) -> Result<(), Refusal> {
    if tags.len() > 50 {
        return Err(invalid("Too many tags. The maximum number of tags is 50."));
    }
    let is_good = |tag: &Value| {
        let key = tag["key"].as_str().unwrap_or_default();
        let value = tag["value"].as_str().unwrap_or_default();
        (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && !key.to_ascii_lowercase().starts_with("aws:")
    };
    if tags.iter().all(is_good) { Ok(()) } else { Err(invalid("Invalid tag key or value.")) }
}

pub(super) fn tag(m: &mut Machine, params: &Params<'_>) -> Answer {
    let new = params.list("tags");
    check(new)?;
    let tags = tags_mut(m, params.need("resourceArn")?)?;
    for tag in new {
        tags.retain(|old| old["key"] != tag["key"]);
        tags.push(tag.clone());
    }
    Ok(json!({}))
}

pub(super) fn untag(m: &mut Machine, params: &Params<'_>) -> Answer {
    let keys = params.texts("tagKeys");
    let tags = tags_mut(m, params.need("resourceArn")?)?;
    tags.retain(|tag| !keys.iter().any(|key| tag["key"] == **key));
    Ok(json!({}))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let tags = tags_mut(m, params.need("resourceArn")?)?;
    Ok(json!({ "tags": tags }))
}

/// The tags of anything that has an ARN; nothing where there is no such thing.
pub(crate) fn tags_of(m: &Machine, arn: &str) -> BTreeMap<String, String> {
    let (kind, name) = kind_and_name(arn);
    let tags = match kind {
        "cluster" => m.ecs.clusters.get(name).map(|it| &it.tags),
        "capacity-provider" => m.ecs.providers.get(name).map(|it| &it.tags),
        "container-instance" => m.ecs.container_instances.get(arn).map(|it| &it.tags),
        "task" => m.ecs.tasks.get(arn).map(|it| &it.tags),
        "task-definition" => m.ecs.definitions.get(&revision(name)).map(|it| &it.tags),
        _ => None,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    tags.into_iter().flatten().map(|tag| (text(&tag["key"]), text(&tag["value"]))).collect()
}

fn tags_mut<'m>(m: &'m mut Machine, arn: &str) -> Result<&'m mut Vec<Value>, Refusal> {
    let (kind, name) = kind_and_name(arn);
    let tags = match kind {
        "cluster" => m.ecs.clusters.get_mut(name).filter(|it| it.is_active).map(|it| &mut it.tags),
        "capacity-provider" => m.ecs.providers.get_mut(name).map(|it| &mut it.tags),
        "container-instance" => m.ecs.container_instances.get_mut(arn).map(|it| &mut it.tags),
        "task" => m.ecs.tasks.get_mut(arn).filter(|it| !it.is_stopped()).map(|it| &mut it.tags),
        "task-definition" => m.ecs.definitions.get_mut(&revision(name)).map(|it| &mut it.tags),
        _ => return Err(invalid(format!("Invalid resourceArn: {arn}"))),
    };
    tags.ok_or_else(|| match kind {
        "cluster" => Refusal::new("ClusterNotFoundException", 400, "Cluster not found."),
        _ => client("The specified resource is not found."),
    })
}

fn kind_and_name(arn: &str) -> (&str, &str) {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    (resource.split('/').next().unwrap_or_default(), last_part(arn))
}

fn revision(name: &str) -> (String, u32) {
    let (family, revision) = name.rsplit_once(':').unwrap_or((name, "0"));
    (family.to_owned(), revision.parse().unwrap_or(0))
}
