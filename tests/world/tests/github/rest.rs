//! Credentials, permissions, limits, and every answer against GitHub's description.

use serde_json::json;
use sim::github::{ApiMishap, JobOrder, RepositoryId, Settings, Trigger};

use crate::desk::{Desk, body_of, header};

#[tokio::test]
async fn an_app_jwt_is_believed_for_ten_minutes_at_most() {
    let desk = Desk::new().await;
    for (iat, exp, status) in [(-60, 540, 200), (-60, 660, 401), (-700, -5, 401), (60, 500, 401)] {
        let answer = desk.ask("GET", "/app", &desk.jwt(iat, exp), None).await;
        assert_eq!(answer.status, status, "iat {iat}, exp {exp}: {answer:?}");
    }
    let other = Desk::new().await;
    assert_eq!(desk.ask("GET", "/app", &other.jwt(-60, 540), None).await.status, 401);
    desk.assert_faithful();
}

#[tokio::test]
async fn an_installation_token_is_long_and_opens_what_its_permissions_say() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let bare = token.strip_prefix("token ").unwrap();
    assert!(bare.starts_with("ghs_123456_") && (500..540).contains(&bare.len()), "{}", bare.len());
    assert_eq!(desk.ask("GET", "/orgs/acme/actions/runners", &token, None).await.status, 200);
    assert_eq!(desk.ask("GET", "/orgs/other/actions/runners", &token, None).await.status, 404);
    let forged = format!("{token}x");
    assert_eq!(desk.ask("GET", "/orgs/acme/actions/runners", &forged, None).await.status, 401);

    let narrow = desk.token_with(&json!({ "permissions": { "actions": "read" } })).await;
    let refused = desk.ask("GET", "/orgs/acme/actions/runners", &narrow, None).await;
    assert_eq!(refused.status, 403);
    assert_eq!(body_of(&refused)["message"], "Resource not accessible by integration");
    assert_eq!(header(&refused, "x-accepted-github-permissions"), "organization_self_hosted_runners=read");
    desk.assert_faithful();
}

#[tokio::test]
async fn every_call_that_is_served_answers_as_described() {
    let desk = Desk::new().await;
    let (jwt, token) = (desk.jwt(-60, 540), desk.token().await);
    let order = JobOrder::new("build", &["dagger"]);
    let (run, jobs) = desk.github.start_run(desk.repository, Trigger::push(), vec![order]);
    let runner = desk.register(&token, "quillon-1-1-1", &["dagger"]).await["runner"]["id"].clone();
    desk.webhooks(1).await;
    let delivery = desk.github.deliveries()[0].id;
    let (job, installation) = (jobs[0], desk.installation);
    let repo_body = json!({ "name": "in-repo", "runner_group_id": 1, "labels": ["a"] });
    let check = json!({
        "name": "quillon", "head_sha": "009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d", "status": "completed",
        "conclusion": "action_required", "output": { "title": "No such label", "summary": "Write another" },
    });
    let repo = "/repos/acme/shop";
    let calls = [
        ("GET", "/app".to_owned(), &jwt, None, 200),
        ("GET", "/app/hook/config".to_owned(), &jwt, None, 200),
        ("GET", "/app/hook/deliveries?per_page=1&status=success".to_owned(), &jwt, None, 200),
        ("GET", format!("/app/hook/deliveries/{delivery}"), &jwt, None, 200),
        ("POST", format!("/app/hook/deliveries/{delivery}/attempts"), &jwt, None, 202),
        ("GET", "/app/installations".to_owned(), &jwt, None, 200),
        ("GET", format!("/app/installations/{installation}"), &jwt, None, 200),
        ("GET", "/orgs/acme/installation".to_owned(), &jwt, None, 200),
        ("GET", format!("{repo}/installation"), &jwt, None, 200),
        ("GET", "/orgs/acme/actions/runner-groups".to_owned(), &token, None, 200),
        ("GET", "/orgs/acme/actions/runners?name=quillon-1-1-1".to_owned(), &token, None, 200),
        ("GET", format!("/orgs/acme/actions/runners/{runner}"), &token, None, 200),
        ("DELETE", format!("/orgs/acme/actions/runners/{runner}"), &token, None, 204),
        ("GET", format!("/orgs/acme/actions/runners/{runner}"), &token, None, 404),
        ("POST", format!("{repo}/actions/runners/generate-jitconfig"), &token, Some(&repo_body), 201),
        ("GET", format!("{repo}/actions/runners"), &token, None, 200),
        ("GET", repo.to_owned(), &token, None, 200),
        ("GET", format!("{repo}/actions/jobs/{job}"), &token, None, 200),
        ("GET", format!("{repo}/actions/runs/{run}"), &token, None, 200),
        ("GET", format!("{repo}/actions/runs/{run}/jobs?filter=latest"), &token, None, 200),
        ("POST", format!("{repo}/actions/jobs/{job}/rerun"), &token, None, 403),
        ("POST", format!("{repo}/actions/runs/{run}/cancel"), &token, None, 202),
        ("POST", format!("{repo}/actions/jobs/{job}/rerun"), &token, None, 201),
        ("POST", format!("{repo}/actions/runs/{run}/cancel"), &token, None, 202),
        ("POST", format!("{repo}/actions/runs/{run}/rerun-failed-jobs"), &token, None, 201),
        ("POST", format!("{repo}/check-runs"), &token, Some(&check), 201),
        ("GET", "/rate_limit".to_owned(), &token, None, 200),
    ];
    for (method, path, authorization, body, status) in calls {
        let answer = desk.ask(method, &path, authorization, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
        assert!(!header(&answer, "x-github-request-id").is_empty());
        assert!(!header(&answer, "x-ratelimit-remaining").is_empty(), "{method} {path}");
    }
    desk.assert_faithful();
}

#[tokio::test]
async fn a_run_from_a_fork_says_whose_code_it_is() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let trigger = Trigger::fork(RepositoryId(99), "mallory/shop");
    let (run, _) = desk.github.start_run(desk.repository, trigger, vec![JobOrder::new("build", &["x"])]);
    let answer = desk.ask("GET", &format!("/repos/acme/shop/actions/runs/{run}"), &token, None).await;
    let run = body_of(&answer);
    assert_eq!(run["event"], "pull_request");
    assert_eq!(run["repository"]["id"], desk.repository.0);
    assert_eq!(run["head_repository"]["id"], 99);
    assert_eq!(run["head_repository"]["full_name"], "mallory/shop");
    assert_eq!(run["head_repository"]["fork"], true);
    desk.assert_faithful();
}

