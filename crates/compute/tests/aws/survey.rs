//! What AWS lists.

use control::PortError;
use control::port::Compute;
use model::id::{InstanceId, TaskId, Zone};
use model::observation::{Member, Registration};
use model::size::{CpuUnits, Mib, Size};
use serde_json::{Value, json};

use crate::server::{Asked, Reply, Server, reply};
use crate::world::{CLUSTER, compute, pool};

fn groups(name: &str, instances: &[(&str, &str)]) -> Reply {
    let instances: String = instances
        .iter()
        .map(|(id, state)| {
            let version = if *id == "i-2" { 6 } else { 7 };
            format!(
                "<member><InstanceId>{id}</InstanceId><AvailabilityZone>eu-central-1a</AvailabilityZone>\
                 <LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>{version}</Version>\
                 </LaunchTemplate><LifecycleState>{state}</LifecycleState><HealthStatus>Healthy</HealthStatus></member>"
            )
        })
        .collect();
    let body = format!(
        r#"<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
<DescribeAutoScalingGroupsResult><AutoScalingGroups><member>
<AutoScalingGroupName>{name}</AutoScalingGroupName><MinSize>0</MinSize><MaxSize>10</MaxSize>
<DesiredCapacity>3</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>
<AvailabilityZones><member>eu-central-1a</member></AvailabilityZones>
<HealthCheckType>EC2</HealthCheckType><CreatedTime>2026-11-21T10:00:00Z</CreatedTime>
<MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification>
<LaunchTemplateId>lt-1</LaunchTemplateId><Version>7</Version>
</LaunchTemplateSpecification></LaunchTemplate></MixedInstancesPolicy>
<Instances>{instances}</Instances>
</member></AutoScalingGroups></DescribeAutoScalingGroupsResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeAutoScalingGroupsResponse>"#
    );
    reply(200, body)
}

fn instance(id: &str, status: &str, is_connected: bool) -> Value {
    json!({
        "containerInstanceArn": format!("arn:{id}"), "ec2InstanceId": id, "status": status,
        "agentConnected": is_connected, "runningTasksCount": 2, "pendingTasksCount": 1,
        "registeredResources": [
            {"name": "CPU", "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": 16384},
            {"name": "MEMORY", "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": 31783},
            {"name": "PORTS", "type": "STRINGSET", "integerValue": 0, "stringSetValue": ["22"]},
        ],
        "remainingResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 1}],
    })
}

fn answer(asked: &Asked, group: &str) -> Reply {
    let json = match asked.operation() {
        "DescribeAutoScalingGroups" => {
            return groups(
                group,
                &[
                    ("i-1", "InService"),
                    ("i-2", "Pending"),
                    ("i-3", "Terminating:Wait"),
                    ("i-4", "Terminated"),
                    ("i-5", "Standby"),
                    ("i-6", "Pending:Wait"),
                ],
            );
        }
        "ListContainerInstances" => json!({"containerInstanceArns": ["arn:i-1", "arn:i-7", "arn:i-8"]}),
        "DescribeContainerInstances" => json!({
            "containerInstances": [
                instance("i-1", "ACTIVE", true),
                instance("i-7", "ACTIVE", false),
                instance("i-8", "DRAINING", true),
            ],
            "failures": [{"arn": "arn:i-9", "reason": "MISSING"}],
        }),
        "ListTasks" if asked.json().get("nextToken").is_none() => {
            json!({"taskArns": ["arn:aws:ecs:eu-central-1:1:task/quillon-trusted/t1"], "nextToken": "more"})
        }
        "ListTasks" => json!({"taskArns": ["arn:aws:ecs:eu-central-1:1:task/quillon-trusted/t2"]}),
        other => panic!("nobody needs {other} for a survey"),
    };
    reply(200, json.to_string())
}

