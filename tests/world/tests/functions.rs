//! Functions as the world hosts them: under their own roles, counted, and stopped where a test wants it.

mod common;

use common::{boto, start};
use world::{Fault, Trouble};

/// A function that puts one item and logs it, behind `POST /put` of an HTTP API that wants a signature.
const INSTALL: &str = r#"
BOOTSTRAP = '''#!%s
import boto3, json, os, sys, urllib.request
api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'
table = boto3.client('dynamodb')
while True:
    with urllib.request.urlopen(api + 'next') as event:
        identity = event.headers['Lambda-Runtime-Aws-Request-Id']
        body = json.load(event)
    print('a function says hello', flush=True)
    table.put_item(TableName='table', Item={'pk': {'S': body['body']}})
    arn = body['requestContext']['authorizer']['iam']['userArn']
    answer = json.dumps({'statusCode': 200, 'body': arn}).encode()
    urllib.request.urlopen(api + identity + '/response', data=answer).read()
''' % sys.executable
iam = boto3.client('iam')
trust = lambda who: json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': 'sts:AssumeRole', 'Principal': who}]})
allow = lambda action, resource: json.dumps({'Version': '2012-10-17', 'Statement': [
    {'Effect': 'Allow', 'Action': action, 'Resource': resource}]})
role = iam.create_role(RoleName='broker', AssumeRolePolicyDocument=trust({'Service': 'lambda.amazonaws.com'}))
iam.put_role_policy(RoleName='broker', PolicyName='p',
    PolicyDocument=allow('dynamodb:PutItem', 'arn:aws:dynamodb:*:*:table/table'))
iam.create_role(RoleName='task', AssumeRolePolicyDocument=trust({'AWS': 'arn:aws:iam::123456789012:root'}))
iam.put_role_policy(RoleName='task', PolicyName='p', PolicyDocument=allow('execute-api:Invoke', '*'))
boto3.client('dynamodb').create_table(TableName='table', BillingMode='PAY_PER_REQUEST',
    AttributeDefinitions=[{'AttributeName': 'pk', 'AttributeType': 'S'}],
    KeySchema=[{'AttributeName': 'pk', 'KeyType': 'HASH'}])
archive = io.BytesIO()
with zipfile.ZipFile(archive, 'w') as zipped:
    entry = zipfile.ZipInfo('bootstrap')
    entry.external_attr = 0o755 << 16
    zipped.writestr(entry, BOOTSTRAP)
function = boto3.client('lambda').create_function(FunctionName='broker', Runtime='provided.al2023',
    Handler='bootstrap', Role=role['Role']['Arn'], Code={'ZipFile': archive.getvalue()}, Timeout=10)
api = boto3.client('apigatewayv2')
made = api.create_api(Name='a', ProtocolType='HTTP')
integration = api.create_integration(ApiId=made['ApiId'], IntegrationType='AWS_PROXY',
    IntegrationUri=function['FunctionArn'], PayloadFormatVersion='2.0')
api.create_route(ApiId=made['ApiId'], RouteKey='POST /put', AuthorizationType='AWS_IAM',
    Target='integrations/' + integration['IntegrationId'])
api.create_stage(ApiId=made['ApiId'], StageName='$default', AutoDeploy=True)
boto3.client('lambda').add_permission(FunctionName='broker', StatementId='s', Action='lambda:InvokeFunction',
    Principal='apigateway.amazonaws.com')
print(made['ApiEndpoint'])
"#;

/// Posts to the API as a task would and prints what came of it.
const POST: &str = r#"
import urllib.error, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
session = boto3.client('sts').assume_role(
    RoleArn='arn:aws:iam::123456789012:role/task', RoleSessionName='task-1')['Credentials']
def post(body):
    request = AWSRequest('POST', API + '/put', data=body, headers={'content-type': 'text/plain'})
    keys = Credentials(session['AccessKeyId'], session['SecretAccessKey'], session['SessionToken'])
    SigV4Auth(keys, 'execute-api', 'eu-central-1').add_auth(request)
    sent = urllib.request.Request(API + '/put', data=body.encode(), headers=dict(request.headers), method='POST')
    try:
        return urllib.request.urlopen(sent).read().decode()
    except urllib.error.HTTPError as error:
        return str(error.code)
def stored():
    items = boto3.client('dynamodb').scan(TableName='table')['Items']
    return sorted(item['pk']['S'] for item in items)
"#;

#[test]
fn a_function_is_called_through_the_api_counted_by_name_and_stopped_at_a_call() {
    let world = start();
    let api = boto(&world, INSTALL);
    assert!(api.starts_with(&world.aws_url()), "{api}");
    let post = |then: &str| boto(&world, &format!("API = {api:?}\n{POST}\n{then}"));

    assert_eq!(post("print(post('one'))"), "arn:aws:sts::123456789012:assumed-role/task/task-1");
    assert_eq!(
        world.calls().by("broker").into_iter().collect::<Vec<_>>(),
        [("dynamodb:PutItem".to_owned(), 1)]
    );
    assert_eq!(world.calls().by("task-1").len(), 1);
    let log = world.function_log("broker").unwrap();
    assert!(log.iter().any(|line| line.contains("a function says hello")), "{log:?}");

    let stop = |trouble| Fault { caller: "broker".to_owned(), action: None, nth: 1, times: 1, trouble };
    // AWS says 500 where a function ended, ministack 502.
    world.faults().order(stop(Trouble::StopBefore));
    assert_eq!(post("print(post('two'), stored())"), "502 ['one']");
    world.faults().order(stop(Trouble::StopAfter));
    assert_eq!(post("print(post('three'), stored())"), "502 ['one', 'three']");
    assert_eq!(world.faults().pending(), []);
    assert_eq!(post("post('four'); print(stored())"), "['four', 'one', 'three']");
}
