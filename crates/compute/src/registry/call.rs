//! One HTTP call, through the connections that the SDK's clients use.

use std::convert::Infallible;
use std::time::Duration;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use control::{Chain, PortError};
use url::{Position, Url};

use super::{OPERATION, Registry};
use crate::error::{call_error, unusable};

/// A registry that is slower than this keeps a tick waiting.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    Head,
    Get,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// What the operation's serializer takes: it has no other way in.
#[derive(Debug)]
struct Request {
    method: Method,
    path: String,
    accept: Option<&'static str>,
    authorization: Option<String>,
}

impl Registry {
    pub(crate) async fn call(
        &self,
        method: Method,
        url: &Url,
        accept: Option<&'static str>,
        token: Option<&str>,
    ) -> Result<Answer, PortError> {
        let http = self.http.clone().ok_or_else(|| unusable(OPERATION, "the SDK has no HTTP client"))?;
        let operation = Operation::builder()
            .service_name("registry")
            .operation_name("manifest")
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&url[..Position::BeforePath])
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .serializer(http_request)
            .deserializer(|response: &HttpResponse| Ok::<_, _>(answer(response)))
            .build();
        let request = Request {
            method,
            path: url[Position::BeforePath..Position::AfterQuery].to_owned(),
            accept,
            authorization: token.map(|token| format!("Bearer {token}")),
        };
        let failed = |why: String| PortError::Transient {
            source: call_error(OPERATION, format!("{}: {why}", url.host_str().unwrap_or_default())),
        };
        match tokio::time::timeout(TIMEOUT, operation.invoke(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err::<_, aws_smithy_runtime_api::client::result::SdkError<Infallible, HttpResponse>>(
                error,
            )) => Err(failed(Chain(&error).to_string())),
            Err(_) => Err(failed(format!("no answer within {} s", TIMEOUT.as_secs()))),
        }
    }
}

fn http_request(request: Request) -> Result<HttpRequest, BoxError> {
    let mut http = HttpRequest::new(SdkBody::empty());
    http.set_method(match request.method {
        Method::Head => "HEAD",
        Method::Get => "GET",
    })?;
    http.set_uri(request.path)?;
    http.headers_mut().insert("user-agent", concat!("quillon/", env!("CARGO_PKG_VERSION")));
    if let Some(accept) = request.accept {
        http.headers_mut().insert("accept", accept);
    }
    if let Some(authorization) = request.authorization {
        http.headers_mut().try_insert("authorization", authorization)?;
    }
    Ok(http)
}

fn answer(response: &HttpResponse) -> Answer {
    let header = |name| response.headers().get(name).map(ToOwned::to_owned);
    Answer {
        status: response.status().as_u16(),
        location: header("location"),
        challenge: header("www-authenticate"),
        digest: header("docker-content-digest"),
        retry_after: header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        body: response.body().bytes().map(<[u8]>::to_vec).unwrap_or_default(),
    }
}
