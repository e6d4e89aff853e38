//! From what a job needs to a task definition at ECS.

use compute::definition::definition;
use control::PortError;
use control::port::{Compute, Started};
use model::id::Revision;
use model::label::{Kind, Release, Version};
use model::observation::DefinitionKey;
use model::{Arch, Carrier};
use serde_json::{Value, json};

use crate::registry::{DIGEST, key, release};
use crate::server::{Asked, Reply, Server, reply};
use crate::world::{Time, compute, compute_with, launch, settings};

/// An ECS without any definition at first, which keeps what is registered as it is.
pub(crate) fn ecs() -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let known: std::sync::Mutex<Option<Value>> = std::sync::Mutex::default();
    move |asked| {
        let mut known = known.lock().unwrap();
        match asked.operation() {
            "DescribeTaskDefinition" => known.as_ref().map_or_else(
                || {
                    let message = "Unable to describe task definition.";
                    reply(400, json!({"__type": "ClientException", "message": message}).to_string())
                },
                |found| reply(200, json!({"taskDefinition": found}).to_string()),
            ),
            "RegisterTaskDefinition" => {
                let mut made = asked.json();
                made["revision"] =
                    json!(known.as_ref().map_or(1, |old| old["revision"].as_i64().unwrap() + 1));
                made["status"] = json!("ACTIVE");
                for container in made["containerDefinitions"].as_array_mut().unwrap() {
                    // As ECS answers them, with defaults of its own.
                    for empty in ["portMappings", "volumesFrom", "systemControls"] {
                        container[empty] = json!([]);
                    }
                    container["cpu"] = json!(0);
                }
                *known = Some(made.clone());
                reply(200, json!({"taskDefinition": made}).to_string())
            }
            other => panic!("nobody needs {other} for a definition"),
        }
    }
}

fn bare() -> DefinitionKey {
    DefinitionKey {
        kind: Kind::Bare,
        version: None,
        arch: Arch::X86_64,
        carrier: Carrier::Nodes,
        has_gpu: false,
        has_dind: false,
    }
}

#[tokio::test]
async fn what_is_registered_is_found_by_whoever_comes_later() {
    let aws = Server::start(ecs()).await;
    let first = compute(&aws).definition(&bare()).await.unwrap();
    let again = compute(&aws).definition(&bare()).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        aws.operations(),
        ["DescribeTaskDefinition", "RegisterTaskDefinition", "DescribeTaskDefinition"]
    );
    let family = definition(&bare(), &settings(), None).family;
    assert_eq!(first, Revision(format!("{family}:1")));
    assert_eq!(aws.asked()[0].json(), json!({"taskDefinition": family}));
}

#[tokio::test]
async fn what_somebody_put_on_top_by_hand_is_not_run() {
    let ours = ecs();
    let aws = Server::start(move |asked| {
        let answer = ours(asked);
        if asked.operation() == "RegisterTaskDefinition" && asked.body.contains("runner:v0.1.0") {
            let mut other = asked.clone();
            other.body = other.body.replace("runner:v0.1.0", "runner:mine");
            ours(&other);
        }
        answer
    })
    .await;
    let first = compute(&aws).definition(&bare()).await.unwrap();
    let again = compute(&aws).definition(&bare()).await.unwrap();
    assert!(first.0.ends_with(":1") && again.0.ends_with(":3"), "{first} {again}");
}

#[tokio::test]
async fn a_revision_that_was_taken_away_is_looked_for_again() {
    let ecs = ecs();
    let aws = Server::start(move |asked| match asked.operation() {
        "RunTask" => {
            let message = "TaskDefinition is inactive";
            reply(400, json!({"__type": "ClientException", "message": message}).to_string())
        }
        _ => ecs(asked),
    })
    .await;
    let compute = compute(&aws);
    let mut launch = launch();
    launch.revision = compute.definition(&bare()).await.unwrap();
    let started: Result<Started, PortError> = compute.start(&launch).await;
    assert!(matches!(started, Err(PortError::Refused { .. })));
    compute.definition(&bare()).await.unwrap();
    assert_eq!(aws.operations()[2..], ["RunTask", "DescribeTaskDefinition"]);
}

