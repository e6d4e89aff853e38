//! AWS behind one endpoint: what comes through the front door, and what is left when the world ends.

#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod common;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use common::{INSTALL, boto, boto_at, start};
use world::{Check, Options, Signed, Verdict};

#[test]
fn what_a_client_stores_comes_back_and_every_call_is_counted() {
    let world = start();
    let said = boto(
        &world,
        "
s3 = boto3.client('s3', config=boto3.session.Config(s3={'addressing_style': 'path'}))
s3.create_bucket(Bucket='bucket', CreateBucketConfiguration={'LocationConstraint': 'eu-central-1'})
body = os.urandom(3_000_000)
s3.put_object(Bucket='bucket', Key='a b/c', Body=body)
assert s3.get_object(Bucket='bucket', Key='a b/c')['Body'].read() == body
sqs = boto3.client('sqs')
print(sqs.create_queue(QueueName='q')['QueueUrl'])",
    );
    assert_eq!(said, format!("{}/{}/q", world.aws_url(), world::ACCOUNT));
    let calls = world.calls().by("root");
    assert_eq!(calls.get("sqs:CreateQueue"), Some(&1));
    assert_eq!(calls.get("s3:PUT /bucket/a%20b/c"), Some(&1));
    assert_eq!(calls.len(), 4);
}

#[test]
fn nothing_lives_when_a_world_has_ended() {
    let world = start();
    let (folder, pid) = (world.folder().to_owned(), world.ministack_pid());
    assert!(folder.exists());
    drop(world);
    assert!(!folder.exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

/// A role that may run one task definition in one cluster, and a request signed by a session of it.
const ROLE: &str = r#"
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
iam = boto3.client('iam')
trust = {'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': 'arn:aws:iam::123456789012:root'}}]}
iam.create_role(RoleName='scaler', AssumeRolePolicyDocument=json.dumps(trust))
policy = {'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'ecs:RunTask', 'Resource': 'arn:aws:ecs:*:*:task-definition/quillon-*',
     'Condition': {'ArnEquals': {'ecs:cluster': 'arn:aws:ecs:eu-central-1:123456789012:cluster/ours'}}}]}
iam.put_role_policy(RoleName='scaler', PolicyName='p', PolicyDocument=json.dumps(policy))
session = boto3.client('sts').assume_role(
    RoleArn='arn:aws:iam::123456789012:role/scaler', RoleSessionName='one')['Credentials']
def sign(secret):
    url = os.environ['AWS_ENDPOINT_URL'] + '/'
    request = AWSRequest('POST', url, data=b'{}', headers={'x-amz-target': 'AmazonEC2ContainerServiceV20141113.RunTask'})
    keys = Credentials(session['AccessKeyId'], secret, session['SessionToken'])
    SigV4Auth(keys, 'ecs', 'eu-central-1').add_auth(request)
    host = ('host', url.split('/')[2])
    return [host] + [(name, value) for name, value in request.headers.items()]
print(json.dumps([sign(session['SecretAccessKey']), sign('wrong')]))
"#;

#[test]
fn a_signature_is_checked_and_then_what_its_role_may_do() {
    let world = start();
    let headers: [Vec<(String, String)>; 2] = serde_json::from_str(&boto(&world, ROLE)).unwrap();
    let [right, wrong] = headers.map(|headers| Signed {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers,
        body: "{}".into(),
    });
    let check = |cluster: &str| Check {
        action: "ecs:RunTask".to_owned(),
        resource: "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-x:1".to_owned(),
        context: BTreeMap::from([(
            "ecs:cluster".to_owned(),
            format!("arn:aws:ecs:eu-central-1:123456789012:cluster/{cluster}").into(),
        )]),
    };
    let caller = "arn:aws:sts::123456789012:assumed-role/scaler/one".to_owned();
    assert_eq!(
        world.authorize(right.clone(), vec![check("ours")]).unwrap(),
        Verdict::Allowed { caller: caller.clone() }
    );
    let denied = world.authorize(right.clone(), vec![check("theirs")]).unwrap();
    let Verdict::Denied { caller: denied, action, .. } = denied else { panic!("{denied:?}") };
    assert_eq!((denied, action.as_str()), (caller, "ecs:RunTask"));
    let forged = [wrong, Signed { body: "{ }".into(), ..right }];
    for signed in forged {
        let verdict = world.authorize(signed, vec![check("ours")]).unwrap();
        assert!(matches!(verdict, Verdict::Unauthenticated { .. }), "{verdict:?}");
    }
}

/// The processes that were given this endpoint: ministack and every function.
fn given(address: &str) -> Vec<String> {
    let needle = format!("AWS_ENDPOINT_URL=http://{address}\0");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .map(|process| process.path())
        .filter(|path| {
            let environ = std::fs::read(path.join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&environ).contains(&needle)
        })
        .map(|path| std::fs::read_to_string(path.join("cmdline")).unwrap_or_default())
        .collect()
}

const INVOKE: &str = "
event = {'body': 'x', 'requestContext': {'authorizer': {'iam': {'userArn': 'a'}}}}
boto3.client('lambda').invoke(FunctionName='broker', Payload=json.dumps(event))";

/// Killed at the latest when the test ends, however it ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_world_that_is_killed_leaves_no_process_and_no_file() {
    let options = Options::of_this_process().unwrap();
    let python = options.setup().python().unwrap();
    options.setup().node_modules().unwrap();
    let mut child = Killed(
        Command::new(env!("CARGO_BIN_EXE_world"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let lines: Vec<String> = lines.take_while(|line| line != "ready").collect();
    let names: Vec<&str> = lines.iter().filter_map(|line| Some(line.split_once(" http://")?.0)).collect();
    assert_eq!(names, ["aws", "compute", "github", "registry"]);
    let address = lines[0].strip_prefix("aws http://").unwrap();
    boto_at(&python, &format!("http://{address}"), INSTALL);
    boto_at(&python, &format!("http://{address}"), INVOKE);
    assert_eq!(given(address).len(), 2, "ministack and a function: {:?}", given(address));

    child.0.kill().unwrap();
    child.0.wait().unwrap();
    // The keeper holds the other end of this pipe until it has done its work.
    child.0.stderr.take().unwrap().read_to_string(&mut String::new()).unwrap();
    assert_eq!(given(address), Vec::<String>::new());
    assert!(std::net::TcpStream::connect(address).is_err());
}
