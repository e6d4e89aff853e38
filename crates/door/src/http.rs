//! URLs, connections and their time-outs.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::{Cause, SettingsError};

/// The gateway ends a request after 30 seconds: waiting longer than that brings nothing, waiting less
/// would ask again while the broker still works on the first.
const ANSWER: Duration = Duration::from_secs(31);
const CONNECT: Duration = Duration::from_secs(5);
/// A runner's configuration has about 8 KiB.
const MAX_BODY_BYTES: u64 = 256 * 1024;

/// How to get out: a proxy, and the hosts that are reached without it.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// It may hold a password.
    pub url: SecretString,
    /// Hosts, which stand for what is below them too, and `*`, separated by commas.
    pub no_proxy: String,
}

/// The API's URL without a slash at its end.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    url: String,
    host: String,
    authority: String,
}

/// One route of the API.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: String,
    authority: String,
}

impl Base {
    pub(crate) fn parse(text: &str) -> Result<Self, SettingsError> {
        let bad = || SettingsError::ApiUrl { url: text.to_owned() };
        let url = Url::parse(text).map_err(|_| bad())?;
        let is_plain = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !is_plain {
            return Err(bad());
        }
        let host = url.host_str().ok_or_else(bad)?;
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { url: url.as_str().trim_end_matches('/').to_owned(), host: host.to_owned(), authority })
    }

    pub(crate) fn join(&self, path: &str) -> Target {
        Target { url: format!("{}{path}", self.url), authority: self.authority.clone() }
    }
}

impl Target {
    /// What is sent and signed with every request.
    pub(crate) fn headers(&self) -> [(&str, &str); 2] {
        [("host", &self.authority), ("content-type", "application/json")]
    }
}

/// For the one host of the API. Statuses are answers, and a redirect would need another signature.
pub(crate) fn agent(base: &Base, proxy: Option<&Proxy>) -> Result<ureq::Agent, SettingsError> {
    let proxy = proxy.filter(|proxy| !proxy.excepts(&base.host));
    let proxy = proxy.map(|proxy| ureq::Proxy::new(proxy.url.expose_secret())).transpose();
    // Without the cause, which would quote the password.
    Ok(config(proxy.map_err(|_| SettingsError::Proxy)?, ANSWER).new_agent())
}

/// For the credentials endpoint, which is on this host: never through a proxy.
pub(crate) fn local_agent() -> ureq::Agent {
    config(None, Duration::from_secs(5)).new_agent()
}

pub(crate) fn failure(error: ureq::Error) -> Cause {
    Cause::Transport(Box::new(error))
}

pub(crate) fn text(response: &mut ureq::http::Response<ureq::Body>) -> Result<SecretString, Cause> {
    let body = response.body_mut().with_config().limit(MAX_BODY_BYTES).read_to_string();
    body.map(SecretString::from).map_err(failure)
}

fn config(proxy: Option<ureq::Proxy>, answer: Duration) -> ureq::config::Config {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // Calls are hours apart: a kept connection would only be found dead.
        .max_idle_connections(0)
        .proxy(proxy)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(answer))
        .user_agent(concat!("quillon/", env!("CARGO_PKG_VERSION")))
        .build()
}

impl Proxy {
    fn excepts(&self, host: &str) -> bool {
        let names = self.no_proxy.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| name.trim_start_matches("*.").trim_start_matches('.')).any(|name| {
            let below = host.strip_suffix(name).is_some_and(|above| above.ends_with('.'));
            name == "*" || host == name || below
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_may_have_a_stage_and_a_port() {
        let target =
            Base::parse("http://127.0.0.1:4566/_aws/execute-api/abc/$default/").unwrap().join("/claim");
        assert_eq!(target.url, "http://127.0.0.1:4566/_aws/execute-api/abc/$default/claim");
        assert_eq!(target.headers()[0], ("host", "127.0.0.1:4566"));
        let target =
            Base::parse("https://abc.execute-api.eu-central-1.amazonaws.com").unwrap().join("/claim");
        assert_eq!(target.url, "https://abc.execute-api.eu-central-1.amazonaws.com/claim");
        assert_eq!(target.headers()[0], ("host", "abc.execute-api.eu-central-1.amazonaws.com"));
    }

    #[test]
    fn a_host_excepts_itself_and_what_is_below_it() {
        let excepts = |no_proxy: &str| {
            Proxy { url: "http://proxy".into(), no_proxy: no_proxy.to_owned() }.excepts("api.example.com")
        };
        for no_proxy in ["*", "api.example.com", "other, example.com", ".example.com", "*.example.com"] {
            assert!(excepts(no_proxy), "{no_proxy}");
        }
        for no_proxy in ["", ",", "ample.com", "api.example", "www.api.example.com"] {
            assert!(!excepts(no_proxy), "{no_proxy}");
        }
    }

    #[test]
    fn what_is_no_api_url_is_named() {
        for url in
            ["", "abc.example", "ftp://abc.example", "https://u:p@abc.example", "https://abc.example?a=b"]
        {
            assert!(matches!(Base::parse(url), Err(SettingsError::ApiUrl { .. })), "{url}");
        }
    }
}
