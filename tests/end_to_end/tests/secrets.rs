//! Where credentials are to be found: with those who were given them, and nowhere else.

#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use common::{SMALL, STUCK, Scene};
use serde_json::Value;
use sim::github::ApiMishap;
use wire::ledger::Row;

/// What whoever may read the account sees: tasks and their overrides, definitions, templates, the table with
/// its history, functions, queues' names, and all logs, in which the metrics are.
const EVERYTHING: &str = "
ecs, logs = boto3.client('ecs'), boto3.client('logs')
arns = ecs.list_task_definitions()['taskDefinitionArns']
seen = {'definitions': [ecs.describe_task_definition(taskDefinition=arn)['taskDefinition'] for arn in arns]}
seen['tasks'] = []
for cluster in ecs.list_clusters()['clusterArns']:
    for status in ('RUNNING', 'STOPPED'):
        arns = ecs.list_tasks(cluster=cluster, desiredStatus=status)['taskArns']
        if arns:
            seen['tasks'] += ecs.describe_tasks(cluster=cluster, tasks=arns)['tasks']
seen['ledger'] = boto3.client('dynamodb').scan(TableName='quillon')['Items']
seen['functions'] = boto3.client('lambda').list_functions()['Functions']
ec2 = boto3.client('ec2')
ids = [template['LaunchTemplateId'] for template in ec2.describe_launch_templates()['LaunchTemplates']]
seen['templates'] = [ec2.describe_launch_template_versions(LaunchTemplateId=id)['LaunchTemplateVersions'] for id in ids]
for group in logs.describe_log_groups()['logGroups']:
    events = logs.get_paginator('filter_log_events').paginate(logGroupName=group['logGroupName'])
    seen[group['logGroupName']] = [event for page in events for event in page['events']]
print(json.dumps(seen, default=str, ensure_ascii=False))
";

const PLANT: &str = "
import sys
for n, text in enumerate(PLANTED):
    item = {'pk': {'S': f'job#{n}'}, 'sk': {'S': 'planted'}, 'text': {'S': text}}
    boto3.client('dynamodb').put_item(TableName='quillon', Item=item)
";

/// Something that only its holder may know, and what it is called here.
struct Secret {
    what: &'static str,
    text: String,
}

fn secrets(scene: &Scene) -> Vec<Secret> {
    let mut secrets = Vec::new();
    let mut tell = |what: &'static str, text: &str| secrets.push(Secret { what, text: text.to_owned() });
    let owner = scene.world().app().unwrap();
    tell("webhook secret", &owner.webhook_secret);
    let key: Vec<&str> = owner.private_key_pem.lines().filter(|line| !line.contains("KEY")).collect();
    tell("private key", &key.concat());
    key.iter().filter(|line| line.len() == 64).for_each(|line| tell("private key", line));
    for given in scene.github().given() {
        if given.starts_with("ghs_") {
            tell("installation token", &given);
            continue;
        }
        tell("just-in-time configuration", &given);
        for inner in private_parts(&given) {
            tell("just-in-time configuration", &inner);
        }
    }
    for session in scene.world().task_sessions() {
        tell("task credentials", &session.access_key_id);
        tell("task credentials", &session.secret_access_key);
        tell("task credentials", &session.token);
    }
    for claim in scene.world().calls().claims() {
        let claim: Value = serde_json::from_str(&claim).unwrap();
        tell("nonce", claim["nonce"].as_str().unwrap());
    }
    secrets
}

/// The numbers of the key that a configuration holds.
fn private_parts(config: &str) -> Vec<String> {
    let json = |base64: &str| -> Value { serde_json::from_slice(&STANDARD.decode(base64).unwrap()).unwrap() };
    let key = json(json(config)[".credentials_rsaparams"].as_str().unwrap());
    ["d", "p", "q", "dp", "dq", "inverseQ"].map(|part| key[part].as_str().unwrap().to_owned()).into()
}

