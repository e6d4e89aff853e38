//! The wire forms of the compute model, spoken as plain HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use async_trait::async_trait;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use sim::compute::{Changing, Output, Refusal, Service, Settings, Timing};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use world::Check;
use world::compute::{Authorize, Caller, ComputeService, Everyone, Running, Table, system_clock};

struct Wire {
    running: Running,
    outputs: UnboundedReceiver<Output>,
}

struct Answer {
    status: u16,
    content_type: String,
    body: String,
}

impl Wire {
    async fn open(authorize: impl Authorize + 'static) -> Self {
        let settings = Settings { timing: Timing::instant(), ..Settings::default() };
        let (service, outputs) = ComputeService::new(settings, Table::default(), authorize, system_clock());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { running: service.start(listener).unwrap(), outputs }
    }

    async fn send(&self, headers: &[(&str, &str)], body: String) -> Answer {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<bytes::Bytes>>();
        let mut request = http::Request::post(format!("http://{}/", self.running.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = client.request(request.body(Full::from(body)).unwrap()).await.unwrap();
        assert!(answer.headers().contains_key("x-amzn-requestid"));
        Answer {
            status: answer.status().as_u16(),
            content_type: answer.headers()["content-type"].to_str().unwrap().to_owned(),
            body: String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        }
    }

    async fn ecs(&self, action: &str, body: &str) -> Answer {
        let target = format!("AmazonEC2ContainerServiceV20141113.{action}");
        let headers = [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
        self.send(&headers, body.to_owned()).await
    }

    async fn form(&self, body: &str) -> Answer {
        self.send(&[("content-type", "application/x-www-form-urlencoded")], body.to_owned()).await
    }
}

#[tokio::test]
async fn ecs_speaks_json() {
    let wire = Wire::open(Everyone).await;
    let answer = wire.ecs("CreateCluster", r#"{"clusterName":"one"}"#).await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/x-amz-json-1.1"));
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["cluster"]["clusterArn"], "arn:aws:ecs:eu-central-1:123456789012:cluster/one");
    for (action, body, code) in [
        ("StopTask", r#"{"cluster":"one","task":"0"}"#, "InvalidParameterException"),
        ("StopTask", r#"{"cluster":"none","task":"0"}"#, "ClusterNotFoundException"),
        ("StopTask", "{", "SerializationException"),
        ("Nothing", "{}", "UnknownOperationException"),
    ] {
        let answer = wire.ecs(action, body).await;
        let refusal: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, &refusal["__type"]), (400, &json!(code)));
        assert!(refusal["message"].is_string());
    }
}

#[tokio::test]
async fn auto_scaling_speaks_its_query_protocol() {
    let wire = Wire::open(Everyone).await;
    let answer = wire.form("Action=DescribeAutoScalingGroups&Version=2011-01-01").await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/xml"));
    let begin = "<DescribeAutoScalingGroupsResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">\
                 <DescribeAutoScalingGroupsResult><AutoScalingGroups></AutoScalingGroups>\
                 </DescribeAutoScalingGroupsResult><ResponseMetadata><RequestId>";
    assert!(answer.body.starts_with(begin), "{}", answer.body);
    let answer = wire
        .form("Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=a%26b&DesiredCapacity=1")
        .await;
    assert_eq!(answer.status, 400);
    let begin = "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error><Type>Sender</Type>\
                 <Code>ValidationError</Code><Message>";
    assert!(
        answer.body.starts_with(begin) && answer.body.ends_with("</RequestId></ErrorResponse>"),
        "{}",
        answer.body
    );
    let answer = wire.form("Action=Nothing&Version=2011-01-01").await;
    assert!(answer.body.contains("<Code>InvalidAction</Code>"));
}

#[tokio::test]
async fn ec2_speaks_its_own() {
    let wire = Wire::open(Everyone).await;
    let answer =
        wire.form("Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag:a&Filter.1.Value.1=b").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains(
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>"
    ));
    assert!(answer.body.contains("<reservationSet></reservationSet>"));
    let answer =
        wire.form("Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0").await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.contains("<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>")
    );
    assert!(answer.body.contains("</Error></Errors><RequestID>"));
    assert!(
        wire.form("Action=DescribeInstances&Version=1999").await.body.contains("<Code>NoSuchVersion</Code>")
    );
}

/// Auto Scaling says 500 and blames the sender; ECS has a name for it.
#[tokio::test]
async fn what_somebody_else_changes_is_refused_in_each_services_own_words() {
    let wire = Wire::open(Everyone).await;
    wire.ecs("CreateCluster", r#"{"clusterName":"one"}"#).await;
    wire.running.service.with(|machine, now| {
        let until = now + std::time::Duration::from_secs(3600);
        for what in [
            Changing::Group("g".to_owned()),
            Changing::Cluster("one".to_owned()),
            Changing::Family("f".to_owned()),
        ] {
            machine.changed_by_another(what, until);
        }
    });
    let set = "Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=g&DesiredCapacity=1";
    let answer = wire.form(set).await;
    assert_eq!(answer.status, 500);
    assert!(
        answer.body.contains("<Type>Sender</Type><Code>ResourceContention</Code><Message>You already have"),
        "{}",
        answer.body
    );
    let providers = r#"{"cluster":"one","capacityProviders":[],"defaultCapacityProviderStrategy":[]}"#;
    let definition = r#"{"family":"f","containerDefinitions":[{"name":"c","image":"i","memory":64}]}"#;
    for (action, body, code) in [
        ("PutClusterCapacityProviders", providers, "UpdateInProgressException"),
        ("RegisterTaskDefinition", definition, "ClientException"),
    ] {
        let answer = wire.ecs(action, body).await;
        let refusal: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, &refusal["__type"]), (400, &json!(code)), "{refusal}");
    }
}