#[tokio::test]
async fn what_the_description_does_not_allow_is_refused_and_written_down() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let path = "/orgs/acme/actions/runners/generate-jitconfig";
    for body in [
        json!({ "name": "a", "labels": ["x"] }),
        json!({ "name": "a", "labels": [], "runner_group_id": 1 }),
        json!({ "name": "a", "labels": ["x"], "runner_group_id": "1" }),
        json!({ "name": "a", "labels": ["x"], "runner_group_id": 1, "workFolder": "_work" }),
    ] {
        let answer = desk.ask("POST", path, &token, Some(&body)).await;
        assert_eq!(answer.status, 422, "{body}");
    }
    assert_eq!(desk.ask("GET", "/orgs/acme/actions/runners?nam=x", &token, None).await.status, 422);
    assert_eq!(desk.ask("GET", "/orgs/acme/hooks", &token, None).await.status, 404);
    assert_eq!(desk.github.asked_wrong().len(), 6);
    assert_eq!(desk.github.answered_wrong(), []);
}

#[tokio::test]
async fn a_name_is_taken_until_its_runner_is_deleted() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let path = "/orgs/acme/actions/runners/generate-jitconfig";
    let body = json!({ "name": "quillon-1-1-1", "runner_group_id": 1, "labels": ["dagger"] });
    // The answer is lost, the registration is not.
    let operation = Some("actions/generate-runner-jitconfig-for-org");
    desk.github.trouble_api(operation, ApiMishap::LoseAnswer, Some(1));
    desk.try_ask("POST", path, &token, Some(&body)).await.unwrap_err();
    let again = desk.ask("POST", path, &token, Some(&body)).await;
    assert_eq!(again.status, 409);
    let found = desk.ask("GET", "/orgs/acme/actions/runners?name=quillon-1-1-1", &token, None).await;
    let id = body_of(&found)["runners"][0]["id"].clone();
    assert_eq!(
        desk.ask("DELETE", &format!("/orgs/acme/actions/runners/{id}"), &token, None).await.status,
        204
    );
    assert_eq!(desk.ask("POST", path, &token, Some(&body)).await.status, 201);

    let long = json!({ "name": "x".repeat(65), "runner_group_id": 1, "labels": ["a"] });
    assert_eq!(desk.ask("POST", path, &token, Some(&long)).await.status, 422);
    desk.assert_faithful();
}

