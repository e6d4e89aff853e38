//! Machines of ours, whether a group has them or not.

use control::PortError;
use control::port::Compute;
use model::id::InstanceId;
use model::time::Timestamp;

use crate::server::{Asked, Reply, Server, reply};
use crate::world::compute;

fn page(ids: &[&str], next: Option<&str>) -> Reply {
    let instance = |id: &&str| {
        format!(
            "<item><instanceId>{id}</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
             <launchTime>2026-11-21T00:00:01.500Z</launchTime></item>"
        )
    };
    let instances: String = ids.iter().map(instance).collect();
    let next = next.map_or_else(String::new, |next| format!("<nextToken>{next}</nextToken>"));
    reply(
        200,
        format!(
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>\
             <reservationSet><item><instancesSet>{instances}</instancesSet></item></reservationSet>{next}\
             </DescribeInstancesResponse>"
        ),
    )
}

fn ended() -> Reply {
    reply(
        200,
        "<TerminateInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>1</requestId>\
         <instancesSet/></TerminateInstancesResponse>",
    )
}

fn refused(code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    reply(400, format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>"))
}

fn ids(ids: &[&str]) -> Vec<InstanceId> {
    ids.iter().map(|id| InstanceId::from(*id)).collect()
}

#[tokio::test]
async fn machines_are_asked_for_by_tag_and_page() {
    let aws = Server::start(|asked| match asked.body.contains("NextToken=more") {
        false => page(&["i-1", "i-2"], Some("more")),
        true => page(&["i-3"], None),
    })
    .await;
    let machines = compute(&aws).machines().await.unwrap();
    let launched = Timestamp(1_795_219_201_500);
    assert_eq!(machines, ids(&["i-1", "i-2", "i-3"]).into_iter().map(|id| (id, launched)).collect());
    assert_eq!(
        aws.asked()[0].body,
        "Action=DescribeInstances&Version=2016-11-15\
         &Filter.1.Name=tag%3Aquillon&Filter.1.Value.1=quillon\
         &Filter.2.Name=instance-state-name&Filter.2.Value.1=pending&Filter.2.Value.2=running\
         &Filter.2.Value.3=stopping&Filter.2.Value.4=stopped&MaxResults=1000"
    );
}

#[tokio::test]
async fn what_cannot_be_ended_spares_nobody_else() {
    let aws = Server::start(|asked: &Asked| match (asked.body.contains("i-1"), asked.body.contains("i-2")) {
        (true, _) => refused("InvalidInstanceID.NotFound"),
        (_, true) => refused("OperationNotPermitted"),
        _ => ended(),
    })
    .await;
    let all = compute(&aws).scrap(&ids(&["i-1", "i-2", "i-3"])).await;
    assert!(matches!(all, Err(PortError::Refused { .. })), "{all:?}");
    let asked: Vec<String> = aws.asked().into_iter().map(|asked| asked.body).collect();
    let of = |ids: &str| format!("Action=TerminateInstances&Version=2016-11-15{ids}");
    assert_eq!(
        asked,
        [
            of("&InstanceId.1=i-1&InstanceId.2=i-2&InstanceId.3=i-3"),
            of("&InstanceId.1=i-1"),
            of("&InstanceId.1=i-2"),
            of("&InstanceId.1=i-3"),
        ]
    );
    compute(&aws).scrap(&ids(&["i-1"])).await.expect("one that is gone is ended");
}

#[tokio::test]
async fn too_often_is_not_asked_again_one_by_one() {
    let aws = Server::start(|_| refused("RequestLimitExceeded")).await;
    let all = compute(&aws).scrap(&ids(&["i-1", "i-2"])).await;
    assert!(matches!(all, Err(PortError::Throttled { .. })), "{all:?}");
    assert_eq!(aws.asked().len(), 1);
}
