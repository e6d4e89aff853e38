//! Secrets over their life.

use crate::canned::{Answer, Canned};
use aws::Parameters;
use control::PortError;
use model::time::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::json;

const NAME: &str = "/quillon/github/webhook-secret";

fn value(secret: &str) -> Answer {
    Answer::Json(200, json!({ "Parameter": { "Name": NAME, "Type": "SecureString", "Value": secret } }))
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + seconds * 1000)
}

#[tokio::test]
async fn a_secret_is_read_once() {
    let canned = Canned::new([value("first-f2a7")]);
    let parameters = Parameters::new(&canned.sdk());
    for seconds in [0, 100, 100_000] {
        assert_eq!(parameters.get(NAME, at(seconds)).await.unwrap().expose_secret(), "first-f2a7");
    }
    let asked = canned.asked();
    assert_eq!(asked[0].target, "GetParameter");
    assert_eq!(asked[0].body, json!({ "Name": NAME, "WithDecryption": true }));
    assert!(!format!("{parameters:?}").contains("first-f2a7"), "no secret is ever shown");
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_found_when_the_old_one_does_not_fit() {
    let canned = Canned::new([value("first-f2a7"), value("first-f2a7"), value("second-91bc")]);
    let parameters = Parameters::new(&canned.sdk());
    parameters.get(NAME, at(0)).await.unwrap();
    assert!(parameters.replaced(NAME, at(59)).await.unwrap().is_none(), "read a minute ago");
    assert!(parameters.replaced(NAME, at(60)).await.unwrap().is_none(), "still the same");
    assert!(parameters.replaced(NAME, at(61)).await.unwrap().is_none(), "asked a second ago");
    assert_eq!(parameters.replaced(NAME, at(120)).await.unwrap().unwrap().expose_secret(), "second-91bc");
    assert_eq!(parameters.get(NAME, at(121)).await.unwrap().expose_secret(), "second-91bc");
    assert_eq!(canned.asked().len(), 3);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_is_asked_for_again_at_the_next_event() {
    let missing = json!({ "__type": "ParameterNotFound", "message": "" });
    let denied = json!({ "__type": "AccessDeniedException", "Message": "no" });
    let canned = Canned::new([Answer::Json(400, missing), Answer::Json(400, denied), value("first-f2a7")]);
    let parameters = Parameters::new(&canned.sdk());
    let error = parameters.get(NAME, at(0)).await.unwrap_err();
    assert!(matches!(error, PortError::NotFound { .. }), "{error:?}");
    assert!(control::Chain(&error).to_string().contains(NAME));
    let error = parameters.get(NAME, at(0)).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    assert_eq!(parameters.get(NAME, at(0)).await.unwrap().expose_secret(), "first-f2a7");
}

#[tokio::test]
async fn the_old_secret_stays_while_the_new_one_cannot_be_read() {
    let throttled = json!({ "__type": "AccessDeniedException", "Message": "no" });
    let canned = Canned::new([value("first-f2a7"), Answer::Json(400, throttled)]);
    let parameters = Parameters::new(&canned.sdk());
    parameters.get(NAME, at(0)).await.unwrap();
    assert!(parameters.replaced(NAME, at(60)).await.is_err());
    assert!(parameters.replaced(NAME, at(61)).await.unwrap().is_none(), "not asked at every event");
    assert_eq!(parameters.get(NAME, at(62)).await.unwrap().expose_secret(), "first-f2a7");
}
