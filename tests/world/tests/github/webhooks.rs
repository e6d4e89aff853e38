//! Webhooks as they arrive, and as GitHub remembers them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::json;
use sim::github::{Action, HookMatch, HookMishap, JobOrder, Trigger};

use crate::desk::{Desk, Received, SECRET, body_of, header};

const HEADERS: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("x-github-event", "workflow_job"),
    ("x-github-hook-id", "509117333"),
    ("x-github-hook-installation-target-id", "123456"),
    ("x-github-hook-installation-target-type", "integration"),
];

#[tokio::test]
async fn a_queued_job_is_told_as_github_tells_it() {
    let desk = Desk::new().await;
    let job = desk.github.queue_job(desk.repository, &["dagger-v0-19-4", "Extra"]);
    let received = desk.webhooks(1).await;
    let [webhook] = received.as_slice() else { panic!("{} webhooks", received.len()) };
    for (name, value) in HEADERS {
        assert_eq!(webhook.header(name), *value);
    }
    assert!(webhook.header("user-agent").starts_with("GitHub-Hookshot/"));
    assert!(webhook.header("x-hub-signature").starts_with("sha1="));
    assert_eq!(webhook.header("x-github-delivery").len(), 36);
    assert!((6_000..13_000).contains(&webhook.body.len()), "{} bytes", webhook.body.len());
    let payload = webhook.json();
    assert_eq!(payload["action"], "queued");
    assert_eq!(payload["workflow_job"]["id"], job.0);
    assert_eq!(payload["workflow_job"]["status"], "queued");
    assert_eq!(payload["workflow_job"]["labels"], json!(["dagger-v0-19-4", "Extra"]));
    assert_eq!(payload["workflow_job"]["runner_id"], json!(null));
    assert_eq!(payload["repository"]["full_name"], "acme/shop");
    assert_eq!(payload["repository"]["private"], true);
    assert_eq!(payload["repository"]["id"], desk.repository.0);
    assert_eq!(payload["organization"]["login"], "acme");
    assert_eq!(payload["installation"]["id"], desk.installation.0);
    let text = String::from_utf8_lossy(&webhook.body);
    for stranger in ["Codertocat", "octo-repo", "octo-org", "lineville"] {
        assert!(!text.contains(stranger), "{stranger} is still in {text}");
    }
    desk.assert_faithful();
}

#[tokio::test]
async fn githubs_own_library_accepts_the_signature() {
    let desk = Desk::new().await;
    desk.github.queue_job(desk.repository, &["dagger"]);
    let webhook = desk.webhooks(1).await.remove(0);
    assert!(verified(&webhook, SECRET));
    assert!(!verified(&webhook, "another secret"));
    let mut changed = webhook;
    changed.body.push(b' ');
    assert!(!verified(&changed, SECRET));
}

#[tokio::test]
async fn an_environment_gate_says_queued_before_it_says_waiting() {
    let desk = Desk::new().await;
    let mut order = JobOrder::new("deploy", &["dagger"]);
    order.environment = Some("production".to_owned());
    let (_, jobs) = desk.github.start_run(desk.repository, Trigger::push(), vec![order]);
    let mut told = desk.webhooks(2).await;
    desk.github.act(|github, now| github.approve(jobs[0], now)).unwrap();
    told.extend(desk.webhooks(3).await);
    let said: Vec<(String, String)> = told
        .iter()
        .map(|webhook| {
            let payload = webhook.json();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&payload["action"]), text(&payload["workflow_job"]["status"]))
        })
        .collect();
    let expected = [("queued", "waiting"), ("waiting", "waiting"), ("queued", "queued")];
    assert_eq!(said, expected.map(|(a, s)| (a.to_owned(), s.to_owned())));
    assert_eq!(told[0].json()["deployment"]["environment"], "production");
    desk.assert_faithful();
}