#[tokio::test]
async fn a_survey_is_members_machines_and_tasks() {
    let aws = Server::start(|asked| answer(asked, "quillon-arm64-spot")).await;
    let survey = compute(&aws).survey().await.unwrap();
    let member = |id: &str| {
        let is_outdated = id == "i-2";
        let member = Member { pool: pool(), zone: Zone::from("eu-central-1a"), is_outdated };
        (InstanceId::from(id), member)
    };
    assert_eq!(survey.members, ["i-1", "i-2", "i-5", "i-6"].map(member).into());
    assert_eq!(survey.held, [(pool(), 3)].into());
    let size = Size { cpu: CpuUnits(16384), memory: Mib(31783) };
    let registered = &survey.registered[&InstanceId::from("i-1")];
    assert_eq!(
        registered,
        &Registration { handle: "arn:i-1".to_owned(), size, is_connected: true, n_tasks: 3 }
    );
    let connected = survey.registered.iter().filter(|(_, it)| it.is_connected).map(|(id, _)| id.0.as_str());
    assert_eq!(connected.collect::<Vec<_>>(), ["i-1", "i-8"]);
    assert_eq!(survey.draining, ["i-8"].map(InstanceId::from).into());
    assert_eq!(survey.tasks.into_keys().collect::<Vec<_>>(), ["t1", "t2"].map(TaskId::from));
    let asked = aws.asked();
    let of = |operation: &str| asked.iter().find(|asked| asked.operation() == operation).unwrap();
    assert_eq!(
        of("DescribeAutoScalingGroups").body,
        "Action=DescribeAutoScalingGroups&Version=2011-01-01\
         &AutoScalingGroupNames.member.1=quillon-arm64-spot&MaxRecords=100"
    );
    assert_eq!(
        of("DescribeContainerInstances").json(),
        json!({"cluster": CLUSTER, "containerInstances": ["arn:i-1", "arn:i-7", "arn:i-8"]})
    );
    assert_eq!(
        of("ListTasks").json(),
        json!({"cluster": CLUSTER, "desiredStatus": "RUNNING", "maxResults": 100})
    );
}

#[tokio::test]
async fn an_empty_cluster_is_not_described() {
    let aws = Server::start(|asked| match asked.operation() {
        "ListContainerInstances" => reply(200, r#"{"containerInstanceArns":[]}"#),
        "ListTasks" => reply(200, r#"{"taskArns":[]}"#),
        _ => answer(asked, "quillon-arm64-spot"),
    })
    .await;
    let survey = compute(&aws).survey().await.unwrap();
    assert!(survey.registered.is_empty() && survey.tasks.is_empty());
    assert!(!aws.operations().contains(&"DescribeContainerInstances".to_owned()));
}

#[tokio::test]
async fn a_group_that_is_gone_is_not_a_group_without_members() {
    let aws = Server::start(|asked| answer(asked, "somebody-elses")).await;
    let error = compute(&aws).survey().await.unwrap_err();
    assert!(matches!(error, PortError::NotFound { .. }), "{error:?}");
    assert!(control::Chain(&error).to_string().contains("there is no group quillon-arm64-spot"));
}

#[tokio::test]
async fn however_many_machines_there_are_few_are_described_at_once() {
    let aws = Server::start(|asked| match asked.operation() {
        "ListContainerInstances" => {
            let page = asked.json()["nextToken"].as_str().map_or(0, |page| page.parse::<u32>().unwrap());
            let arns: Vec<String> = (0..100).map(|n| format!("i-{}", page * 100 + n)).collect();
            let next = (page < 24).then(|| (page + 1).to_string());
            reply(200, json!({"containerInstanceArns": arns, "nextToken": next}).to_string())
        }
        "DescribeContainerInstances" => {
            let asked = asked.json();
            let arns = asked["containerInstances"].as_array().unwrap().iter();
            let machines: Vec<Value> =
                arns.map(|arn| instance(arn.as_str().unwrap(), "ACTIVE", true)).collect();
            reply(200, json!({"containerInstances": machines, "failures": []}).to_string())
        }
        _ => answer(asked, "quillon-arm64-spot"),
    })
    .await;
    let survey = compute(&aws).survey().await.unwrap();
    assert_eq!(survey.registered.len(), 2_500);
    let described = aws.operations().iter().filter(|it| *it == "DescribeContainerInstances").count();
    assert_eq!((described, aws.most_at_once("DescribeContainerInstances")), (25, 4));
}
