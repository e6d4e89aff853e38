//! One call to GitHub: its headers, its time-out, its limits.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use control::{Chain, PortError};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, LOCATION, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::BodyExt;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret, SecretString};

use crate::app::Clock;
use crate::error::{call_error, message, unusable};
use crate::limit::{Caller, Limits, Purpose, Route};

/// GitHub's own limit for one request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The one that GitHub Enterprise Server knows too.
const API_VERSION: &str = "2022-11-28";

/// A repository that was renamed is one step away.
const MAX_STEPS: usize = 2;

pub(crate) struct Client {
    octocrab: Octocrab,
    base: String,
    limits: Mutex<Limits>,
    pub(crate) clock: Clock,
}

pub(crate) struct Call<'a> {
    /// What an error says was being done.
    pub(crate) doing: &'static str,
    pub(crate) caller: Caller,
    pub(crate) purpose: Purpose,
    pub(crate) route: Route,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// Where the next page of a list is.
    pub(crate) next: Option<String>,
    location: Option<String>,
}

impl Client {
    /// Needs a running tokio, where the calls are queued. `base` has no slash at its end.
    pub(crate) fn new(base: String, clock: Clock) -> Self {
        let tls = hyper_rustls::HttpsConnectorBuilder::new().with_webpki_roots();
        let connector = tls.https_or_http().enable_http1().build();
        let executor = hyper_util::rt::TokioExecutor::new();
        let http = hyper_util::client::legacy::Client::builder(executor).build(connector);
        let Ok(octocrab) = OctocrabBuilder::new_empty().with_service(http).with_auth(AuthState::None).build();
        Self { octocrab, base, limits: Mutex::default(), clock }
    }

    /// An answer of any status, unless a limit was reached.
    pub(crate) async fn send(&self, call: &Call<'_>, token: &SecretString) -> Result<Answer, PortError> {
        let mut url = format!("{}{}", self.base, call.path);
        for _ in 0..MAX_STEPS {
            let answer = self.send_once(call, &url, token).await?;
            match answer.location {
                Some(ref location) if answer.status.is_redirection() => {
                    url = self.redirect(call.doing, location)?;
                }
                _ => return Ok(answer),
            }
        }
        Err(unusable(call.doing, "redirected more than once"))
    }

    async fn send_once(&self, call: &Call<'_>, url: &str, token: &SecretString) -> Result<Answer, PortError> {
        let doing = call.doing;
        self.may(call)?;
        self.limits().spend(call.caller, &call.method, (self.clock)());
        let request = request(call, url, token)
            .map_err(|error| PortError::Refused { source: call_error(doing, error.to_string()) })?;
        let asked = tokio::time::timeout(TIMEOUT, async {
            let (parts, body) = self.octocrab.execute(request).await?.into_parts();
            Ok::<_, octocrab::Error>((parts, body.collect().await?.to_bytes()))
        });
        let said = match asked.await {
            Ok(Ok((parts, body))) => return self.answer(call, &parts, body),
            Ok(Err(error)) => Chain(&error).to_string(),
            Err(_) => format!("no answer within {} s", TIMEOUT.as_secs()),
        };
        Err(PortError::Transient { source: call_error(doing, said) })
    }

    /// Whether the limits that are known leave room for this call.
    pub(crate) fn may(&self, call: &Call<'_>) -> Result<(), PortError> {
        let &Call { doing, caller, purpose, route, .. } = call;
        let Some(wait) = self.limits().wait(caller, route, purpose, (self.clock)()) else { return Ok(()) };
        let said = format!("not asked, its limit is reached for another {} s", wait.as_secs());
        Err(PortError::Throttled { retry_after: Some(wait), source: call_error(doing, said) })
    }

    fn answer(
        &self,
        call: &Call<'_>,
        parts: &http::response::Parts,
        body: Bytes,
    ) -> Result<Answer, PortError> {
        let said = if parts.status.is_success() { String::new() } else { message(&body) };
        let answer = (parts.status, &parts.headers, said.as_str());
        if let Some(wait) = self.limits().learn(call.caller, call.route, (self.clock)(), answer) {
            let source = call_error(call.doing, format!("{} {said}", parts.status.as_u16()).trim_end());
            return Err(PortError::Throttled { retry_after: Some(wait), source });
        }
        let location = parts.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let next = parts.headers.get(LINK).and_then(|value| next(value.to_str().ok()?));
        Ok(Answer { status: parts.status, body, next, location: location.map(ToOwned::to_owned) })
    }

    /// Our token goes nowhere else.
    fn redirect(&self, doing: &'static str, location: &str) -> Result<String, PortError> {
        let origin = |uri: &Uri| Some((uri.scheme_str()?.to_owned(), uri.authority()?.to_string()));
        let here = self.base.parse().ok().and_then(|uri| origin(&uri));
        let there = location.parse().ok().and_then(|uri| origin(&uri));
        if here.is_some() && here == there {
            return Ok(location.to_owned());
        }
        Err(unusable(doing, "redirected to another host"))
    }

    fn limits(&self) -> std::sync::MutexGuard<'_, Limits> {
        // What is remembered is at worst a little old, so a panic elsewhere spoils nothing.
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `<address>; rel="next"`, among others.
fn next(links: &str) -> Option<String> {
    let next = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let (_, address) = next.split_once('<')?;
    address.split_once('>').map(|(address, _)| address.to_owned())
}

fn request(call: &Call<'_>, url: &str, token: &SecretString) -> Result<Request<String>, http::Error> {
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))?;
    authorization.set_sensitive(true);
    let mut request = Request::builder()
        .method(call.method.clone())
        .uri(url)
        .header(USER_AGENT, concat!("quillon/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, "application/vnd.github+json")
        .header("x-github-api-version", API_VERSION)
        .header(AUTHORIZATION, authorization);
    if call.body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request.body(call.body.clone().unwrap_or_default())
}
