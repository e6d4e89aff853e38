//! ECS: task definitions, and tasks that are started.

use http::StatusCode;
use serde_json::{Value, json};

use super::Outside;

impl Outside {
    pub(super) fn ecs(&mut self, operation: &str, asked: Value) -> Option<(StatusCode, Value)> {
        Some(match operation {
            "DescribeTaskDefinition" => match self.definitions.get(asked["taskDefinition"].as_str()?) {
                Some(definition) => (StatusCode::OK, json!({ "taskDefinition": definition, "tags": [] })),
                None => {
                    let said = json!({ "__type": "ClientException", "message": "Unable to describe task definition." });
                    (StatusCode::BAD_REQUEST, said)
                }
            },
            "RegisterTaskDefinition" => (StatusCode::OK, self.register(asked)?),
            "RunTask" => (StatusCode::OK, self.run(&asked)?),
            _ => return None,
        })
    }

    fn register(&mut self, mut definition: Value) -> Option<Value> {
        let family = definition["family"].as_str()?.to_owned();
        let arn = format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{family}:1");
        let tags = definition.as_object_mut()?.remove("tags");
        definition["taskDefinitionArn"] = arn.into();
        definition["revision"] = 1.into();
        definition["status"] = "ACTIVE".into();
        self.definitions.insert(family, definition.clone());
        Some(json!({ "taskDefinition": definition, "tags": tags }))
    }

    fn run(&mut self, asked: &Value) -> Option<Value> {
        let (family, _) = asked["taskDefinition"].as_str()?.split_once(':')?;
        let definition = self.definitions.get(family)?;
        self.n_tasks += 1;
        let id = format!("{:032x}", self.n_tasks);
        Some(json!({ "failures": [], "tasks": [{
            "taskArn": format!("arn:aws:ecs:eu-central-1:123456789012:task/quillon-trusted/{id}"),
            "clusterArn": asked["cluster"],
            "taskDefinitionArn": definition["taskDefinitionArn"],
            "overrides": asked["overrides"],
            "startedBy": asked["startedBy"],
            "launchType": "EC2",
            "lastStatus": "PENDING",
            "desiredStatus": "RUNNING",
            "createdAt": 1_767_225_600.0,
            "containers": [],
        }] }))
    }
}
