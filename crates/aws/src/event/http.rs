//! A request that came through the HTTP API, and its answer (payload format 2.0).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Payload")]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The bytes as they were sent, whichever way the API wrote them down.
    pub body: Vec<u8>,
    /// Who signed it; only on routes that ask for a signature.
    pub caller: Option<Caller>,
}

/// Whose signature the API has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    pub arn: String,
    /// `<role id>:<session name>` of a role, which stays the caller's when a role is made anew under the
    /// same name.
    pub user: String,
}

/// A caller that has taken a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub account: String,
    /// Its name, without its path.
    pub role: String,
    pub name: String,
}

impl Caller {
    /// `None` for everybody else: users, the root, other services.
    pub fn session(&self) -> Option<Session> {
        let mut parts = self.arn.splitn(6, ':');
        let ("arn", Some(_partition), "sts", Some(_region)) =
            (parts.next()?, parts.next(), parts.next()?, parts.next())
        else {
            return None;
        };
        let account = parts.next().filter(|account| *account == self.account)?;
        let (role, name) = parts.next()?.strip_prefix("assumed-role/")?.split_once('/')?;
        if role.is_empty() || name.is_empty() || name.contains('/') {
            return None;
        }
        Some(Session { account: account.to_owned(), role: role.to_owned(), name: name.to_owned() })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    #[serde(rename = "statusCode")]
    pub status: u16,
    pub headers: BTreeMap<&'static str, String>,
    pub body: String,
}

impl Answer {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: BTreeMap::new(), body: String::new() }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = BTreeMap::from([("content-type", "application/json".to_owned())]);
        Self { status, headers, body: body.to_string() }
    }

    /// A sentence for whoever reads it, such as GitHub's list of deliveries.
    pub fn text(status: u16, sentence: &str) -> Self {
        let headers = BTreeMap::from([("content-type", "text/plain; charset=utf-8".to_owned())]);
        Self { status, headers, body: sentence.to_owned() }
    }

    #[must_use]
    pub fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.insert(header, value.into());
        self
    }
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "rawPath", default)]
    raw_path: String,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(rename = "isBase64Encoded", default)]
    is_base64: bool,
    #[serde(rename = "requestContext", default)]
    context: Context,
}

#[derive(Default, Deserialize)]
struct Context {
    #[serde(default)]
    http: Http,
    #[serde(default)]
    authorizer: Option<Authorizer>,
}

#[derive(Default, Deserialize)]
struct Http {
    #[serde(default)]
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    #[serde(default)]
    iam: Option<Iam>,
}

#[derive(Deserialize)]
struct Iam {
    #[serde(rename = "accountId", default)]
    account: Option<String>,
    #[serde(rename = "userArn", default)]
    arn: Option<String>,
    #[serde(rename = "userId", default)]
    user: Option<String>,
}

impl From<Payload> for Request {
    fn from(payload: Payload) -> Self {
        let text = payload.body.unwrap_or_default();
        // What says it is base64 and is not stays as it is: no signature fits it.
        let decoded = payload.is_base64.then(|| STANDARD.decode(&text).ok()).flatten();
        let headers = payload.headers.unwrap_or_default();
        Self {
            method: payload.context.http.method,
            path: payload.raw_path,
            headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body: decoded.unwrap_or_else(|| text.into_bytes()),
            caller: payload.context.authorizer.and_then(|authorizer| authorizer.iam).map(|iam| Caller {
                account: iam.account.unwrap_or_default(),
                arn: iam.arn.unwrap_or_default(),
                user: iam.user.unwrap_or_default(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: serde_json::Value) -> Request {
        let mut payload = serde_json::json!({
            "version": "2.0",
            "routeKey": "POST /webhook",
            "rawPath": "/webhook",
            "rawQueryString": "",
            "headers": { "X-GitHub-Event": "workflow_job", "content-length": "2" },
            "requestContext": {
                "accountId": "123456789012",
                "http": { "method": "POST", "path": "/webhook", "sourceIp": "192.0.2.1" },
                "timeEpoch": 1_700_000_000_000_u64,
            },
            "pathParameters": null,
        });
        payload.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        serde_json::from_value(payload).unwrap()
    }

    #[test]
    fn a_body_is_the_bytes_that_were_sent() {
        let plain = request(serde_json::json!({ "body": "{}", "isBase64Encoded": false }));
        let encoded = request(serde_json::json!({ "body": "e30=", "isBase64Encoded": true }));
        assert_eq!(plain, encoded);
        assert_eq!(plain.body, b"{}");
        assert_eq!((plain.method.as_str(), plain.path.as_str()), ("POST", "/webhook"));
        assert_eq!(plain.headers["x-github-event"], "workflow_job");
        assert_eq!(plain.caller, None);
    }

    #[test]
    fn a_request_without_a_body_has_an_empty_one() {
        assert_eq!(request(serde_json::json!({})).body, b"");
        assert_eq!(request(serde_json::json!({ "body": null })).body, b"");
        assert_eq!(
            request(serde_json::json!({ "body": "no base64!", "isBase64Encoded": true })).body,
            b"no base64!"
        );
    }

    #[test]
    fn a_signed_request_names_the_session_that_signed_it() {
        let signed = request(serde_json::json!({ "requestContext": {
            "http": { "method": "POST" },
            "authorizer": { "iam": {
                "accessKey": "ASIA…", "accountId": "123456789012", "callerId": "AROAEXAMPLE:abc", "cognitoIdentity": null,
                "principalOrgId": null, "userId": "AROAEXAMPLE:abc",
                "userArn": "arn:aws:sts::123456789012:assumed-role/quillon-task/abc",
            } },
        } }));
        let session = signed.caller.unwrap().session();
        let (account, role, name) = ("123456789012".into(), "quillon-task".into(), "abc".into());
        assert_eq!(session, Some(Session { account, role, name }));
    }

    #[test]
    fn who_has_taken_no_role_has_no_session() {
        for arn in [
            "",
            "arn:aws:iam::123456789012:user/quillon-task/abc",
            "arn:aws:iam::123456789012:root",
            "arn:aws:sts::123456789012:federated-user/abc",
            "arn:aws:sts::123456789012:assumed-role/quillon-task",
            "arn:aws:sts::123456789012:assumed-role/quillon-task/",
            "arn:aws:sts::123456789012:assumed-role/a/b/c",
            "arn:aws:sts::999999999999:assumed-role/quillon-task/abc",
        ] {
            let caller = Caller { account: "123456789012".into(), arn: arn.into(), user: String::new() };
            assert_eq!(caller.session(), None, "{arn}");
        }
    }

    #[test]
    fn an_answer_is_what_the_api_expects() {
        let answer = Answer::json(202, &serde_json::json!({ "status": "wait" })).with("retry-after", "1");
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            serde_json::json!({
                "statusCode": 202,
                "headers": { "content-type": "application/json", "retry-after": "1" },
                "body": "{\"status\":\"wait\"}",
            })
        );
    }
}
