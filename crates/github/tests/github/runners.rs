//! All runners of a place, page by page.

use control::PortError;
use control::port::{Forge, Removed};
use model::id::{InstallationId, RegistrationId};
use model::registration::{Registered, Scope};
use serde_json::json;

use crate::server::{Reply, Server, reply};
use crate::world::{START_S, Time, forge, name, organization, user, with_token};

const ORG: &str = "/api/v3/orgs/Codertocat/actions/runners";
const REPO: &str = "/api/v3/repos/Codertocat/Hello-World/actions/runners";

fn page(names: impl Iterator<Item = String>) -> Reply {
    let runners: Vec<_> = names
        .zip(1..)
        .map(|(name, id)| json!({"id": id, "name": name, "os": "linux", "status": "online", "busy": id == 1}))
        .collect();
    reply(200, json!({"total_count": 101, "runners": runners}).to_string())
}

#[tokio::test]
async fn runners_with_names_like_ours_are_listed_from_all_pages() {
    let github = Server::start(with_token(|asked| {
        if asked.target.ends_with("page=1") {
            page((0..100).map(|i| format!("ip-10-0-0-{i}")))
        } else {
            page(["quillon-289782451-1-1".to_owned(), "quillon-x".to_owned()].into_iter())
        }
    }))
    .await;
    let listed = forge(&github, &Time::start()).runners(&Scope::of(&organization())).await.unwrap();
    assert_eq!(listed, [Registered { id: RegistrationId(1), name: name(), is_busy: true }]);
    let get = |page| format!("GET {ORG}?per_page=100&page={page}");
    assert_eq!(github.calls()[1..], [get(1), get(2)]);
}

#[tokio::test]
async fn a_users_runners_are_his_repositorys() {
    let github = Server::start(with_token(|asked| match asked.method.as_str() {
        "GET" => page(std::iter::empty()),
        _ => reply(204, ""),
    }))
    .await;
    let forge = forge(&github, &Time::start());
    let at = Scope::of(&user());
    assert_eq!(forge.runners(&at).await.unwrap(), []);
    assert_eq!(forge.dismiss(&at, RegistrationId(7)).await.unwrap(), Removed::Gone);
    assert_eq!(github.calls()[1..], [format!("GET {REPO}?per_page=100&page=1"), format!("DELETE {REPO}/7")]);
}

#[tokio::test]
async fn a_list_that_breaks_off_is_no_list() {
    let github = Server::start(with_token(|asked| {
        if asked.target.ends_with("page=1") {
            page((0..100).map(|i| format!("ip-10-0-0-{i}")))
        } else {
            reply(502, "")
        }
    }))
    .await;
    let error = forge(&github, &Time::start()).runners(&Scope::of(&organization())).await.unwrap_err();
    assert!(matches!(error, PortError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn the_last_fifth_of_an_hour_is_not_spent_on_lists() {
    let github = Server::start(with_token(|_| {
        page(std::iter::empty())
            .header("x-ratelimit-resource", "core")
            .header("x-ratelimit-limit", "5000")
            .header("x-ratelimit-remaining", "999")
            .header("x-ratelimit-reset", (START_S + 60).to_string())
    }))
    .await;
    let time = Time::start();
    let forge = forge(&github, &time);
    let at = Scope::of(&organization());
    forge.runners(&at).await.unwrap();
    let error = forge.runners(&at).await.unwrap_err();
    assert!(matches!(error, PortError::Throttled { .. }), "{error:?}");
    assert_eq!(github.calls().len(), 2, "a token and one list");
    forge.remove(&at, name()).await.unwrap();
    time.pass_s(60);
    forge.runners(&at).await.unwrap();
}

#[tokio::test]
async fn a_place_is_nothing_but_a_part_of_a_path() {
    let github = Server::start(with_token(|_| page(std::iter::empty()))).await;
    for id in ["", "..", "a/b/c", "a?b", "a b/c", "a/.."] {
        let at = Scope { id: id.into(), installation: InstallationId(1) };
        let error = forge(&github, &Time::start()).runners(&at).await.unwrap_err();
        assert!(matches!(error, PortError::Refused { .. }), "{id}: {error:?}");
    }
    assert!(github.calls().is_empty());
}