/// What of it is in the text, as it is or in base64, by name. Of a long one a piece is enough.
fn found(text: &str, secrets: &[Secret]) -> BTreeSet<&'static str> {
    let is_in = |secret: &&Secret| {
        let whole = secret.text.as_bytes();
        let pieces = whole.chunks(64).filter(|piece| piece.len() == 64.min(whole.len()));
        pieces.flat_map(forms).any(|form| text.contains(&form))
    };
    secrets.iter().filter(is_in).map(|secret| secret.what).collect()
}

/// As it is, and as it looks inside of something that was encoded whole, wherever in it it begins.
fn forms(piece: &[u8]) -> Vec<String> {
    let mut forms = vec![String::from_utf8(piece.to_vec()).unwrap()];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        // Three bytes are four characters; those that hold bits of what stands before or behind are left out.
        for (before, mixed) in [(0, 0), (1, 2), (2, 3)] {
            let encoded = engine.encode([&vec![0; before], piece].concat());
            forms.push(encoded[mixed..(before + piece.len()) / 3 * 4].to_owned());
        }
    }
    forms
}

#[test]
fn no_credential_is_in_overrides_definitions_logs_metrics_or_the_ledger() {
    let scene = Scene::open();
    scene.warm_up(1);
    let told = scene.run(SMALL);
    told.assert_ran_once();
    // Failures are logged too: a registration whose answer is lost, and a job that nobody can run.
    let registration = "actions/generate-runner-jitconfig-for-org";
    scene.github().trouble_api(Some(registration), ApiMishap::LoseAnswer, Some(1));
    scene.run(SMALL).assert_ran_once();
    scene.queue(STUCK);
    // And one that is looked at while its claim is written down and not yet answered.
    scene.github().trouble_api(Some(registration), ApiMishap::Delay(Duration::from_secs(8)), Some(1));
    let job = scene.queue(SMALL);
    scene.until("a claim", || {
        let is_claimed = |row: &Row| matches!(row, Row::Launch(launch) if launch.id.job == job && launch.at.claimed.is_some());
        scene.rows().iter().any(is_claimed).then_some(())
    });
    let mut seen = scene.boto(EVERYTHING);
    assert!(seen.contains("nonce_hash"));
    scene.told(job).assert_ran_once();

    let secrets = secrets(&scene);
    let known: BTreeSet<&str> = secrets.iter().map(|secret| secret.what).collect();
    let all =
        ["installation token", "just-in-time configuration", "nonce", "private key", "task credentials"];
    assert_eq!(known, all.into_iter().chain(["webhook secret"]).collect());
    seen.push_str(&scene.boto(EVERYTHING));
    for task in scene.tasks() {
        let id = task["taskArn"].as_str().and_then(|arn| arn.rsplit('/').next()).unwrap();
        seen.push_str(&scene.world().task_log(id).unwrap());
    }
    let launch = format!("quillon/{}", told.launches[0].launch.id);
    for there in [&launch, "containerOverrides", "\"a claim\"", "gha_running_jobs", "UserData"] {
        assert!(seen.contains(there) || seen.contains(&there.replace('"', "\\\"")), "{there} is searched");
    }
    assert_eq!(found(&seen, &secrets), BTreeSet::new());
    for mark in ["PRIVATE KEY", "ghs_", "AWS4-HMAC", "sha256="] {
        assert!(!seen.contains(mark), "{mark}");
    }

    // The search would have found each of them.
    let planted = secrets.iter().zip((0..3).cycle()).map(|(secret, before)| {
        let around = format!("{}{}, and more", &"{{{"[..before], secret.text);
        if before == 0 { around } else { STANDARD.encode(around) }
    });
    let planted = serde_json::to_string(&planted.collect::<Vec<_>>()).unwrap();
    scene.boto(&PLANT.replace("PLANTED", &planted));
    assert_eq!(found(&scene.boto(EVERYTHING), &secrets), known);
}
