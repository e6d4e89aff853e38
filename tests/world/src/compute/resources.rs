//! Which rights each action needs, on which resources, under which condition keys.

use super::access::Access;
use serde_json::Value;
use sim::compute::{Machine, Service};
use std::collections::BTreeMap;

type Context = BTreeMap<String, Vec<String>>;

/// The rights a request needs, as the service authorization reference lists them.
pub(super) fn needed(machine: &Machine, service: Service, action: &str, params: &Value) -> Vec<Access> {
    match service {
        Service::Ecs => ecs(machine, action, params),
        Service::AutoScaling => auto_scaling(machine, action, params),
        Service::Ec2 => ec2(machine, action, params),
    }
}

fn ecs(machine: &Machine, action: &str, params: &Value) -> Vec<Access> {
    let cluster = last(params["cluster"].as_str().unwrap_or("default"));
    let cluster_arn = machine.arn("ecs", &format!("cluster/{cluster}"));
    let in_cluster = Context::from([("ecs:cluster".to_owned(), vec![cluster_arn.clone()])]);
    let of = |kind: &str, id: &str| match id {
        id if id.starts_with("arn:") => id.to_owned(),
        id => machine.arn("ecs", &format!("{kind}/{cluster}/{id}")),
    };
    let all =
        |kind: &str, member: &str| -> Vec<String> { texts(&params[member]).map(|id| of(kind, id)).collect() };
    let name = |member: &str| params[member].as_str().unwrap_or_default();
    let (resources, context) = match action {
        "RunTask" | "StartTask" => (vec![machine.task_definition_arn(name("taskDefinition"))], in_cluster),
        "StopTask" => (vec![of("task", name("task"))], in_cluster),
        "DescribeTasks" => (all("task", "tasks"), in_cluster),
        "ListTasks" => {
            (vec![of("container-instance", params["containerInstance"].as_str().unwrap_or("*"))], in_cluster)
        }
        "DescribeContainerInstances" | "UpdateContainerInstancesState" => {
            (all("container-instance", "containerInstances"), in_cluster)
        }
        "PutAttributes" | "DeleteAttributes" => {
            let targets = params["attributes"].as_array().into_iter().flatten();
            let ids = targets.filter_map(|it| it["targetId"].as_str());
            (ids.map(|id| of("container-instance", id)).collect(), in_cluster)
        }
        "ListContainerInstances"
        | "RegisterContainerInstance"
        | "DeregisterContainerInstance"
        | "DeleteCluster"
        | "UpdateCluster"
        | "UpdateClusterSettings"
        | "PutClusterCapacityProviders"
        | "ListAttributes" => (vec![cluster_arn], Context::new()),
        "CreateCluster" => {
            let name = params["clusterName"].as_str().unwrap_or("default");
            (vec![machine.arn("ecs", &format!("cluster/{name}"))], Context::new())
        }
        "DescribeClusters" => {
            let names =
                texts(&params["clusters"]).map(|it| machine.arn("ecs", &format!("cluster/{}", last(it))));
            (names.collect(), Context::new())
        }
        "RegisterTaskDefinition" => {
            (vec![machine.arn("ecs", &format!("task-definition/{}:*", name("family")))], Context::new())
        }
        "DeleteTaskDefinitions" => {
            let names = texts(&params["taskDefinitions"]).map(|it| machine.task_definition_arn(it));
            (names.collect(), Context::new())
        }
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            (vec![name("resourceArn").to_owned()], Context::new())
        }
        _ => (Vec::new(), Context::new()),
    };
    let mut needed =
        on_each(machine, &format!("ecs:{action}"), resources, &context, &params["tags"], "key", "value");
    needed.extend(passed_roles(machine, action, params));
    if matches!(
        action,
        "RunTask" | "StartTask" | "RegisterTaskDefinition" | "CreateCluster" | "RegisterContainerInstance"
    ) {
        needed.extend(tagging(machine, action, params, cluster));
    }
    needed
}

/// Whoever hands a role to a task must be allowed to.
fn passed_roles(machine: &Machine, action: &str, params: &Value) -> Vec<Access> {
    let mut roles: Vec<String> = match action {
        "RegisterTaskDefinition" => roles(params),
        "RunTask" | "StartTask" => {
            let mut all = roles(&params["overrides"]);
            all.extend(machine.task_definition_roles(params["taskDefinition"].as_str().unwrap_or_default()));
            all
        }
        _ => Vec::new(),
    };
    roles.sort();
    roles.dedup();
    let context =
        Context::from([("iam:PassedToService".to_owned(), vec!["ecs-tasks.amazonaws.com".to_owned()])]);
    let access = |resource| Access { action: "iam:PassRole".to_owned(), resource, context: context.clone() };
    roles.into_iter().map(access).collect()
}

fn roles(of: &Value) -> Vec<String> {
    ["taskRoleArn", "executionRoleArn"].iter().filter_map(|it| Some(of[*it].as_str()?.to_owned())).collect()
}