#[tokio::test]
async fn two_who_register_at_once_try_again_later() {
    let ecs = ecs();
    let aws = Server::start(move |asked| match asked.operation() {
        "RegisterTaskDefinition" => {
            let message = "Too many concurrent attempts to create a new revision of the specified family.";
            reply(400, json!({"__type": "ClientException", "message": message}).to_string())
        }
        _ => ecs(asked),
    })
    .await;
    let answer = compute(&aws).definition(&bare()).await;
    let Err(control::port::DefinitionError::Port(error)) = answer else { panic!("{answer:?}") };
    assert!(matches!(error, PortError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn a_definition_is_registered_in_ecs_own_words() {
    let registry = Server::start(|_| reply(200, "").header("docker-content-digest", DIGEST)).await;
    let aws = Server::start(ecs()).await;
    let mut settings = settings();
    settings.images.engine = format!("{}/engine", registry.address);
    compute_with(&aws, settings, &Time::default()).definition(&key(release())).await.unwrap();
    let mut request = aws.asked()[1].json();
    request["family"] = json!("quillon-quillon-<hash>");
    request["containerDefinitions"][1]["image"] = json!("<engine>@<digest>");
    insta::assert_snapshot!("registered", serde_json::to_string_pretty(&request).unwrap());
}

fn render(key: &DefinitionKey) -> String {
    let digest = key.version.as_ref().map(|_| DIGEST);
    serde_json::to_string_pretty(&definition(key, &settings(), digest)).unwrap()
}

#[test]
fn a_dagger_job_is_a_runner_and_an_engine() {
    insta::assert_snapshot!("dagger", render(&key(release())));
}

#[test]
fn a_docker_job_is_a_runner_and_a_dockerd() {
    insta::assert_snapshot!("docker", render(&DefinitionKey { kind: Kind::Docker, ..bare() }));
}

#[test]
fn a_bare_job_is_a_runner_alone() {
    insta::assert_snapshot!("bare", render(&bare()));
}

#[test]
fn a_bare_job_without_a_node_asks_for_nothing_that_fargate_refuses() {
    let key = DefinitionKey { carrier: Carrier::Serverless, ..bare() };
    insta::assert_snapshot!("bare_serverless", render(&key));
}

#[test]
fn a_gpu_and_a_dockerd_come_beside_the_engine() {
    let key = DefinitionKey { has_gpu: true, has_dind: true, arch: Arch::X86_64, ..key(Version::Latest) };
    insta::assert_snapshot!("dagger_gpu_dind", render(&key));
}

#[test]
fn only_the_engine_is_privileged() {
    let key = DefinitionKey { has_dind: true, ..key(release()) };
    let containers = definition(&key, &settings(), Some(DIGEST)).containers;
    let privileged: Vec<&str> = containers
        .iter()
        .filter(|container| container.privileged)
        .map(|container| container.name.as_str())
        .collect();
    assert_eq!(privileged, ["engine"]);
}

#[test]
fn every_content_has_a_family_of_its_own() {
    let family = |key: &DefinitionKey, digest| definition(key, &settings(), Some(digest)).family;
    let mut families = vec![
        family(&key(release()), "sha256:0"),
        family(&key(release()), "sha256:1"),
        family(&DefinitionKey { arch: Arch::X86_64, ..key(release()) }, "sha256:0"),
        family(&DefinitionKey { has_gpu: true, ..key(release()) }, "sha256:0"),
        family(&bare(), "sha256:0"),
    ];
    assert_eq!(families[0], family(&key(release()), "sha256:0"));
    // Before this release the engine's image has no init process.
    let old =
        |patch| definition(&key(Version::Release(Release::new(0, 20, patch))), &settings(), Some(DIGEST));
    assert!(old(6).containers[1].init_process_enabled && !old(7).containers[1].init_process_enabled);
    families.sort();
    families.dedup();
    assert_eq!(families.len(), 5);
}
