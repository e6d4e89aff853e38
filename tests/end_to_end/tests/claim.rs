//! Who gets a runner's credentials: the task that was started for it, and nobody else.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test names the row it wants, and passes over every other"
)]

mod common;

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use common::{ALWAYS, SMALL, Scene};
use door::{Claimed, CredentialsSource, Door, DoorError, Settings};
use model::id::{JobId, LaunchId, TaskId};
use model::launch::{Launch, LaunchState};
use sim::github::ApiMishap;
use wire::claim::{ClaimRequest, Nonce};
use wire::ledger::Row;
use world::{Fault, REGION, Session, Trouble};

const REGISTRATION: &str = "actions/generate-runner-jitconfig-for-org";

fn claim(scene: &Scene, credentials: Credentials, launch: LaunchId, nonce: u8) -> Result<Claimed, DoorError> {
    let settings = Settings {
        api_url: scene.installation.output("api_url"),
        region: REGION.to_owned(),
        credentials: CredentialsSource::Fixed(credentials),
        proxy: None,
    };
    #[expect(clippy::disallowed_methods, reason = "signatures are checked by the real clock")]
    let door =
        Door::new(settings, std::sync::Arc::new(SystemTime::now)).expect("the settings are a test's own");
    door.claim(&ClaimRequest { launch, nonce: Nonce::from_bytes([nonce; 32]) })
}

fn credentials(session: &Session) -> Credentials {
    let Session { access_key_id, secret_access_key, token, .. } = session.clone();
    Credentials::new(access_key_id, secret_access_key, Some(token), None, "a test")
}

#[track_caller]
fn assert_refused(who: &str, answer: Result<Claimed, DoorError>) {
    match answer {
        Err(DoorError::Refused { .. }) => {}
        // The API turns away what is not signed as it wants; nobody was asked.
        Err(DoorError::Retry { source, .. }) if source.to_string().contains("403") => {}
        other => panic!("{who}: {other:?}"),
    }
}

/// A launch of a job whose claim is on its way to GitHub.
fn being_claimed(scene: &Scene, job: JobId) -> (Launch, TaskId) {
    scene.until("a claim", || {
        scene.rows().into_iter().find_map(|row| match row {
            Row::Launch(launch) if launch.id.job == job => match &launch.state {
                LaunchState::Claimed { task, .. } => Some((launch.clone(), task.clone())),
                _ => None,
            },
            _ => None,
        })
    })
}

#[test]
fn nobody_else_can_claim_a_tasks_work() {
    let scene = Scene::open();
    scene.warm_up(1);
    let world = scene.world();
    let slow = ApiMishap::Delay(Duration::from_secs(5));
    scene.github().trouble_api(Some(REGISTRATION), slow, Some(1));
    let job = scene.queue(SMALL);
    let (launch, task) = being_claimed(&scene, job);

    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", world::ACCOUNT);
    let tasks = world.assume(&role("quillon-task"), &task.0, "ecs-tasks.amazonaws.com").unwrap();
    assert_refused("another process of the task", claim(&scene, credentials(&tasks), launch.id, 1));
    assert_refused("and once more", claim(&scene, credentials(&tasks), launch.id, 2));
    let node = world.assume(&role("quillon-node-trusted"), &task.0, "ec2.amazonaws.com").unwrap();
    assert_refused("a node by the task's name", claim(&scene, credentials(&node), launch.id, 1));
    let root = Credentials::new("test", "test", None, None, "a test");
    assert_refused("the account's root", claim(&scene, root, launch.id, 1));
    let forged = Credentials::new("AKIAIOSFODNN7EXAMPLE", "guessed", None, None, "a test");
    assert_refused("nobody", claim(&scene, forged, launch.id, 1));
    let stolen = Session { secret_access_key: "guessed".to_owned(), ..tasks.clone() };
    assert_refused("the task's key and a guessed secret", claim(&scene, credentials(&stolen), launch.id, 1));
    // A task that nobody has started has no work, and none of another's.
    let other = world.assume(&role("quillon-task"), &"0".repeat(32), "ecs-tasks.amazonaws.com").unwrap();
    assert_refused("another task", claim(&scene, credentials(&other), launch.id, 1));
    let nobodys = LaunchId { n: 9, ..launch.id };
    let answer = claim(&scene, credentials(&other), nobodys, 1);
    assert!(matches!(answer, Err(DoorError::Ended { .. })), "{answer:?}");
    let url = format!("{}/claim", scene.installation.output("api_url"));
    let body = format!("{{\"launch\":\"{}\",\"nonce\":\"{}\"}}", launch.id, "01".repeat(32)).into_bytes();
    assert_eq!(scene.send("POST", &url, &[], body).status, 403, "not signed at all");

    let told = scene.told(job);
    told.assert_ran_once();
    let ended = told.ended.unwrap();
    assert!(ended.runner.unwrap().ends_with("-1"), "nobody's attempt but the runner's");
    // What the launch was is history; the task's identity opens nothing any more.
    let late = claim(&scene, credentials(&tasks), launch.id, 1);
    assert!(matches!(late, Err(DoorError::Ended { .. } | DoorError::Refused { .. })), "{late:?}");
}

#[test]
fn a_claim_whose_answer_was_lost_is_repeated_and_gets_a_fresh_runner() {
    let scene = Scene::open();
    scene.warm_up(1);
    scene.github().trouble_api(Some(REGISTRATION), ApiMishap::LoseAnswer, Some(1));
    let told = scene.run(SMALL);
    told.assert_ran_once();
    assert_fresh(told.ended.unwrap().runner.as_deref());

    scene.world().faults().order(Fault {
        caller: "quillon-broker".to_owned(),
        action: Some("TransactWriteItems".to_owned()),
        nth: 1,
        times: 1,
        trouble: Trouble::StopAfter,
    });
    let told = scene.run(SMALL);
    told.assert_ran_once();
    assert_fresh(told.ended.unwrap().runner.as_deref());
    assert_eq!(scene.world().faults().pending(), []);
    scene.github().read(|github, _| assert!(github.runners.is_empty(), "{:?}", github.runners));
}

#[test]
fn a_broker_that_cannot_read_its_configuration_or_key_fails_that_claim_and_not_the_next() {
    let scene = Scene::open();
    let role = format!("arn:aws:iam::{}:role/quillon-task", world::ACCOUNT);
    let task = scene.world().assume(&role, &"0".repeat(32), "ecs-tasks.amazonaws.com").unwrap();
    let nobodys = LaunchId { job: JobId(1), n: 1 };
    scene.fail("broker", None, ALWAYS);
    let failed = claim(&scene, credentials(&task), nobodys, 1);
    assert!(matches!(failed, Err(DoorError::Retry { .. })), "{failed:?}");
    scene.world().faults().clear();
    let heard = claim(&scene, credentials(&task), nobodys, 1);
    assert!(matches!(heard, Err(DoorError::Ended { .. })), "{heard:?}");

    // As often as one event asks.
    scene.fail("broker", Some("GetParameter"), 3);
    let told = scene.run(SMALL);
    told.assert_ran_once();
    assert_eq!(scene.world().faults().pending(), []);
    assert_fresh(told.ended.unwrap().runner.as_deref());
}

#[track_caller]
fn assert_fresh(runner: Option<&str>) {
    assert!(runner.is_some_and(|runner| runner.ends_with("-2")), "{runner:?}");
}
