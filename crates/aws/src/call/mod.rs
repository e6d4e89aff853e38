//! A call in AWS's JSON protocols without the SDK's clients: what those do around the same bytes was half
//! of what an event cost.

mod endpoint;
mod failure;
mod sign;

use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::retries::strategy::NeverRetryStrategy;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::http::{HttpClient as _, HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use control::PortError;
use control::error::Source;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fresh::Fresh;
use failure::Answered;
pub(crate) use failure::Failure;

/// Before the second attempt and the third, at most; a throttled service asks for more.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];
const PAUSES_WHEN_THROTTLED: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// What distinguishes the services that speak so.
#[derive(Debug)]
pub(crate) struct Protocol {
    /// Its name in `AWS_ENDPOINT_URL_…`.
    id: &'static str,
    /// Its name in a host and in a signature.
    name: &'static str,
    /// Its name, with a version, before an operation's.
    target: &'static str,
}

pub(crate) const DYNAMODB: Protocol =
    Protocol { id: "DynamoDB", name: "dynamodb", target: "DynamoDB_20120810" };
pub(crate) const SQS: Protocol = Protocol { id: "SQS", name: "sqs", target: "AmazonSQS" };

/// One service, reached as the SDK's clients of this process reach theirs: through the same connections,
/// with the same credentials and the same patience.
pub(crate) struct Service {
    protocol: Protocol,
    url: String,
    sdk: SdkConfig,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    timeouts: TimeoutConfig,
}

impl Service {
    pub(crate) fn new(protocol: Protocol, sdk: &SdkConfig) -> Self {
        let timeouts = sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let mut settings = HttpConnectorSettings::builder();
        settings.set_connect_timeout(timeouts.connect_timeout());
        settings.set_read_timeout(timeouts.read_timeout());
        Self {
            url: endpoint::url(&protocol, sdk),
            protocol,
            sdk: sdk.clone(),
            settings: settings.build(),
            components: components(sdk),
            timeouts,
        }
    }

    /// `call` names what is asked, as IAM writes it: `dynamodb:Query`.
    pub(crate) async fn call<A: DeserializeOwned>(
        &self,
        call: &str,
        asked: &impl Serialize,
        fresh: &Fresh,
    ) -> Result<A, PortError> {
        self.ask(call, asked, fresh).await.map_err(|failure| failure.into_port_error(call))
    }

    /// Sends the same bytes until they are answered by more than trouble, or patience ends.
    pub(crate) async fn ask<A: DeserializeOwned>(
        &self,
        call: &str,
        asked: &impl Serialize,
        fresh: &Fresh,
    ) -> Result<A, Failure> {
        let body = serde_json::to_vec(asked).map_err(|error| Failure::Unsendable(error.into()))?;
        let operation = call.rsplit(':').next().unwrap_or(call);
        let target = format!("{}.{operation}", self.protocol.target);
        let answer =
            within(self.timeouts.operation_timeout(), self.tried(&target, &Bytes::from(body), fresh)).await?;
        serde_json::from_slice(&answer).map_err(|error| Failure::Unanswered(error.into()))
    }

    async fn tried(&self, target: &str, body: &Bytes, fresh: &Fresh) -> Result<Bytes, Failure> {
        let attempts = self.sdk.retry_config().map_or(1, RetryConfig::max_attempts);
        let mut attempt = 1;
        loop {
            let failure =
                match within(self.timeouts.operation_attempt_timeout(), self.once(target, body)).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                };
            let pauses = match () {
                () if attempt >= attempts => return Err(failure),
                () if failure.is_throttled() => PAUSES_WHEN_THROTTLED,
                () if failure.is_passing() => PAUSES,
                () => return Err(failure),
            };
            let pause = pauses[usize::from(attempt > 1)];
            tokio::time::sleep(fresh.part_of(pause)).await;
            attempt += 1;
        }
    }

    async fn once(&self, target: &str, body: &Bytes) -> Result<Bytes, Failure> {
        let request = self.request(target, body).await.map_err(Failure::Unsendable)?;
        let http = self.sdk.http_client();
        let http = http.ok_or_else(|| Failure::Unsendable("there is no HTTP client".into()))?;
        let connector = http.http_connector(&self.settings, &self.components);
        let response = connector.call(request).await.map_err(|error| Failure::Unanswered(error.into()))?;
        read(response).await
    }

    async fn request(&self, target: &str, body: &Bytes) -> Result<HttpRequest, Source> {
        let credentials = self.sdk.credentials_provider().ok_or("there are no credentials")?;
        let by = sign::Signer {
            credentials: credentials.provide_credentials().await?,
            region: self.sdk.region().map_or("", Region::as_ref),
            service: self.protocol.name,
            now: self.sdk.time_source().unwrap_or_default().now(),
        };
        sign::request(&self.url, target, body, &by)
    }
}

/// Without credentials, whatever they would say of themselves.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("url", &self.url).finish_non_exhaustive()
    }
}

async fn read(response: HttpResponse) -> Result<Bytes, Failure> {
    let status = response.status();
    let header = |name| response.headers().get(name).map(str::to_owned);
    let (code, request, retry_after) =
        (header("x-amzn-errortype"), header("x-amzn-requestid"), header("retry-after"));
    let body = ByteStream::new(response.into_body()).collect().await;
    let body = body.map_err(|error| Failure::Unanswered(error.into()))?.into_bytes();
    if status.is_success() {
        return Ok(body);
    }
    Err(Failure::Answered(Answered::read(status.as_u16(), code, request, retry_after, body)))
}

async fn within<A>(
    limit: Option<Duration>,
    answer: impl Future<Output = Result<A, Failure>>,
) -> Result<A, Failure> {
    let Some(limit) = limit else { return answer.await };
    let late = |_| Failure::Unanswered(format!("no answer within {} s", limit.as_secs_f64()).into());
    tokio::time::timeout(limit, answer).await.map_err(late)?
}

/// An HTTP client takes how long to sleep from these, and from the rest nothing; they cannot be had alone.
fn components(sdk: &SdkConfig) -> RuntimeComponents {
    RuntimeComponentsBuilder::new("quillon")
        .with_sleep_impl(sdk.sleep_impl())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(Vec::new())))
        .with_auth_scheme(NoAuthScheme::new())
        .with_identity_resolver(NO_AUTH_SCHEME_ID, NoAuthIdentityResolver::new())
        .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri(String::new())))
        .with_identity_cache(Some(IdentityCache::no_cache()))
        .with_retry_strategy(Some(NeverRetryStrategy::new()))
        .build()
        .expect("every part that there has to be is there")
}
