//! The configuration document over its life.

use crate::canned::{Answer, Canned};
use aws::{ConfigError, ConfigSource, Environment};
use control::PortError;
use model::time::Timestamp;
use wire::config::{Configuration, check};

const GOOD: &str = include_str!("../../../wire/tests/golden/config.json");
const FAULTY: &str = r#"{ "version": 1 }"#;

const START: u64 = 1_700_000_000_000;

/// That many seconds after the start.
fn at(seconds: u64) -> Timestamp {
    Timestamp(START + seconds * 1000)
}

fn source(canned: &Canned) -> ConfigSource<Configuration> {
    let location = Environment::read(crate::canned::environment()).unwrap().config;
    ConfigSource::new(&canned.sdk(), location, |document| {
        check(document).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    })
}

fn good(etag: &'static str) -> Answer {
    Answer::Document { etag, body: GOOD }
}

#[tokio::test]
async fn a_warm_function_asks_at_most_once_a_minute_and_by_etag() {
    let canned = Canned::new([good("\"1\""), Answer::Status(304)]);
    let source = source(&canned);
    let first = source.current(at(0)).await.unwrap();
    assert_eq!(first.settings.installation.as_str(), "quillon");
    for seconds in [0, 1, 59] {
        assert_eq!(source.current(at(seconds)).await.unwrap(), first);
    }
    assert_eq!(source.current(at(60)).await.unwrap(), first);
    assert_eq!(source.current(at(119)).await.unwrap(), first);

    let asked = canned.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[0].uri.contains("documents.s3.") && asked[0].uri.contains("/quillon/config.json"));
    assert_eq!(asked[0].if_none_match, None);
    assert_eq!(asked[1].if_none_match.as_deref(), Some("\"1\""));
}

#[tokio::test]
async fn a_new_document_is_in_force_and_one_with_faults_is_not() {
    let faulty = Answer::Document { etag: "\"2\"", body: FAULTY };
    let canned = Canned::new([good("\"1\""), faulty, Answer::Status(304), good("\"3\"")]);
    let source = source(&canned);
    let first = source.current(at(0)).await.unwrap();
    assert_eq!(source.current(at(60)).await.unwrap(), first);
    assert_eq!(source.current(at(120)).await.unwrap(), first);
    let third = source.current(at(180)).await.unwrap();
    assert!(!std::sync::Arc::ptr_eq(&first, &third), "read anew");
    let etags: Vec<_> = canned.asked().into_iter().map(|asked| asked.if_none_match).collect();
    // The faults are told once, and not again every minute.
    assert_eq!(etags, [None, Some("\"1\"".into()), Some("\"2\"".into()), Some("\"2\"".into())]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_changes_nothing_for_a_warm_function() {
    let canned = Canned::new([good("\"1\"")]);
    let source = source(&canned);
    let first = source.current(at(0)).await.unwrap();
    (0..3).for_each(|_| canned.answer(Answer::Unreachable));
    assert_eq!(source.current(at(60)).await.unwrap(), first);
    assert_eq!(source.current(at(61)).await.unwrap(), first, "and is not asked at every event");
    canned.answer(Answer::Status(304));
    assert_eq!(source.current(at(120)).await.unwrap(), first);
    assert_eq!(canned.asked().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_cold_function_fails_the_event_and_asks_again_at_the_next() {
    let canned = Canned::new((0..3).map(|_| Answer::Unreachable));
    let source = source(&canned);
    let error = source.current(at(0)).await.unwrap_err();
    assert!(matches!(error, ConfigError::Port(PortError::Transient { .. })), "{error:?}");

    canned.answer(Answer::Status(403));
    let error = source.current(at(0)).await.unwrap_err();
    assert!(matches!(error, ConfigError::Port(PortError::Denied { .. })), "{error:?}");

    canned.answer(Answer::Document { etag: "\"1\"", body: FAULTY });
    let error = source.current(at(1)).await.unwrap_err();
    let ConfigError::Faults(faults) = &error else { panic!("{error:?}") };
    assert!(faults.len() > 5, "all of them: {error}");

    canned.answer(good("\"2\""));
    assert!(source.current(at(2)).await.is_ok());
}
