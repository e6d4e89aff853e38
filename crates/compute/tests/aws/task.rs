//! Starting and stopping tasks.

use control::PortError;
use control::port::{Compute, Described, Started};
use model::Trust;
use model::id::TaskId;
use model::launch::Launch;
use model::time::Timestamp;
use serde_json::json;

use crate::server::{Reply, Server, reply};
use crate::world::{CLUSTER, compute, launch, serverless};

const TASK: &str =
    "arn:aws:ecs:eu-central-1:123456789012:task/quillon-trusted/0123456789abcdef0123456789abcdef";

async fn start(answer: Reply) -> (Result<Started, PortError>, Server) {
    let aws = Server::start(move |_| answer.clone()).await;
    let started = compute(&aws).start(&launch()).await;
    (started, aws)
}

fn task() -> Started {
    Started::Task(TaskId::from("0123456789abcdef0123456789abcdef"))
}

#[tokio::test]
async fn a_launch_is_asked_for_with_the_words_of_its_row() {
    let answer = json!({"tasks": [{"taskArn": TASK, "lastStatus": "PENDING"}], "failures": []});
    let (started, aws) = start(reply(200, answer.to_string())).await;
    assert_eq!(started.unwrap(), task());
    let asked = &aws.asked()[0];
    assert_eq!(asked.operation(), "RunTask");
    let mut request = asked.json();
    let token = request["clientToken"].take();
    assert_eq!(
        request,
        json!({
            "cluster": CLUSTER,
            "taskDefinition": "quillon-quillon-0011223344556677:3",
            "count": 1,
            "launchType": "EC2",
            "placementConstraints": [
                {"type": "memberOf", "expression": "ec2InstanceId == i-0123456789abcdef0"}
            ],
            "overrides": {"cpu": "4096", "memory": "8192", "containerOverrides": [
                {"name": "runner", "environment": [{"name": "QUILLON_LAUNCH", "value": "29679449526-1"}]},
            ]},
            "startedBy": "quillon/29679449526-1",
            "clientToken": null,
            "tags": [{"key": "quillon", "value": "quillon"}],
            "propagateTags": "NONE",
            "enableExecuteCommand": false,
        })
    );
    let token = token.as_str().unwrap();
    assert!(token.starts_with("29679449526-1-") && token.len() <= 64, "{token}");
}

#[tokio::test]
async fn a_launch_without_a_node_runs_on_fargate() {
    let answer = json!({"tasks": [{"taskArn": TASK, "lastStatus": "PROVISIONING"}], "failures": []});
    let aws = Server::start(move |_| reply(200, answer.to_string())).await;
    let launch = Launch { node: None, pool: serverless(), ..launch() };
    assert_eq!(compute(&aws).start(&launch).await.unwrap(), task());
    let mut request = aws.asked()[0].json();
    assert!(request["clientToken"].take().is_string());
    assert_eq!(
        request,
        json!({
            "cluster": CLUSTER,
            "taskDefinition": "quillon-quillon-0011223344556677:3",
            "count": 1,
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}],
            "networkConfiguration": {"awsvpcConfiguration": {
                "subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED",
            }},
            "overrides": {"cpu": "4096", "memory": "8192", "containerOverrides": [
                {"name": "runner", "environment": [{"name": "QUILLON_LAUNCH", "value": "29679449526-1"}]},
            ]},
            "startedBy": "quillon/29679449526-1",
            "clientToken": null,
            "tags": [{"key": "quillon", "value": "quillon"}],
            "propagateTags": "NONE",
            "enableExecuteCommand": false,
        })
    );
}

#[tokio::test]
async fn a_launch_without_a_node_in_a_pool_of_nodes_is_never_asked_for() {
    let aws = Server::start(|_| reply(500, "")).await;
    let launch = Launch { node: None, ..launch() };
    assert!(matches!(compute(&aws).start(&launch).await, Err(PortError::Refused { .. })));
    assert!(aws.asked().is_empty());
}

#[tokio::test]
async fn asking_twice_is_asking_the_same() {
    let aws = Server::start(|_| reply(200, json!({"tasks": [{"taskArn": TASK}]}).to_string())).await;
    let compute = compute(&aws);
    for _ in 0..2 {
        assert_eq!(compute.start(&launch()).await.unwrap(), task());
    }
    let mut other = launch();
    other.size.memory.0 += 1;
    compute.start(&other).await.unwrap();
    let asked = aws.asked();
    assert_eq!(asked[0].body, asked[1].body);
    assert_ne!(asked[0].json()["clientToken"], asked[2].json()["clientToken"]);
}

#[tokio::test]
async fn a_node_without_room_is_a_refusal_with_its_reasons() {
    let answer = json!({"tasks": [], "failures": [
        {"arn": "arn:aws:ecs:eu-central-1:123456789012:container-instance/a/b", "reason": "RESOURCE:MEMORY"},
        {"arn": "arn:aws:ecs:eu-central-1:123456789012:container-instance/a/c", "reason": "RESOURCE:MEMORY"},
        {"reason": "AGENT", "detail": "disconnected"},
    ]});
    let (started, _aws) = start(reply(200, answer.to_string())).await;
    assert_eq!(started.unwrap(), Started::Refused("RESOURCE:MEMORY; AGENT (disconnected)".to_owned()));
}

