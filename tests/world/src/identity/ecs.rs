//! ECS: tasks and hosts by their ARN with the cluster as a condition, definitions where the reference has them.

use serde_json::Value;

use super::{Context, Resources, arn, request_tags, text, texts};
use crate::side_door::Check;

pub(super) fn checks(action: &str, params: &Value, resources: &dyn Resources) -> Vec<Check> {
    let name = format!("ecs:{action}");
    let cluster = cluster_name(params);
    let in_cluster = || Context::default().with("ecs:cluster", arn("ecs", &format!("cluster/{cluster}")));
    let tags = request_tags(&params["tags"], "key", "value");
    let each = |kind: &str, named: Vec<&str>| -> Vec<Check> {
        let arns = named.into_iter().map(|named| in_cluster_arn(kind, cluster, named));
        arns.map(|arn| in_cluster().tagged("ecs", &resources.tags(&arn)).check(&name, arn)).collect()
    };
    match action {
        "RunTask" | "StartTask" => {
            let named = text(params, "taskDefinition").unwrap_or_default();
            let definition = resources.task_definition(named).unwrap_or_default();
            let context = in_cluster().tagged("ecs", &resources.tags(&definition)).requesting(&tags);
            // Checked as it is named: a family without a revision matches no `family:*`.
            let as_named = if named.starts_with("arn:") {
                named
            } else {
                &arn("ecs", &format!("task-definition/{named}"))
            };
            let mut checks = vec![context.check(&name, as_named)];
            if !tags.is_empty() {
                let context = Context::default().requesting(&tags).with("ecs:CreateAction", action);
                checks.push(context.check("ecs:TagResource", arn("ecs", &format!("task/{cluster}/*"))));
            }
            let mut roles = resources.roles(&definition);
            let overrides = &params["overrides"];
            roles.extend(
                ["taskRoleArn", "executionRoleArn"]
                    .iter()
                    .filter_map(|key| Some(overrides[*key].as_str()?.to_owned())),
            );
            checks.extend(passed(roles));
            checks
        }
        "StopTask" => each("task", text(params, "task").into_iter().collect()),
        "DescribeTasks" => each("task", texts(params, "tasks")),
        "DescribeContainerInstances" | "UpdateContainerInstancesState" => {
            each("container-instance", texts(params, "containerInstances"))
        }
        "DeregisterContainerInstance"
        | "ListContainerInstances"
        | "SubmitTaskStateChange"
        | "RegisterContainerInstance"
        | "PutClusterCapacityProviders"
        | "UpdateCluster"
        | "UpdateClusterSettings"
        | "DeleteCluster" => {
            let cluster = arn("ecs", &format!("cluster/{cluster}"));
            vec![Context::default().tagged("ecs", &resources.tags(&cluster)).check(&name, cluster)]
        }
        "DescribeClusters" => {
            let named = texts(params, "clusters");
            let named = if named.is_empty() { vec!["default"] } else { named };
            let arns = named.into_iter().map(|named| arn("ecs", &format!("cluster/{}", last(named))));
            arns.map(|arn| Context::default().tagged("ecs", &resources.tags(&arn)).check(&name, arn))
                .collect()
        }
        "ListTasks" => {
            let host = text(params, "containerInstance");
            let resource =
                host.map_or("*".to_owned(), |host| in_cluster_arn("container-instance", cluster, host));
            vec![in_cluster().check(&name, resource)]
        }
        "PutAttributes" | "DeleteAttributes" | "ListAttributes" => {
            let cluster = arn("ecs", &format!("container-instance/{cluster}/*"));
            vec![in_cluster().check(&name, cluster)]
        }
        "RegisterTaskDefinition" => {
            let family = text(params, "family").unwrap_or_default();
            let resource = arn("ecs", &format!("task-definition/{family}:*"));
            let mut checks = vec![Context::default().requesting(&tags).check(&name, resource.clone())];
            if !tags.is_empty() {
                let context = Context::default().requesting(&tags).with("ecs:CreateAction", action);
                checks.push(context.check("ecs:TagResource", resource));
            }
            let roles = ["taskRoleArn", "executionRoleArn"].iter().filter_map(|key| text(params, key));
            checks.extend(passed(roles.map(str::to_owned).collect()));
            checks
        }
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            let resource = text(params, "resourceArn").unwrap_or("*").to_owned();
            let context = Context::default().tagged("ecs", &resources.tags(&resource)).requesting(&tags);
            vec![context.check(&name, resource)]
        }
        // Lists and descriptions of definitions know no resource.
        _ => vec![Context::default().requesting(&tags).check(&name, "*")],
    }
}

/// Whoever hands a role to ECS must be allowed to.
fn passed(mut roles: Vec<String>) -> impl Iterator<Item = Check> {
    roles.dedup();
    roles.into_iter().map(|role| {
        let role = if role.starts_with("arn:") {
            role
        } else {
            format!("arn:aws:iam::{}:role/{role}", super::ACCOUNT)
        };
        Context::default().with("iam:PassedToService", "ecs-tasks.amazonaws.com").check("iam:PassRole", role)
    })
}

fn cluster_name(params: &Value) -> &str {
    text(params, "cluster").map_or("default", last)
}

fn in_cluster_arn(kind: &str, cluster: &str, named: &str) -> String {
    if named.starts_with("arn:") {
        named.to_owned()
    } else {
        arn("ecs", &format!("{kind}/{cluster}/{named}"))
    }
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
