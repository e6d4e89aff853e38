//! Tags of groups.

use super::group::Tag;
use super::group_not_found;
use super::nothing_more;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal};
use serde_json::{Value, json};

pub(super) fn read(tag: &Params<'_>) -> Result<(String, Tag), Refusal> {
    let propagates = tag.flag("PropagateAtLaunch")?.unwrap_or(false);
    let value = tag.text("Value").unwrap_or_default().to_owned();
    Ok((tag.need("Key")?.to_owned(), Tag { value, propagates }))
}

pub(super) fn json(group: &str, key: &str, tag: &Tag) -> Value {
    json!({
        "ResourceId": group,
        "ResourceType": "auto-scaling-group",
        "Key": key,
        "Value": tag.value,
        "PropagateAtLaunch": tag.propagates,
    })
}

pub(super) fn create_or_update(m: &mut Machine, params: &Params<'_>) -> Answer {
    for tag in params.each("Tags") {
        let group = m.auto_scaling.groups.get_mut(tag.need("ResourceId")?).ok_or_else(group_not_found)?;
        let (key, tag) = read(&tag)?;
        group.tags.insert(key, tag);
    }
    nothing_more()
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    for tag in params.each("Tags") {
        let group = m.auto_scaling.groups.get_mut(tag.need("ResourceId")?).ok_or_else(group_not_found)?;
        group.tags.remove(tag.need("Key")?);
    }
    nothing_more()
}

pub(super) fn describe(m: &mut Machine, params: &Params<'_>) -> Answer {
    let groups = m.auto_scaling.groups.values();
    let all = groups.flat_map(|group| group.tags.iter().map(|(key, tag)| json(&group.name, key, tag)));
    let passes = |tag: &Value, filter: &Params<'_>| {
        let wanted = filter.texts("Values");
        let is = |member: &str| tag[member].as_str().is_some_and(|value| wanted.contains(&value));
        match filter.text("Name").unwrap_or_default() {
            "auto-scaling-group" => is("ResourceId"),
            "key" => is("Key"),
            "value" => is("Value"),
            "propagate-at-launch" => {
                wanted.iter().any(|it| it.parse() == Ok(tag["PropagateAtLaunch"] == true))
            }
            _ => false,
        }
    };
    let tags = all.filter(|tag| params.each("Filters").all(|filter| passes(tag, &filter))).collect();
    let (page, next) = params.page(tags, "MaxRecords", "NextToken", 50)?;
    Ok(json!({ "Tags": page, "NextToken": next }))
}
