//! Machines that boot, agents that run tasks, and what AWS tells of it.
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod common;

use std::{os::unix::fs::PermissionsExt, path::Path};

use common::{INSTALL, boto};
use serde_json::Value;
use world::{Options, World};

/// Stands for the runner: says who and where it is, asks its engine, and leaves when it is told.
const RUNNER: &str = r"
import json, os, signal, socket, sys, urllib.request
keys = json.load(urllib.request.urlopen(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']))
engine = socket.socket(socket.AF_UNIX)
engine.connect(os.environ['ENGINE'].removeprefix('unix://'))
engine.send(b'GET / HTTP/1.0\r\n\r\n')
print(json.dumps({'role': keys['RoleArn'], 'home': os.getcwd().endswith('/home/runner'),
                  'greeting': os.environ['GREETING'], 'engine': engine.recv(12).decode(),
                  'inherited': [name for name in os.environ if name.startswith('CARGO')]}), flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
while True:
    signal.pause()
";

/// A cluster, a group of machines that join it, a pair of containers, and a queue that hears of tasks.
const PLACE: &str = r#"
import base64
ecs, ec2, groups, events, sqs = (boto3.client(name) for name in ('ecs', 'ec2', 'autoscaling', 'events', 'sqs'))
ecs.create_cluster(clusterName='trusted')
iam.create_role(RoleName='node', AssumeRolePolicyDocument=trust({'Service': 'ec2.amazonaws.com'}))
iam.put_role_policy(RoleName='node', PolicyName='p', PolicyDocument=allow('execute-api:Invoke', '*'))
iam.create_instance_profile(InstanceProfileName='node')
iam.add_role_to_instance_profile(InstanceProfileName='node', RoleName='node')
iam.create_role(RoleName='job', AssumeRolePolicyDocument=trust({'Service': 'ecs-tasks.amazonaws.com'}))
data = f"ECS_CLUSTER=trusted\nQUILLON_API_URL={made['ApiEndpoint']}\n"
ec2.create_launch_template(LaunchTemplateName='pool', LaunchTemplateData={
    'InstanceType': 'c7g.xlarge', 'IamInstanceProfile': {'Name': 'node'},
    'UserData': base64.b64encode(data.encode()).decode()})
subnet = ec2.describe_subnets()['Subnets'][0]['SubnetId']
groups.create_auto_scaling_group(AutoScalingGroupName='pool', MinSize=0, MaxSize=2, VPCZoneIdentifier=subnet,
    LaunchTemplate={'LaunchTemplateName': 'pool', 'Version': '$Latest'})
mounts = [{'sourceVolume': 'engine', 'containerPath': '/run/engine'}]
ecs.register_task_definition(family='pair', taskRoleArn='arn:aws:iam::123456789012:role/job',
    volumes=[{'name': 'engine'}], containerDefinitions=[
        {'name': 'runner', 'image': 'runner', 'memory': 64, 'mountPoints': mounts,
         'environment': [{'name': 'GREETING', 'value': 'hello'},
                         {'name': 'ENGINE', 'value': 'unix:///run/engine/engine.sock'}]},
        {'name': 'engine', 'image': 'engine', 'memory': 64, 'privileged': True, 'mountPoints': mounts,
         'command': ['--addr', 'unix:///run/engine/engine.sock']}])
queue = sqs.create_queue(QueueName='heard')['QueueUrl']
policy = {'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'events.amazonaws.com'}, 'Action': 'sqs:SendMessage', 'Resource': '*'}]}
sqs.set_queue_attributes(QueueUrl=queue, Attributes={'Policy': json.dumps(policy)})
events.put_rule(Name='tasks', EventPattern=json.dumps({'source': ['aws.ecs']}))
events.put_targets(Rule='tasks', Targets=[{'Id': 'q', 'Arn': 'arn:aws:sqs:eu-central-1:123456789012:heard'}])
"#;

/// Waits for the next events until one of them is what is waited for.
const HEAR: &str = r#"
sqs, ecs = boto3.client('sqs'), boto3.client('ecs')
queue = sqs.get_queue_url(QueueName='heard')['QueueUrl']
def hear(wanted):
    for _ in range(30):
        for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10).get('Messages', []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message['ReceiptHandle'])
            event = json.loads(message['Body'])
            if wanted(event):
                return event
    raise SystemExit('nothing of the kind was heard')
def task(status):
    return lambda event: event['detail-type'] == 'ECS Task State Change' and event['detail']['lastStatus'] == status
def host(event):
    return event['detail-type'] == 'ECS Container Instance State Change'
"#;

fn world(folder: &Path) -> World {
    let mut options = Options::of_this_process().unwrap();
    let python = options.setup().python().unwrap();
    let runner = folder.join("runner");
    std::fs::write(&runner, format!("#!{}{RUNNER}", python.display())).unwrap();
    std::fs::set_permissions(&runner, std::fs::Permissions::from_mode(0o755)).unwrap();
    options.runner = Some(runner);
    options.compute.timing = sim::compute::Timing::instant();
    World::start(&options).unwrap()
}

#[test]
fn a_node_boots_announces_itself_and_runs_a_task_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path());
    boto(&world, &format!("{INSTALL}\n{PLACE}"));

    let announced: Value = serde_json::from_str(&boto(
        &world,
        &format!(
            "{HEAR}
boto3.client('autoscaling').set_desired_capacity(AutoScalingGroupName='pool', DesiredCapacity=1)
here = hear(host)
table = boto3.client('dynamodb')
for _ in range(300):
    items = table.scan(TableName='table')['Items']
    if items:
        break
said = json.loads(items[0]['pk']['S']) if items else None
print(json.dumps({{'host': here['detail']['containerInstanceArn'], 'said': said}}))"
        ),
    ))
    .unwrap();
    assert_eq!(announced["said"]["event"], "ready", "{:?}", world.troubles());
    assert_eq!(announced["said"]["container_instance"], announced["host"]);
    assert_eq!(announced["said"]["cpu"], 4096);

    let task = boto(
        &world,
        &format!(
            "{HEAR}
print(ecs.run_task(cluster='trusted', taskDefinition='pair', launchType='EC2')['tasks'][0]['taskArn'])
hear(task('RUNNING'))"
        ),
    );
    let task_id = task.rsplit('/').next().unwrap();
    let ended: Value = serde_json::from_str(&boto(
        &world,
        &format!(
            "{HEAR}
ecs.stop_task(cluster='trusted', task={task:?}, reason='enough')
print(json.dumps(hear(task('STOPPED'))['detail']))"
        ),
    ))
    .unwrap();
    assert_eq!((&ended["stopCode"], &ended["stoppedReason"]), (&"UserInitiated".into(), &"enough".into()));
    let code = |name: &str| {
        let containers = ended["containers"].as_array().unwrap();
        containers.iter().find(|container| container["name"] == name).unwrap()["exitCode"].clone()
    };
    assert_eq!((code("runner"), code("engine")), (7.into(), 143.into()));

    let said: Value = serde_json::from_str(&world.task_log(task_id).unwrap()).unwrap();
    assert_eq!(
        said,
        serde_json::json!({
            "role": "arn:aws:iam::123456789012:role/job", "home": true, "greeting": "hello",
            "engine": "HTTP/1.0 200", "inherited": [],
        })
    );
    assert_eq!(world.troubles(), Vec::<String>::new());
}

/// What a role may not do, and what a forged signature is told, in each service's own words.
const STRANGER: &str = r#"
iam = boto3.client('iam')
trust = {'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': {'AWS': 'arn:aws:iam::123456789012:root'}}]}
iam.create_role(RoleName='s', AssumeRolePolicyDocument=json.dumps(trust))
iam.put_role_policy(RoleName='s', PolicyName='p', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'autoscaling:Describe*', 'Resource': '*'}]}))
keys = boto3.client('sts').assume_role(
    RoleArn='arn:aws:iam::123456789012:role/s', RoleSessionName='one')['Credentials']
