//! Custom attributes of container instances.

use super::{cluster, container_instance, last_part};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal, invalid};
use crate::numbers::ecs::AT_ONCE;
use serde_json::{Value, json};

pub(super) fn put(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let attributes = params.list("attributes");
    if attributes.is_empty() || attributes.len() > AT_ONCE {
        return Err(invalid("attributes can have at most 10 items."));
    }
    for attribute in params.each("attributes") {
        let arn = target(m, &cluster, &attribute)?;
        let name = attribute.need("name")?;
        if name.starts_with("ecs.") || name.starts_with("com.amazonaws.") {
            return Err(invalid(format!("The attribute name {name} is reserved.")));
        }
        let Some(instance) = m.ecs.container_instances.get_mut(&arn) else { continue };
        if !instance.attributes.contains_key(name) && instance.n_custom_attributes() >= AT_ONCE {
            return Err(Refusal::new(
                "AttributeLimitExceededException",
                400,
                "You can apply up to 10 custom attributes for each resource.",
            ));
        }
        let value = attribute.text("value").map(str::to_owned);
        instance.attributes.insert(name.to_owned(), value);
        container_instance::publish(m, &arn);
    }
    Ok(json!({ "attributes": attributes }))
}

pub(super) fn delete(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    for attribute in params.each("attributes") {
        let arn = target(m, &cluster, &attribute)?;
        let name = attribute.need("name")?;
        if let Some(instance) = m.ecs.container_instances.get_mut(&arn) {
            instance.attributes.remove(name);
            container_instance::publish(m, &arn);
        }
    }
    Ok(json!({ "attributes": params.list("attributes") }))
}

pub(super) fn list(m: &mut Machine, params: &Params<'_>) -> Answer {
    let cluster = cluster::name_in(m, params)?;
    let (name, value) = (params.text("attributeName"), params.text("attributeValue"));
    let instances = m.ecs.container_instances.values().filter(|instance| instance.cluster == cluster);
    let all = instances.flat_map(|instance| instance.attributes.iter().map(move |it| (&instance.arn, it)));
    let wanted = all.filter(|(_, (is, _))| name.is_none_or(|name| name == is.as_str()));
    let wanted = wanted.filter(|(_, (_, is))| value.is_none_or(|value| is.as_deref() == Some(value)));
    let found: Vec<Value> = wanted
        .map(|(arn, (name, value))| {
            json!({ "name": name, "value": value, "targetType": "container-instance", "targetId": arn })
        })
        .collect();
    let (page, next) = params.page(found, "maxResults", "nextToken", 100)?;
    Ok(json!({ "attributes": page, "nextToken": next }))
}

fn target(m: &Machine, cluster: &str, attribute: &Params<'_>) -> Result<String, Refusal> {
    let id = attribute.need("targetId")?;
    let found = m.ecs.container_instances.values().find(|instance| {
        instance.cluster == cluster && instance.is_registered() && last_part(&instance.arn) == last_part(id)
    });
    found.map(|instance| instance.arn.clone()).ok_or_else(|| {
        Refusal::new("TargetNotFoundException", 400, format!("The specified target {id} was not found."))
    })
}
