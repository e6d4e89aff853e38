//! What several tests of the world begin with.
#![allow(dead_code, reason = "not every test needs everything")]
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

use std::{path::Path, process::Command};

use world::{Options, World};

/// A function that puts one item and logs it, behind an HTTP API that wants a signature.
pub(crate) const INSTALL: &str = r#"
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
for path in ('put', 'node'):
    api.create_route(ApiId=made['ApiId'], RouteKey='POST /' + path, AuthorizationType='AWS_IAM',
        Target='integrations/' + integration['IntegrationId'])
api.create_stage(ApiId=made['ApiId'], StageName='$default', AutoDeploy=True)
boto3.client('lambda').add_permission(FunctionName='broker', StatementId='s', Action='lambda:InvokeFunction',
    Principal='apigateway.amazonaws.com')
print(made['ApiEndpoint'])
"#;

pub(crate) fn start() -> World {
    World::start(&Options::of_this_process().unwrap()).unwrap()
}

/// Runs Python with boto3 against the world, as root unless the script says otherwise, and returns what it printed.
pub(crate) fn boto(world: &World, script: &str) -> String {
    boto_at(world.python(), &world.aws_url(), script)
}

pub(crate) fn boto_at(python: &Path, url: &str, script: &str) -> String {
    let prelude = "import boto3, io, json, os, sys, zipfile\nfrom botocore.exceptions import ClientError\n";
    let output = Command::new(python)
        .args(["-c", &format!("{prelude}{script}")])
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", world::REGION)
        .env("AWS_DEFAULT_REGION", world::REGION)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