#[tokio::test]
async fn an_answer_without_tasks_or_reasons_is_a_refusal_too() {
    let (started, _aws) = start(reply(200, r#"{"tasks":[],"failures":[]}"#)).await;
    assert!(matches!(started.unwrap(), Started::Refused(_)));
}

#[tokio::test]
async fn a_task_of_the_same_token_is_adopted() {
    let answer = json!({
        "__type": "ConflictException",
        "message": "The request conflicts with the one that used this token.",
        "resourceIds": [TASK],
    });
    let (started, _aws) = start(reply(400, answer.to_string())).await;
    assert_eq!(started.unwrap(), task());
}

#[tokio::test]
async fn a_cluster_without_nodes_is_a_refusal_of_this_launch() {
    let answer = json!({
        "__type": "InvalidParameterException",
        "message": "No Container Instances were found in your cluster.",
    });
    let (started, _aws) = start(reply(400, answer.to_string())).await;
    let reason = "InvalidParameterException: No Container Instances were found in your cluster.";
    assert_eq!(started.unwrap(), Started::Refused(reason.to_owned()));
}

#[tokio::test]
async fn errors_are_sorted_by_what_to_do_next() {
    let sorted = async |status, code: &str| {
        let (started, _aws) =
            start(reply(status, json!({"__type": code, "message": "so"}).to_string())).await;
        started.unwrap_err()
    };
    assert!(matches!(sorted(400, "ThrottlingException").await, PortError::Throttled { .. }));
    assert!(matches!(sorted(400, "AccessDeniedException").await, PortError::Denied { .. }));
    assert!(matches!(sorted(400, "ClusterNotFoundException").await, PortError::NotFound { .. }));
    assert!(matches!(sorted(400, "ClientException").await, PortError::Refused { .. }));
    assert!(matches!(sorted(500, "ServerException").await, PortError::Transient { .. }));
    assert!(matches!(sorted(400, "NobodyKnowsException").await, PortError::Transient { .. }));
    let error = sorted(400, "ClientException").await;
    assert_eq!(control::Chain(&error).to_string(), "refused: RunTask: ClientException: so");
}

#[tokio::test]
async fn a_tier_without_a_cluster_is_never_placed() {
    let aws = Server::start(|_| reply(500, "")).await;
    let mut launch = launch();
    launch.trust = Trust::Untrusted;
    assert!(matches!(compute(&aws).start(&launch).await, Err(PortError::Refused { .. })));
    assert!(aws.asked().is_empty());
}

#[tokio::test]
async fn a_task_is_stopped_with_the_reason() {
    let aws = Server::start(|_| reply(200, json!({"task": {"taskArn": TASK}}).to_string())).await;
    compute(&aws).stop(Trust::Trusted, &TaskId::from("0123"), "its job ended").await.unwrap();
    assert_eq!(aws.operations(), ["StopTask"]);
    assert_eq!(aws.asked()[0].json(), json!({"cluster": CLUSTER, "task": "0123", "reason": "its job ended"}));
}

#[tokio::test]
async fn a_task_that_nobody_knows_is_stopped() {
    let answer =
        json!({"__type": "InvalidParameterException", "message": "The referenced task was not found."});
    let aws = Server::start(move |_| reply(400, answer.to_string())).await;
    compute(&aws).stop(Trust::Trusted, &TaskId::from("0123"), &"ä".repeat(300)).await.unwrap();
    assert_eq!(aws.asked()[0].json()["reason"].as_str().unwrap().chars().count(), 255);
}

#[tokio::test]
async fn a_task_is_ours_by_its_mark_and_by_the_family_of_its_definition() {
    let arn = |task: u32| format!("arn:aws:ecs:eu-central-1:123456789012:task/quillon-trusted/{task}");
    let task = |task: u32, mark: &str, family: &str, desired: &str| {
        json!({
            "taskArn": arn(task), "startedBy": mark, "desiredStatus": desired, "createdAt": 1_795_219_200.25,
            "taskDefinitionArn": format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{family}:3"),
        })
    };
    let ours = "quillon-quillon-0011223344556677";
    let answer = json!({
        "tasks": [
            task(1, "quillon/7-1", ours, "RUNNING"),
            task(2, "quillon/7-2", ours, "STOPPED"),
            task(3, "quillon/7-3", "quillon-quillon-two-0011223344556677", "RUNNING"),
            task(4, "quillon/7-4", "quillon-other-0011223344556677", "RUNNING"),
            task(5, "quillon/", ours, "RUNNING"),
            task(6, "ecs-svc/0123456789012345678", "agent", "RUNNING"),
        ],
        "failures": [{"arn": arn(7), "reason": "MISSING"}],
    });
    let aws = Server::start(move |_| reply(200, answer.to_string())).await;
    let tasks: Vec<TaskId> = (1..=7).map(|task| TaskId(task.to_string())).collect();
    let described = compute(&aws).describe(Trust::Trusted, &tasks).await.unwrap();
    let it = Described { launch: "7-1".parse().unwrap(), began: Timestamp(1_795_219_200_250) };
    assert_eq!(described, [(TaskId::from("1"), it)].into());
    let asked = &aws.asked()[0];
    assert_eq!(asked.operation(), "DescribeTasks");
    assert_eq!(asked.json(), json!({"cluster": CLUSTER, "tasks": ["1", "2", "3", "4", "5", "6", "7"]}));
}
