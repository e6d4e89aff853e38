//! Ordering nodes.

use control::PortError;
use control::port::{Compute, Ordered};
use model::id::{InstanceId, OrderId, Zone};
use model::node::Order;
use model::rules::PoolName;
use model::time::Timestamp;

use crate::server::{Reply, Server, reply};
use crate::world::{compute, pool};

fn order(n: u32) -> Order {
    Order { id: OrderId { pool: pool(), version: 7 }, zone: Zone::from("eu-central-1a"), n, at: Timestamp(5) }
}

fn launched(members: &str, errors: &str) -> Reply {
    reply(
        200,
        format!(
            r#"<LaunchInstancesResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <LaunchInstancesResult>
    <AutoScalingGroupName>quillon-arm64-spot</AutoScalingGroupName>
    <ClientToken>token</ClientToken>
    <Instances>{members}</Instances>
    <Errors>{errors}</Errors>
  </LaunchInstancesResult>
  <ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId></ResponseMetadata>
</LaunchInstancesResponse>"#
        ),
    )
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    reply(
        status,
        format!(
            r#"<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId>
</ErrorResponse>"#
        ),
    )
}

const TWO: &str = "<member><InstanceType>c7gd.4xlarge</InstanceType><MarketType>spot</MarketType>\
    <SubnetId>subnet-1</SubnetId><AvailabilityZone>eu-central-1a</AvailabilityZone>\
    <InstanceIds><member>i-1</member></InstanceIds></member>\
    <member><InstanceType>c6gd.4xlarge</InstanceType><InstanceIds><member>i-2</member></InstanceIds></member>";

const NO_CAPACITY: &str = "<member><InstanceType>c7gd.4xlarge</InstanceType><MarketType>spot</MarketType>\
    <ErrorCode>InsufficientInstanceCapacity</ErrorCode>\
    <ErrorMessage>There is no Spot capacity available that matches your request.</ErrorMessage></member>";

const REFUSAL: &str =
    "InsufficientInstanceCapacity: There is no Spot capacity available that matches your request.";

async fn ask(n: u32, answer: Reply) -> (Result<Ordered, PortError>, Server) {
    let aws = Server::start(move |_| answer.clone()).await;
    let ordered = compute(&aws).order(&order(n)).await;
    (ordered, aws)
}

fn ids(ids: &[&str]) -> Vec<InstanceId> {
    ids.iter().map(|&id| InstanceId::from(id)).collect()
}

#[tokio::test]
async fn an_order_asks_one_zone_of_the_pools_group() {
    let (ordered, aws) = ask(2, launched(TWO, "")).await;
    assert_eq!(ordered.unwrap(), Ordered { instances: ids(&["i-1", "i-2"]), refused: None });
    let body = aws.asked()[0].body.clone();
    let (before, after) = body.split_once("&ClientToken=").unwrap();
    assert_eq!(
        before,
        "Action=LaunchInstances&Version=2011-01-01&AutoScalingGroupName=quillon-arm64-spot&RequestedCapacity=2"
    );
    let (token, after) = after.split_once('&').unwrap();
    assert!(token.starts_with("arm64-spot-7-"), "{token}");
    assert_eq!(after, "AvailabilityZones.member.1=eu-central-1a&RetryStrategy=none");
}

#[tokio::test]
async fn the_same_order_has_the_same_token() {
    let aws = Server::start(|_| launched(TWO, "")).await;
    let compute = compute(&aws);
    for _ in 0..2 {
        compute.order(&order(2)).await.unwrap();
    }
    assert_eq!(aws.asked()[0].body, aws.asked()[1].body);
}

#[tokio::test]
async fn what_was_refused_stands_beside_what_was_launched() {
    let (ordered, _aws) = ask(3, launched(TWO, &NO_CAPACITY.repeat(2))).await;
    assert_eq!(
        ordered.unwrap(),
        Ordered { instances: ids(&["i-1", "i-2"]), refused: Some(REFUSAL.to_owned()) }
    );
}

#[tokio::test]
async fn a_refusal_may_come_as_an_error() {
    for (code, message) in [
        ("InsufficientInstanceCapacity", "none"),
        ("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded"),
        ("ValidationError", "The requested capacity would exceed the MaxSize of the group"),
    ] {
        let (ordered, _aws) = ask(1, error(400, code, message)).await;
        let refused = Some(format!("{code}: {message}"));
        assert_eq!(ordered.unwrap(), Ordered { instances: vec![], refused });
    }
}

#[tokio::test]
async fn what_is_in_progress_is_asked_for_again_later() {
    for (status, code) in
        [(500, "IdempotentCallInProgress"), (500, "ResourceContention"), (400, "ScalingActivityInProgress")]
    {
        let (ordered, _aws) = ask(1, error(status, code, "so")).await;
        assert!(matches!(ordered, Err(PortError::Transient { .. })), "{code}: {ordered:?}");
    }
}

#[tokio::test]
async fn other_errors_are_sorted_by_what_to_do_next() {
    let (ordered, _aws) = ask(1, error(400, "Throttling", "Rate exceeded")).await;
    assert!(matches!(ordered, Err(PortError::Throttled { .. })));
    let (ordered, _aws) = ask(1, error(403, "AccessDenied", "no")).await;
    assert!(matches!(ordered, Err(PortError::Denied { .. })));
    let (ordered, _aws) = ask(1, error(400, "IdempotentParameterMismatch", "no")).await;
    assert!(matches!(ordered, Err(PortError::Refused { .. })));
}

#[tokio::test]
async fn a_pool_without_a_group_is_never_asked_for() {
    let aws = Server::start(|_| launched("", "")).await;
    let mut order = order(1);
    order.id.pool = PoolName::parse("another").unwrap();
    assert!(matches!(compute(&aws).order(&order).await, Err(PortError::Refused { .. })));
    assert!(aws.asked().is_empty());
}
