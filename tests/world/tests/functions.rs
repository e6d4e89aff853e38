//! Functions as the world hosts them: under their own roles, counted, and stopped where a test wants it.

mod common;

use common::{INSTALL, boto, start};
use world::{Fault, Trouble};

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
