//! From a tag to a digest.

use control::PortError;
use control::port::{Compute, DefinitionError};
use model::Carrier;
use model::id::Revision;
use model::label::{Kind, Release, Version};
use model::observation::DefinitionKey;

use crate::definition::ecs;
use crate::server::{Asked, Reply, Server, reply};
use crate::world::{Time, arch, compute_with, settings};

pub(crate) const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) fn key(version: Version) -> DefinitionKey {
    DefinitionKey {
        kind: Kind::Dagger,
        version: Some(version),
        arch: arch(),
        carrier: Carrier::Nodes,
        has_gpu: false,
        has_dind: false,
    }
}

pub(crate) fn release() -> Version {
    Version::Release(Release::new(0, 19, 4))
}

/// The answers of the registry to all that is asked of it, and how often that was.
async fn ask(registry: &Server, time: &Time, versions: &[Version]) -> Vec<Result<Revision, DefinitionError>> {
    let aws = Server::start(ecs()).await;
    let mut settings = settings();
    settings.images.engine = format!("{}/engine", registry.address);
    let compute = compute_with(&aws, settings, time);
    let mut answers = Vec::new();
    for version in versions {
        answers.push(compute.definition(&key(version.clone())).await);
        time.pass_s(20);
    }
    answers
}

fn manifest(asked: &Asked) -> Reply {
    assert!(
        asked.headers["accept"].to_str().unwrap().starts_with("application/vnd.oci.image.index.v1+json, ")
    );
    reply(200, "").header("docker-content-digest", DIGEST)
}

#[tokio::test]
async fn a_tag_is_found_behind_a_redirect_and_a_token() {
    // As registry.dagger.io leads to ghcr.io.
    let real = Server::start(|asked| {
        let authorization = asked.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let host = asked.headers["host"].to_str().unwrap();
        match (asked.target.as_str(), authorization.as_deref()) {
            ("/token?service=ghcr.io&scope=repository%3Adagger%2Fengine%3Apull", None) => {
                reply(200, r#"{"token":"anonymous"}"#)
            }
            ("/v2/dagger/engine/manifests/v0.19.4", Some("Bearer anonymous")) => manifest(asked),
            ("/v2/dagger/engine/manifests/v0.19.4", None) => {
                let challenge = format!(
                    r#"Bearer realm="http://{host}/token",service="ghcr.io",scope="repository:dagger/engine:pull""#
                );
                reply(401, r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#).header("www-authenticate", challenge)
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
    let to = real.url();
    let redirect = Server::start(move |asked| {
        assert_eq!(asked.method, "HEAD");
        reply(307, "").header("location", format!("{to}/v2/dagger{}", &asked.target[3..]))
    })
    .await;
    let answers = ask(&redirect, &Time::default(), &[release(), release()]).await;
    for answer in answers {
        answer.unwrap();
    }
    assert_eq!(redirect.asked().len(), 1, "a release stays what it is");
    assert_eq!(real.asked().len(), 3);
}

#[tokio::test]
async fn a_release_that_is_published_now_works_in_the_same_minute() {
    let published = std::sync::atomic::AtomicBool::new(false);
    let registry = Server::start(move |asked| {
        if published.swap(true, std::sync::atomic::Ordering::Relaxed) {
            manifest(asked)
        } else {
            reply(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#)
        }
    })
    .await;
    let version = Version::Release(Release::new(9, 9, 9));
    let all = [version.clone(), version.clone(), version];
    let answers = ask(&registry, &Time::default(), &all).await;
    for answer in &answers[..2] {
        let Err(DefinitionError::Missing(why)) = answer else { panic!("{answer:?}") };
        let place = registry.address;
        assert_eq!(*why, format!("no Dagger release v9.9.9: {place}/engine has no tag v9.9.9"));
    }
    assert!(answers[2].is_ok(), "{answers:?}");
    assert_eq!(registry.asked().len(), 2, "a missing one is not asked for at every tick");
}

#[tokio::test]
async fn latest_is_looked_up_again_after_a_while() {
    let registry = Server::start(manifest).await;
    let time = Time::default();
    let all = vec![Version::Latest; 32];
    for answer in ask(&registry, &time, &all).await {
        answer.unwrap();
    }
    assert_eq!(registry.asked().len(), 2, "in 32 times 20 seconds");
    assert_eq!(registry.asked()[0].target, "/v2/engine/manifests/latest");
}

#[tokio::test]
async fn latest_is_what_it_was_while_the_registry_is_in_trouble() {
    let is_up = std::sync::atomic::AtomicBool::new(true);
    let registry = Server::start(move |asked| {
        if is_up.swap(false, std::sync::atomic::Ordering::Relaxed) { manifest(asked) } else { reply(503, "") }
    })
    .await;
    let answers = ask(&registry, &Time::default(), &vec![Version::Latest; 34]).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(registry.asked().len(), 3, "ten minutes, and then at every second tick");
}

#[tokio::test]
async fn those_who_want_the_same_wait_for_one_answer() {
    let registry = Server::start(manifest).await;
    let aws = Server::start(ecs()).await;
    let mut settings = settings();
    settings.images.engine = format!("{}/engine", registry.address);
    let compute = compute_with(&aws, settings, &Time::default());
    let key = key(release());
    let (a, b, c) =
        tokio::join!(compute.definition(&key), compute.definition(&key), compute.definition(&key));
    assert_eq!(a.unwrap(), b.unwrap());
    c.unwrap();
    assert_eq!(registry.asked().len(), 1);
    assert_eq!(aws.operations(), ["DescribeTaskDefinition", "RegisterTaskDefinition"]);
}

#[tokio::test]
async fn a_registry_that_names_no_digest_is_read() {
    let registry = Server::start(|_| reply(200, "a manifest")).await;
    ask(&registry, &Time::default(), &[release()]).await.remove(0).unwrap();
    let methods: Vec<String> = registry.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["HEAD", "GET"]);
}

#[tokio::test]
async fn a_registry_in_trouble_is_asked_again_at_the_next_tick() {
    for (status, is_wanted) in [
        (500, (|error| matches!(error, PortError::Transient { .. })) as fn(&PortError) -> bool),
        (429, |error| matches!(error, PortError::Throttled { retry_after: Some(_), .. })),
        (403, |error| matches!(error, PortError::Denied { .. })),
        (401, |error| matches!(error, PortError::Denied { .. })),
    ] {
        let registry = Server::start(move |_| reply(status, "").header("retry-after", "5")).await;
        for answer in ask(&registry, &Time::default(), &[release(), release()]).await {
            let Err(DefinitionError::Port(error)) = answer else { panic!("{answer:?}") };
            assert!(is_wanted(&error), "{status}: {error:?}");
        }
        assert_eq!(registry.asked().len(), 2, "trouble is not remembered");
    }
}

#[tokio::test]
async fn redirects_end_and_lead_to_safe_places_only() {
    for location in ["http://example.com/v2/engine/manifests/v0.19.4", "ftp://example.com/", "/v2/round"] {
        let registry = Server::start(move |_| reply(302, "").header("location", location)).await;
        let answer = ask(&registry, &Time::default(), &[release()]).await.remove(0);
        assert!(matches!(answer, Err(DefinitionError::Port(PortError::Transient { .. }))), "{location}");
    }
}
