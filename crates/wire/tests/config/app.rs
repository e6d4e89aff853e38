//! Further Apps.

use model::budget::AMinute;
use serde_json::{Value, json};
use wire::config::check;

use super::{GOLDEN, faults, golden};

const REGISTRARS: &str = "/github/registrars";

fn n_apps(registrars: &Value) -> u32 {
    let mut document = golden();
    document["github"]["registrars"] = registrars.clone();
    check(document.to_string().as_bytes()).expect("the document is right").rules.limits.n_apps
}

fn registrar(id: u64) -> Value {
    json!({ "app_id": id, "private_key_parameter": format!("/quillon/{id}") })
}

#[test]
fn each_app_may_register_as_many() {
    let limits = check(GOLDEN).unwrap().rules.limits;
    assert_eq!((limits.registrations, limits.n_apps), (AMinute(150), 2));
    assert_eq!(limits.all_registrations(), AMinute(300));
}

#[test]
fn one_app_is_enough() {
    let mut document = golden();
    document["github"].as_object_mut().unwrap().remove("registrars");
    let configuration = check(document.to_string().as_bytes()).unwrap();
    assert_eq!(configuration.rules.limits.n_apps, 1);
    assert_eq!(configuration.settings.app.registrars, []);
    assert_eq!(n_apps(&json!([])), 1);
}

#[test]
fn ten_apps_are_the_most() {
    let some = |n: u64| Value::from((1..=n).map(registrar).collect::<Vec<_>>());
    assert_eq!(n_apps(&some(9)), 10);
    insta::assert_snapshot!(faults(&[(REGISTRARS, some(10))]), @"github.registrars: names 10 further Apps; write 9 at most");
}

#[test]
fn what_is_wrong_with_further_apps_is_said_at_once() {
    let wrong = json!([registrar(7), registrar(123_456), registrar(7), { "app_id": 0 }, "App 8"]);
    insta::assert_snapshot!(faults(&[(REGISTRARS, wrong)]), @r#"
    github.registrars[1]: App 123456 stands there twice; leave it out
    github.registrars[2]: App 7 stands there twice; leave it out
    github.registrars[3].app_id: cannot be 0; write a whole number from 1 up
    github.registrars[3].private_key_parameter: is missing; write the full name of a parameter, like "/quillon/github/private-key"
    github.registrars[4]: cannot be "App 8"; write an object
    "#);
    insta::assert_snapshot!(faults(&[(REGISTRARS, registrar(7))]), @r#"github.registrars: cannot be an object; write a list of objects like { "app_id": 234567, "private_key_parameter": "/quillon/github/second-key" }"#);
}
