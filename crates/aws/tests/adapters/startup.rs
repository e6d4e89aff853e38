//! What a function is told by its environment.

use aws::Environment;
use aws::startup::Function;
use aws_types::service_config::ServiceConfigKey;

fn with(more: &[(&str, &str)]) -> Environment {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::read(crate::canned::environment().into_iter().chain(more)).unwrap()
}

#[test]
fn an_environment_says_which_function_this_is_and_where_its_configuration_lies() {
    let environment = with(&[]);
    assert_eq!(environment.function, Function::Webhook);
    assert_eq!(environment.config.to_string(), "s3://documents/quillon/config.json");
    assert_eq!(environment.log, "info");
    for shown in [format!("{environment:?}"), format!("{:?}", environment.sdk())] {
        assert!(!shown.contains("wJalrXUtnFEMI") && !shown.contains("FwoGZXIvYXdzE"), "{shown}");
    }
}

#[test]
fn everything_that_is_missing_is_named_with_the_fix() {
    let error = Environment::read([("QUILLON_CONFIG".to_owned(), "config.json".to_owned())]).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace("; ", "\n"), @r"
    QUILLON_CONFIG is `config.json`: set it to `s3://<bucket>/<key>` of the document
    QUILLON_FUNCTION is not set: set it to `webhook`, `scaler` or `broker`
    AWS_REGION is not set: Lambda sets it, elsewhere set it yourself
    AWS_ACCESS_KEY_ID is not set: Lambda sets it, elsewhere set it yourself
    AWS_SECRET_ACCESS_KEY is not set: Lambda sets it, elsewhere set it yourself
    ");
}

#[test]
fn each_service_may_have_an_endpoint_of_its_own() {
    let one = ("AWS_ENDPOINT_URL_AUTO_SCALING", "http://127.0.0.1:2");
    let sdk = with(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), one]).sdk();
    let endpoint = |service| {
        let key =
            ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
        sdk.service_config().unwrap().load_config(key.build().unwrap())
    };
    assert_eq!(endpoint("Auto Scaling").as_deref(), Some("http://127.0.0.1:2"));
    assert_eq!(endpoint("DynamoDB").as_deref(), Some("http://127.0.0.1:1"));
}