/// Tags given at creation need the right to tag what is being created.
fn tagging(machine: &Machine, action: &str, params: &Value, cluster: &str) -> Vec<Access> {
    if params["tags"].as_array().is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let resource = match action {
        "RegisterTaskDefinition" => {
            format!("task-definition/{}:*", params["family"].as_str().unwrap_or_default())
        }
        "CreateCluster" => format!("cluster/{}", params["clusterName"].as_str().unwrap_or("default")),
        "RegisterContainerInstance" => format!("container-instance/{cluster}/*"),
        _ => format!("task/{cluster}/*"),
    };
    let mut context = Context::from([("ecs:CreateAction".to_owned(), vec![action.to_owned()])]);
    request_tags(&mut context, &params["tags"], "key", "value");
    vec![Access { action: "ecs:TagResource".to_owned(), resource: machine.arn("ecs", &resource), context }]
}

fn auto_scaling(machine: &Machine, action: &str, params: &Value) -> Vec<Access> {
    let name = params["AutoScalingGroupName"].as_str();
    let resources: Vec<String> = match action {
        _ if action.starts_with("Describe") => Vec::new(),
        "CreateAutoScalingGroup" => vec![group_pattern(machine, name.unwrap_or_default())],
        "CreateOrUpdateTags" | "DeleteTags" => {
            let tags = params["Tags"].as_array().into_iter().flatten();
            let mut groups: Vec<&str> = tags.filter_map(|tag| tag["ResourceId"].as_str()).collect();
            groups.dedup();
            groups.iter().map(|name| group_arn(machine, name)).collect()
        }
        "TerminateInstanceInAutoScalingGroup" | "SetInstanceHealth" if name.is_none() => {
            let group = machine.group_of_instance(params["InstanceId"].as_str().unwrap_or_default());
            vec![group.map_or_else(|| group_pattern(machine, "*"), |name| group_arn(machine, &name))]
        }
        _ => vec![group_arn(machine, name.unwrap_or_default())],
    };
    let mut needed = on_each(
        machine,
        &format!("autoscaling:{action}"),
        resources,
        &Context::new(),
        &params["Tags"],
        "Key",
        "Value",
    );
    under_own_prefix(&mut needed, "autoscaling");
    needed
}

fn ec2(machine: &Machine, action: &str, params: &Value) -> Vec<Access> {
    let instances = texts(&params["InstanceId"]).map(|id| machine.arn("ec2", &format!("instance/{id}")));
    let resources = if action == "TerminateInstances" { instances.collect() } else { Vec::new() };
    let action = format!("ec2:{action}");
    let mut needed = on_each(machine, &action, resources, &Context::new(), &Value::Null, "Key", "Value");
    under_own_prefix(&mut needed, "ec2");
    needed
}

/// Both services know a resource's tags under a key of their own, too.
fn under_own_prefix(needed: &mut [Access], prefix: &str) {
    for access in needed {
        let own = |(key, value): (&String, &Vec<String>)| {
            Some((format!("{prefix}:ResourceTag/{}", key.strip_prefix("aws:ResourceTag/")?), value.clone()))
        };
        let tags: Vec<_> = access.context.iter().filter_map(own).collect();
        access.context.extend(tags);
    }
}

/// One right per resource with that resource's tags; `*` where the action has no resources.
fn on_each(
    machine: &Machine,
    action: &str,
    resources: Vec<String>,
    context: &Context,
    tags: &Value,
    key: &str,
    value: &str,
) -> Vec<Access> {
    let resources = if resources.is_empty() { vec!["*".to_owned()] } else { resources };
    let access = |resource: String| {
        let mut context = context.clone();
        request_tags(&mut context, tags, key, value);
        for (key, value) in machine.resource_tags(&resource) {
            context.insert(format!("aws:ResourceTag/{key}"), vec![value]);
        }
        Access { action: action.to_owned(), resource, context }
    };
    resources.into_iter().map(access).collect()
}

fn request_tags(context: &mut Context, tags: &Value, key: &str, value: &str) {
    for tag in tags.as_array().into_iter().flatten() {
        let Some(name) = tag[key].as_str() else { continue };
        let value = tag[value].as_str().unwrap_or_default();
        context.insert(format!("aws:RequestTag/{name}"), vec![value.to_owned()]);
        context.entry("aws:TagKeys".to_owned()).or_default().push(name.to_owned());
    }
}

fn group_arn(machine: &Machine, name: &str) -> String {
    machine.group_arn(name).unwrap_or_else(|| group_pattern(machine, name))
}

/// A group that is not there has no id yet.
fn group_pattern(machine: &Machine, name: &str) -> String {
    machine.arn("autoscaling", &format!("autoScalingGroup:*:autoScalingGroupName/{name}"))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn last(arn_or_name: &str) -> &str {
    arn_or_name.rsplit('/').next().unwrap_or(arn_or_name)
}
