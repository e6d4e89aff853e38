//! AWS as a list of answers: what was asked is kept as it would have gone over the wire.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws::Environment;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use serde_json::Value;

#[derive(Clone, Debug, Default)]
pub(crate) struct Canned {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The operation, where the protocol names it.
    pub(crate) target: String,
    pub(crate) uri: String,
    pub(crate) if_none_match: Option<String>,
    pub(crate) body: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(u16, Value),
    Document { etag: &'static str, body: &'static str },
    Status(u16),
    Unreachable,
}

pub(crate) fn environment() -> Vec<(String, String)> {
    [
        ("QUILLON_CONFIG", "s3://documents/quillon/config.json"),
        ("QUILLON_FUNCTION", "webhook"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_SESSION_TOKEN", "FwoGZXIvYXdzE"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

impl Canned {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    pub(crate) fn sdk(&self) -> SdkConfig {
        let sdk = Environment::read(environment()).unwrap().sdk();
        sdk.into_builder().http_client(self.clone()).build()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        assert!(self.answers.lock().unwrap().is_empty(), "an answer was not asked for");
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    pub(crate) fn answer(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name| request.headers().get(name).map(str::to_owned);
        let target = header("x-amz-target").unwrap_or_else(|| request.method().to_owned());
        self.asked.lock().unwrap().push(Asked {
            target: target.rsplit('.').next().unwrap_or_default().to_owned(),
            uri: request.uri().to_owned(),
            if_none_match: header("if-none-match"),
            body: serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default(),
        });
        let answer = self.answers.lock().unwrap().pop_front();
        HttpConnectorFuture::ready(match answer.expect("an answer for every request") {
            Answer::Json(status, body) => Ok(response(status, body.to_string())),
            Answer::Document { etag, body } => {
                let mut response = response(200, body.to_owned());
                response.headers_mut().insert("etag", etag);
                Ok(response)
            }
            Answer::Status(status) => Ok(response(status, String::new())),
            Answer::Unreachable => Err(ConnectorError::io("connection refused".into())),
        })
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn response(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}
