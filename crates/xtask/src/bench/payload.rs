//! A signed `workflow_job` as GitHub sends it, inside the event that the HTTP API makes of it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::clock;
use super::scene;

/// Of the payload alone; GitHub's own examples have 7 to 12 KB, and custom properties make them longer.
pub(super) const BYTES: usize = 25_000;

/// Stands for a job's id; all ids have as many digits.
const ID: &str = "30000000000";
const SIGNATURE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// All of an event but what differs from job to job.
#[derive(Debug)]
pub(super) struct Deliveries {
    secret: String,
    payload: String,
    event: String,
}

/// One event for the function.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) job: u64,
    pub(super) event: String,
}

impl Deliveries {
    pub(super) fn signed_with(secret: &str) -> Self {
        let payload = padded(payload()).to_string();
        let event = event(&payload).to_string();
        Self { secret: secret.to_owned(), payload, event }
    }

    /// The `n`-th of many, each of another job.
    pub(super) fn delivery(&self, n: u64) -> Delivery {
        let job = ID.parse::<u64>().expect("the mark is a number") + n;
        let id = job.to_string();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(self.payload.replace(ID, &id).as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        Delivery { job, event: self.event.replace(ID, &id).replace(SIGNATURE, &signature) }
    }
}

fn padded(mut payload: Value) -> Value {
    let mut properties = Map::new();
    while payload.to_string().len() + Value::Object(properties.clone()).to_string().len() < BYTES {
        let name = format!("compliance-control-{:03}", properties.len());
        properties.insert(name, "reviewed by the platform team in the last quarter".into());
    }
    payload["repository"]["custom_properties"] = properties.into();
    payload
}

fn payload() -> Value {
    let id: u64 = ID.parse().expect("the mark is a number");
    let api = "https://api.github.com/repos/acme/engine";
    let mut repository = json!({
        "id": scene::REPOSITORY, "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=", "name": "engine",
        "full_name": "acme/engine", "private": true, "owner": account("acme", "Organization"),
        "html_url": "https://github.com/acme/engine", "description": "What everything else is built on",
        "fork": false, "url": api, "default_branch": "main", "visibility": "private", "size": 52_317,
        "stargazers_count": 214, "watchers_count": 214, "language": "Go", "has_issues": true,
        "has_projects": true, "has_downloads": true, "has_wiki": false, "has_pages": false,
        "has_discussions": false, "forks_count": 9, "archived": false, "disabled": false,
        "open_issues_count": 37, "license": null, "allow_forking": true, "is_template": false,
        "web_commit_signoff_required": false, "topics": ["build", "ci", "platform"],
        "created_at": "2019-05-15T15:19:25Z", "updated_at": "2026-01-05T08:14:51Z",
        "pushed_at": "2026-01-05T09:02:17Z",
    });
    for of in [
        "forks",
        "hooks",
        "issue_events",
        "events",
        "assignees",
        "branches",
        "tags",
        "blobs",
        "git_tags",
        "git_refs",
        "trees",
        "statuses",
        "languages",
        "stargazers",
        "contributors",
        "subscribers",
        "subscription",
        "commits",
        "git_commits",
        "comments",
        "issue_comment",
        "contents",
        "compare",
        "merges",
        "archive",
        "downloads",
        "issues",
        "pulls",
        "milestones",
        "notifications",
        "labels",
        "releases",
        "deployments",
    ] {
        repository[format!("{of}_url")] = format!("{api}/{of}{{/number}}").into();
    }
    json!({
        "action": "queued",
        "workflow_job": {
            "id": id, "run_id": 20_711_500_931_u64, "workflow_name": "Continuous integration",
            "head_branch": "main", "run_url": format!("{api}/actions/runs/20711500931"), "run_attempt": 1,
            "node_id": "CR_kwDOCyMiyM8AAAAG_FBQtw", "head_sha": "9c5a1e2b7d4f8036a1b2c3d4e5f60718293a4b5c",
            "url": format!("{api}/actions/jobs/{ID}"),
            "html_url": format!("https://github.com/acme/engine/actions/runs/20711500931/job/{ID}"),
            "status": "queued", "conclusion": null, "created_at": "2026-01-05T09:02:21Z",
            "started_at": "2026-01-05T09:02:21Z", "completed_at": null, "name": "test (linux, arm64, 3)",
            "steps": [], "check_run_url": format!("{api}/check-runs/{ID}"), "labels": [scene::LABEL],
            "runner_id": null, "runner_name": null, "runner_group_id": null, "runner_group_name": null,
        },
        "repository": repository,
        "organization": account("acme", "Organization"),
        "enterprise": {
            "id": 1_042, "slug": "acme-corp", "name": "Acme Corporation", "node_id": "E_kgDNBBI",
            "avatar_url": "https://avatars.githubusercontent.com/b/1042?v=4", "description": null,
            "website_url": null, "html_url": "https://github.com/enterprises/acme-corp",
            "created_at": "2020-02-19T19:28:45Z", "updated_at": "2025-11-30T10:11:12Z",
        },
        "sender": account("octocat", "User"),
        "installation": { "id": 5_171_489, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNTE3MTQ4OQ==" },
    })
}

fn account(login: &str, kind: &str) -> Value {
    let mut account = json!({
        "login": login, "id": 38_302_899, "node_id": "MDQ6VXNlcjM4MzAyODk5", "gravatar_id": "", "type": kind,
        "avatar_url": "https://avatars.githubusercontent.com/u/38302899?v=4", "site_admin": false,
        "html_url": format!("https://github.com/{login}"), "url": format!("https://api.github.com/users/{login}"),
    });
    for of in
        ["followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events"]
    {
        account[format!("{of}_url")] = format!("https://api.github.com/users/{login}/{of}").into();
    }
    account
}

/// Format 2.0 of the HTTP API's events.
fn event(payload: &str) -> Value {
    let now = clock::epoch();
    json!({
        "version": "2.0",
        "routeKey": "POST /webhook",
        "rawPath": "/webhook",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "content-length": payload.len().to_string(),
            "content-type": "application/json",
            "host": "abc.execute-api.eu-central-1.amazonaws.com",
            "user-agent": "GitHub-Hookshot/8de4b1c",
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "x-forwarded-for": "140.82.115.9",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-github-event": "workflow_job",
            "x-github-hook-id": "292430182",
            "x-github-hook-installation-target-id": "123456",
            "x-github-hook-installation-target-type": "integration",
            "x-hub-signature-256": format!("sha256={SIGNATURE}"),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": {
                "method": "POST",
                "path": "/webhook",
                "protocol": "HTTP/1.1",
                "sourceIp": "140.82.115.9",
                "userAgent": "GitHub-Hookshot/8de4b1c",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /webhook",
            "stage": "$default",
            "time": "05/Jan/2026:09:02:22 +0000",
            "timeEpoch": u64::try_from(now.as_millis()).unwrap_or_default(),
        },
        "body": payload,
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_as_long_as_it_is_said_to_be_and_of_its_own_job() {
        let deliveries = Deliveries::signed_with("secret");
        let Delivery { job, event } = deliveries.delivery(7);
        let event: Value = serde_json::from_str(&event).unwrap();
        let body = event["body"].as_str().unwrap();
        assert!((BYTES - 200..BYTES + 200).contains(&body.len()), "{}", body.len());
        let payload: Value = serde_json::from_str(body).unwrap();
        assert_eq!(payload["workflow_job"]["id"], job);
        let signature = event["headers"]["x-hub-signature-256"].as_str().unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(body.as_bytes());
        assert_eq!(signature, format!("sha256={}", hex::encode(mac.finalize().into_bytes())));
    }
}