#[tokio::test]
async fn a_fault_of_auto_scaling_is_the_receivers() {
    let wire = Wire::open(Everyone).await;
    let fault = Refusal::new("InternalFailure", 500, "");
    wire.running.service.with(|machine, _| machine.refuse_next("DescribeAutoScalingGroups", fault));
    let answer = wire.form("Action=DescribeAutoScalingGroups&Version=2011-01-01").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("<Type>Receiver</Type><Code>InternalFailure</Code>"), "{}", answer.body);
}

/// Denies everything, saying what was asked.
struct Nobody;

#[async_trait]
impl Authorize for Nobody {
    async fn authorize(&self, _: &Caller<'_>, of: Service, checks: &[Check]) -> Result<(), Refusal> {
        let asked: Vec<String> =
            checks.iter().map(|it| format!("{} on {}", it.action, it.resource)).collect();
        Err(Refusal::denied(of, asked.join(", ")))
    }
}

#[tokio::test]
async fn a_denial_is_in_the_services_own_words_and_nothing_is_done() {
    let mut wire = Wire::open(Nobody).await;
    let answer = wire.ecs("DeleteCluster", r#"{"cluster":"one"}"#).await;
    let denial: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &denial["__type"]), (400, &json!("AccessDeniedException")));
    assert_eq!(denial["message"], "ecs:DeleteCluster on arn:aws:ecs:eu-central-1:123456789012:cluster/one");
    let answer = wire.form("Action=DeleteAutoScalingGroup&Version=2011-01-01&AutoScalingGroupName=g").await;
    assert!(answer.status == 403 && answer.body.contains("<Code>AccessDenied</Code>"));
    let answer = wire.form("Action=DescribeInstances&Version=2016-11-15").await;
    assert!(answer.status == 403 && answer.body.contains("<Code>UnauthorizedOperation</Code>"));
    assert!(wire.outputs.try_recv().is_err());
}

#[tokio::test]
async fn what_happens_is_handed_out_as_it_happens() {
    let mut wire = Wire::open(Everyone).await;
    wire.ecs("CreateCluster", r#"{"clusterName":"one"}"#).await;
    let definition = r#"{"family":"f","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512","containerDefinitions":[{"name":"c","image":"i"}]}"#;
    wire.ecs("RegisterTaskDefinition", definition).await;
    let network = r#"{"awsvpcConfiguration":{"subnets":["subnet-1"]}}"#;
    let launch = format!(
        r#"{{"cluster":"one","taskDefinition":"f","launchType":"FARGATE","networkConfiguration":{network}}}"#
    );
    wire.ecs("RunTask", &launch).await;
    let mut statuses = Vec::new();
    while statuses.last().is_none_or(|status| status != "RUNNING") {
        if let Some(Output::Event(event)) = wire.outputs.recv().await {
            statuses.push(event.detail["lastStatus"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(statuses, ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]);
}
