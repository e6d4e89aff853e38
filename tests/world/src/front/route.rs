//! Which service a request is for, which of its actions, and who answers it here.

use http::{
    HeaderMap, Method, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Compute,
    Ministack,
}

/// Where a request goes and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) destination: Destination,
    /// As in policies: `dynamodb`, `sqs`, `execute-api`.
    pub(crate) service: String,
    /// `PutItem`; for services that have no action in their requests, method and path.
    pub(crate) action: String,
    pub(crate) dialect: Dialect,
}

/// The form in which a service says what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Json,
    Query,
    Ec2,
    S3,
    Rest,
}

const ECS: &str = "AmazonEC2ContainerServiceV20141113";

/// What EC2 knows of machines is the model's; networks, launch templates and the rest are ministack's.
const INSTANCE_ACTIONS: [&str; 5] = [
    "DescribeInstanceStatus",
    "DescribeInstanceTypes",
    "DescribeInstances",
    "DescribeSpotPriceHistory",
    "TerminateInstances",
];

impl Route {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap, form: &[u8]) -> Self {
        if let Some((service, action)) =
            text(headers, "x-amz-target").and_then(|target| target.split_once('.'))
        {
            let service = json_service(service);
            let destination = if service == "ecs" { Destination::Compute } else { Destination::Ministack };
            return Self { destination, service, action: action.to_owned(), dialect: Dialect::Json };
        }
        if is_form(headers) || uri.query().is_some_and(|query| query.contains("Action=")) {
            return query(form, uri.query().unwrap_or_default(), headers);
        }
        let service = data_plane(uri, headers).unwrap_or_else(|| scope(headers).unwrap_or("s3").to_owned());
        let action = format!("{method} {}", uri.path());
        let dialect = if service == "s3" { Dialect::S3 } else { Dialect::Rest };
        Self { destination: Destination::Ministack, service, action, dialect }
    }
}

pub(super) fn is_for_ecs(headers: &HeaderMap) -> bool {
    text(headers, "x-amz-target").is_some_and(|target| target.starts_with(ECS))
}

pub(super) fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
}

fn query(form: &[u8], query: &str, headers: &HeaderMap) -> Route {
    let pairs = || url::form_urlencoded::parse(form).chain(url::form_urlencoded::parse(query.as_bytes()));
    let value = |name: &str| pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let action = value("Action").unwrap_or_default();
    match value("Version").as_deref() {
        Some("2011-01-01") => Route {
            destination: Destination::Compute,
            service: "autoscaling".to_owned(),
            action,
            dialect: Dialect::Query,
        },
        Some("2016-11-15") => {
            let destination = if INSTANCE_ACTIONS.contains(&action.as_str()) {
                Destination::Compute
            } else {
                Destination::Ministack
            };
            Route { destination, service: "ec2".to_owned(), action, dialect: Dialect::Ec2 }
        }
        Some(_) | None => Route {
            destination: Destination::Ministack,
            service: scope(headers).unwrap_or("unknown").to_owned(),
            action,
            dialect: Dialect::Query,
        },
    }
}

/// `DynamoDB_20120810` is `dynamodb`, `AmazonSQS` is `sqs`.
fn json_service(target: &str) -> String {
    match target.split('_').next().unwrap_or(target) {
        ECS => "ecs".to_owned(),
        "AWSEvents" => "events".to_owned(),
        "Logs" => "logs".to_owned(),
        name => name.trim_start_matches("Amazon").trim_start_matches("AWS").to_ascii_lowercase(),
    }
}

/// HTTP APIs, in both forms their address has.
fn data_plane(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let by_host = text(headers, HOST.as_str()).is_some_and(|host| host.contains(".execute-api."));
    (by_host || uri.path().starts_with("/_aws/execute-api/")).then(|| "execute-api".to_owned())
}

/// The service in the signature's scope: `Credential=KEY/date/region/SERVICE/aws4_request`.
fn scope(headers: &HeaderMap) -> Option<&str> {
    credential(headers)?.split('/').nth(3)
}

/// Who signed a request, as far as its access key tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signatory {
    Nobody,
    /// Whose signature nobody checks.
    Root,
    /// A user or a session, with a secret to check against.
    Principal,
}

pub(crate) fn signatory(headers: &HeaderMap) -> Signatory {
    match access_key(headers) {
        None => Signatory::Nobody,
        Some(key) if key.starts_with("ASIA") || key.starts_with("AKIA") => Signatory::Principal,
        Some(_) => Signatory::Root,
    }
}

/// The access key a request is signed with.
pub(super) fn access_key(headers: &HeaderMap) -> Option<&str> {
    credential(headers)?.split('/').next()
}

fn credential(headers: &HeaderMap) -> Option<&str> {
    let (_, rest) = text(headers, AUTHORIZATION.as_str())?.split_once("Credential=")?;
    rest.split([',', ' ']).next()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)], uri: &str, form: &str) -> String {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
        });
        let route = Route::of(&Method::POST, &uri.parse().unwrap(), &headers.collect(), form.as_bytes());
        format!("{:?} {}:{}", route.destination, route.service, route.action)
    }

    #[test]
    fn machines_and_tasks_go_to_the_model_and_everything_else_to_ministack() {
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let target = |value| [("x-amz-target", value)];
        assert_eq!(
            check(&target("AmazonEC2ContainerServiceV20141113.RunTask"), "/", ""),
            "Compute ecs:RunTask"
        );
        assert_eq!(check(&target("DynamoDB_20120810.Query"), "/", ""), "Ministack dynamodb:Query");
        assert_eq!(check(&target("AmazonSQS.SendMessage"), "/", ""), "Ministack sqs:SendMessage");
        assert_eq!(
            check(&form, "/", "Action=LaunchInstances&Version=2011-01-01"),
            "Compute autoscaling:LaunchInstances"
        );
        assert_eq!(
            check(&form, "/", "Action=DescribeInstances&Version=2016-11-15"),
            "Compute ec2:DescribeInstances"
        );
        assert_eq!(
            check(&form, "/", "Action=CreateLaunchTemplate&Version=2016-11-15"),
            "Ministack ec2:CreateLaunchTemplate"
        );
    }

    #[test]
    fn an_http_api_is_known_by_host_and_by_path() {
        let host = [("host", "0a1b2c3d.execute-api.localhost:4566")];
        assert_eq!(check(&host, "/claim", ""), "Ministack execute-api:POST /claim");
        assert_eq!(
            check(&[], "/_aws/execute-api/0a1b2c3d/claim", ""),
            "Ministack execute-api:POST /_aws/execute-api/0a1b2c3d/claim"
        );
    }
}
