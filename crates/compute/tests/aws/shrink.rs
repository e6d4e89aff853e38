//! Giving machines back.

use control::PortError;
use control::port::Compute;
use model::Trust;
use model::id::InstanceId;
use serde_json::json;

use crate::server::{Asked, Reply, Server, reply};
use crate::world::{CLUSTER, compute, pool};

fn done(operation: &str) -> Reply {
    reply(
        200,
        format!(
            r#"<{operation}Response xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><{operation}Result/>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"#
        ),
    )
}

fn refused(message: &str) -> Reply {
    reply(
        400,
        format!(
            r#"<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
<Error><Type>Sender</Type><Code>ValidationError</Code><Message>{message}</Message></Error>
<RequestId>r</RequestId></ErrorResponse>"#
        ),
    )
}

const NOT_FOUND: &str = "Instance Id not found - No managed instance found for instance ID: i-2";
const AT_MINIMUM: &str = "Currently, desiredSize equals minSize (0). Terminating instance without replacement \
    will violate group's min size constraint.";

fn ids(n: usize) -> Vec<InstanceId> {
    (1..=n).map(|n| InstanceId(format!("i-{n}"))).collect()
}

fn is_batch(asked: &Asked) -> bool {
    asked.body.contains("InstanceIds.member.1")
}

#[tokio::test]
async fn ten_machines_are_drained_in_one_call() {
    let aws = Server::start(|_| reply(200, r#"{"containerInstances":[],"failures":[]}"#)).await;
    let handles: Vec<String> = (0..11).map(|n| format!("arn:{n}")).collect();
    compute(&aws).drain(Trust::Trusted, &handles).await.unwrap();
    let asked = aws.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[1].json(),
        json!({ "cluster": CLUSTER, "containerInstances": ["arn:10"], "status": "DRAINING" })
    );
}

#[tokio::test]
async fn machines_are_ended_by_name_and_the_pool_is_to_have_fewer() {
    let aws = Server::start(|asked| done(asked.operation())).await;
    compute(&aws).terminate(&pool(), &ids(2)).await.unwrap();
    assert_eq!(
        aws.asked()[0].body,
        "Action=TerminateInstanceInAutoScalingGroup&Version=2011-01-01&ShouldDecrementDesiredCapacity=true\
         &AutoScalingGroupName=quillon-arm64-spot&InstanceIds.member.1=i-1&InstanceIds.member.2=i-2"
    );
    assert_eq!(aws.asked().len(), 1);
}

#[tokio::test]
async fn one_that_is_gone_does_not_keep_the_others() {
    let aws = Server::start(|asked| match is_batch(asked) || asked.body.contains("InstanceId=i-2") {
        true => refused(NOT_FOUND),
        false => done(asked.operation()),
    })
    .await;
    compute(&aws).terminate(&pool(), &ids(3)).await.unwrap();
    let asked = aws.asked();
    assert_eq!(asked.len(), 4);
    assert!(asked.iter().all(|it| it.body.contains("ShouldDecrementDesiredCapacity=true")));
}

#[tokio::test]
async fn a_group_at_its_minimum_says_so() {
    let aws = Server::start(|_| refused(AT_MINIMUM)).await;
    let ended = compute(&aws).terminate(&pool(), &ids(1)).await;
    assert!(matches!(ended, Err(PortError::Refused { .. })), "{ended:?}");
}

#[tokio::test]
async fn a_pool_is_held_without_a_cooldown() {
    let aws = Server::start(|asked| done(asked.operation())).await;
    compute(&aws).hold(&pool(), 3).await.unwrap();
    assert_eq!(
        aws.asked()[0].body,
        "Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=quillon-arm64-spot\
         &DesiredCapacity=3&HonorCooldown=false"
    );
}