#[tokio::test]
async fn limits_are_counted_in_the_headers_and_then_enforced() {
    let mut settings = Settings::default();
    settings.limits.registration = 2;
    let desk = Desk::with(settings).await;
    let token = desk.token().await;
    let path = "/orgs/acme/actions/runners/generate-jitconfig";
    for (name, status, remaining) in [("a", 201, "1"), ("b", 201, "0"), ("c", 403, "0")] {
        let body = json!({ "name": name, "runner_group_id": 1, "labels": ["x"] });
        let answer = desk.ask("POST", path, &token, Some(&body)).await;
        assert_eq!(answer.status, status);
        assert_eq!(header(&answer, "x-ratelimit-remaining"), remaining);
        assert_eq!(header(&answer, "x-ratelimit-resource"), "actions_runner_registration");
    }
    desk.github.shift_clock(std::time::Duration::from_secs(3601));
    let body = json!({ "name": "c", "runner_group_id": 1, "labels": ["x"] });
    assert_eq!(desk.ask("POST", path, &token, Some(&body)).await.status, 201);
    desk.assert_faithful();
}

#[tokio::test]
async fn the_hundred_and_eighty_first_registration_of_a_minute_has_to_wait() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    let path = "/orgs/acme/actions/runners/generate-jitconfig";
    let mut refused = None;
    for n in 1..=181 {
        let body = json!({ "name": format!("r{n}"), "runner_group_id": 1, "labels": ["x"] });
        let answer = desk.ask("POST", path, &token, Some(&body)).await;
        if answer.status != 201 {
            refused = Some((n, answer));
            break;
        }
    }
    let (n, answer) = refused.unwrap();
    assert_eq!((n, answer.status), (181, 403));
    assert!(header(&answer, "retry-after").parse::<u64>().unwrap() <= 60);
    assert!(body_of(&answer)["message"].as_str().unwrap().contains("secondary rate limit"));
    desk.assert_faithful();
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    for n in 0..5 {
        desk.register(&token, &format!("r{n}"), &["x"]).await;
    }
    let first = desk.ask("GET", "/orgs/acme/actions/runners?per_page=2", &token, None).await;
    assert_eq!(body_of(&first)["total_count"], 5);
    assert_eq!(body_of(&first)["runners"].as_array().unwrap().len(), 2);
    let base = format!("<{}/orgs/acme/actions/runners?per_page=2&page=", desk.github.url());
    assert_eq!(header(&first, "link"), format!("{base}2>; rel=\"next\", {base}3>; rel=\"last\""));
    let last = desk.ask("GET", "/orgs/acme/actions/runners?per_page=2&page=3", &token, None).await;
    assert_eq!(body_of(&last)["runners"].as_array().unwrap().len(), 1);
    assert!(!header(&last, "link").contains("next"));
    desk.assert_faithful();
}

#[tokio::test]
async fn an_outage_answers_for_everything() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    desk.github.trouble_api(None, ApiMishap::Status { status: 503, retry_after: None }, None);
    assert_eq!(desk.ask("GET", "/rate_limit", &token, None).await.status, 503);
    desk.github.calm();
    assert_eq!(desk.ask("GET", "/rate_limit", &token, None).await.status, 200);
    desk.assert_faithful();
}

#[tokio::test]
async fn the_newer_version_answers_without_what_it_removed() {
    let desk = Desk::new().await;
    let token = desk.token().await;
    for (version, has_rate) in [("2022-11-28", true), ("2026-03-10", false)] {
        let pinned = [("authorization", token.as_str()), ("x-github-api-version", version)];
        let answer = desk.ask_with("GET", "/rate_limit", &pinned, None).await.unwrap();
        assert_eq!((answer.status, header(&answer, "x-github-api-version-selected")), (200, version));
        assert_eq!(body_of(&answer).get("rate").is_some(), has_rate);
    }
    desk.assert_faithful();
}

#[tokio::test]
async fn a_person_can_queue_a_job_and_look_at_it() {
    let desk = Desk::new().await;
    let order = json!({
        "repository": "acme/shop", "labels": ["dagger"], "fork": "mallory/shop",
        "script": { "ending": "hang", "pause_ms": 5 },
    });
    let queued = body_of(&desk.ask("POST", "/_control/jobs", "", Some(&order)).await);
    let state = body_of(&desk.ask("GET", "/_control/state", "", None).await);
    assert_eq!(state["jobs"][0]["id"], queued["job_id"]);
    assert_eq!(state["jobs"][0]["status"], "queued");
    let cancel = format!("/_control/jobs/{}/cancel", queued["job_id"]);
    assert_eq!(desk.ask("POST", &cancel, "", None).await.status, 200);
    let misspelt = json!({ "repository": "acme/shop", "label": ["dagger"] });
    assert_eq!(desk.ask("POST", "/_control/jobs", "", Some(&misspelt)).await.status, 422);
    let later = json!({ "advance_ms": 1000 });
    assert_eq!(desk.ask("POST", "/_control/clock", "", Some(&later)).await.status, 200);
}