def client(name, secret=keys['SecretAccessKey']):
    return boto3.client(name, aws_access_key_id=keys['AccessKeyId'], aws_secret_access_key=secret,
        aws_session_token=keys['SessionToken'])
def code(call):
    try:
        call()
        return 'allowed'
    except ClientError as error:
        return error.response['Error']['Code']
print(code(lambda: client('ecs').stop_task(cluster='c', task='0')),
    code(lambda: client('autoscaling').describe_auto_scaling_groups()),
    code(lambda: client('autoscaling').set_desired_capacity(AutoScalingGroupName='g', DesiredCapacity=1)),
    code(lambda: client('ec2').describe_instances()),
    code(lambda: client('ecs', 'wrong').list_clusters()))
"#;

#[test]
fn the_model_asks_for_its_callers_policies_and_denies_in_each_services_words() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path());
    assert_eq!(
        boto(&world, STRANGER),
        "AccessDeniedException allowed AccessDenied UnauthorizedOperation InvalidSignatureException"
    );
    let alone = format!(
        "client = boto3.client('ecs', endpoint_url={:?}, aws_access_key_id='AKIAEXAMPLE', aws_secret_access_key='any')
print(client.list_clusters()['clusterArns'])",
        world.compute_url()
    );
    assert_eq!(boto(&world, &alone), "[]");
}