#[tokio::test]
async fn a_failed_delivery_is_listed_and_sent_again_with_its_guid() {
    let desk = Desk::new().await;
    desk.github.trouble_hooks(HookMatch::default(), HookMishap::Fail, Some(1));
    desk.github.queue_job(desk.repository, &["dagger"]);
    let jwt = desk.jwt(-60, 540);
    let failed = desk.ask("GET", "/app/hook/deliveries?status=failure", &jwt, None).await;
    let failed = body_of(&failed)[0].clone();
    assert_eq!(failed["redelivery"], false);
    let path = format!("/app/hook/deliveries/{}/attempts", failed["id"]);
    assert_eq!(desk.ask("POST", &path, &jwt, None).await.status, 202);
    let again = desk.webhooks(2).await.remove(0);
    assert_eq!(again.header("x-github-delivery"), failed["guid"].as_str().unwrap());
    let all = body_of(&desk.ask("GET", "/app/hook/deliveries", &jwt, None).await);
    assert_eq!(
        (&all[0]["status"], &all[0]["status_code"], &all[0]["redelivery"]),
        (&json!("OK"), &json!(202), &json!(true))
    );
    let path = format!("/app/hook/deliveries/{}", all[0]["id"]);
    let whole = body_of(&desk.ask("GET", &path, &jwt, None).await);
    assert_eq!(whole["request"]["payload"], again.json());
    assert_eq!(whole["request"]["headers"]["X-Hub-Signature-256"], again.header("x-hub-signature-256"));
    desk.assert_faithful();
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_behind_a_cursor() {
    let desk = Desk::new().await;
    for _ in 0..3 {
        desk.github.queue_job(desk.repository, &["dagger"]);
    }
    desk.webhooks(3).await;
    let jwt = desk.jwt(-60, 540);
    let first = desk.ask("GET", "/app/hook/deliveries?per_page=2", &jwt, None).await;
    let next = header(&first, "link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    let path = next.strip_prefix(desk.github.url()).unwrap();
    let second = body_of(&desk.ask("GET", path, &jwt, None).await);
    let first = body_of(&first);
    assert!(first[0]["id"].as_u64() > first[1]["id"].as_u64());
    assert_eq!(second.as_array().unwrap().len(), 1);
    assert!(second[0]["id"].as_u64() < first[1]["id"].as_u64());
    desk.assert_faithful();
}

#[tokio::test]
async fn webhooks_can_be_lost_doubled_and_reordered() {
    let desk = Desk::new().await;
    let of = |action| HookMatch { job: None, action: Some(action) };
    desk.github.trouble_hooks(of(Action::Queued), HookMishap::Lose, Some(1));
    desk.github.queue_job(desk.repository, &["a"]);
    assert!(desk.github.deliveries().is_empty());

    desk.github.trouble_hooks(of(Action::Queued), HookMishap::Twice, Some(1));
    desk.github.queue_job(desk.repository, &["b"]);
    let twice = desk.webhooks(2).await;
    assert_eq!(twice[0].header("x-github-delivery"), twice[1].header("x-github-delivery"));

    desk.github.trouble_hooks(HookMatch::default(), HookMishap::Hold, Some(2));
    let job = desk.github.queue_job(desk.repository, &["c"]);
    desk.github.act(|github, now| github.cancel_job(job, now)).unwrap();
    let held = desk.github.read(|github, _| github.held_deliveries().to_vec());
    desk.github.act(|github, now| github.release_held(&[held[1]], now));
    desk.webhooks(4).await;
    let completed = desk.github.read(|github, _| github.deliveries[&held[1]].event.action);
    assert_eq!(completed, Action::Completed);
    desk.assert_faithful();
}

/// Asks `@octokit/webhooks` itself.
fn verified(webhook: &Received, secret: &str) -> bool {
    let script = "
        import { verify } from '@octokit/webhooks-methods';
        import { Webhooks } from '@octokit/webhooks';
        const { body, secret, signature } = JSON.parse(await new Response(process.stdin).text());
        const text = Buffer.from(body, 'base64').toString('utf8');
        const own = await new Webhooks({ secret }).verify(text, signature);
        const low = await verify(secret, text, signature);
        process.stdout.write(String(own && low));
    ";
    let modules = world::Options::of_this_process().unwrap().setup().node_modules().unwrap();
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", script])
        .current_dir(modules.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = json!({
        "body": base64::engine::general_purpose::STANDARD.encode(&webhook.body),
        "secret": secret,
        "signature": webhook.header("x-hub-signature-256"),
    });
    node.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout == b"true"
}
