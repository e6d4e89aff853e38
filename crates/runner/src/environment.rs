//! The environment of the container: what of it is ours, and what of it the job may see.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use door::{CredentialsSource, EndpointError, Proxy, Settings};
use model::id::{LaunchId, NotALaunch};
use secrecy::SecretString;

/// Ten seconds less than the longest stop time-out of Fargate, so that we end before we are ended.
const STOP_TIMEOUT: Duration = Duration::from_secs(110);
/// What names our identity, our task and our API is none of a job's business.
const OURS: [&str; 3] = ["AWS_", "ECS_", "QUILLON_"];

#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) api: Settings,
    /// The launch that this task was started for.
    pub(crate) launch: LaunchId,
    pub(crate) stop_timeout: Duration,
    /// What the listener inherits.
    pub(crate) inherited: BTreeMap<OsString, OsString>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error("`{0}` is not set")]
    Missing(&'static str),
    #[error(
        "neither `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` nor `AWS_CONTAINER_CREDENTIALS_FULL_URI` is set"
    )]
    NoCredentials,
    #[error("`QUILLON_LAUNCH` names no launch")]
    Launch(#[source] NotALaunch),
    #[error("`QUILLON_STOP_SECONDS` is not a number of seconds")]
    StopSeconds,
    #[error("the credentials endpoint cannot be used")]
    Endpoint(#[source] EndpointError),
}

impl Environment {
    pub(crate) fn read(vars: BTreeMap<OsString, OsString>) -> Result<Self, EnvironmentError> {
        // An empty variable is how a task definition unsets one.
        let get = |name: &str| vars.get(&OsString::from(name))?.to_str().filter(|value| !value.is_empty());
        let need = |name| get(name).map(str::to_owned).ok_or(EnvironmentError::Missing(name));
        let api_url = need("QUILLON_API_URL")?;
        let proxy = proxy(&api_url, get);
        let api =
            Settings { region: need("QUILLON_REGION")?, credentials: credentials(get)?, proxy, api_url };
        let launch = need("QUILLON_LAUNCH")?.parse().map_err(EnvironmentError::Launch)?;
        let stop_timeout = match get("QUILLON_STOP_SECONDS") {
            Some(seconds) => {
                Duration::from_secs(seconds.parse::<u32>().map_err(|_| EnvironmentError::StopSeconds)?.into())
            }
            None => STOP_TIMEOUT,
        };
        Ok(Self { api, launch, stop_timeout, inherited: scrubbed(vars) })
    }
}

fn credentials<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<CredentialsSource, EnvironmentError> {
    let source = match get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(uri) => CredentialsSource::relative(uri),
        None => {
            let uri = get("AWS_CONTAINER_CREDENTIALS_FULL_URI").ok_or(EnvironmentError::NoCredentials)?;
            let token = get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(SecretString::from);
            CredentialsSource::full(uri, token)
        }
    };
    source.map_err(EnvironmentError::Endpoint)
}

/// The proxy for the API's scheme, read as curl and GitHub's runner read it.
fn proxy<'a>(api_url: &str, get: impl Fn(&str) -> Option<&'a str>) -> Option<Proxy> {
    let either = |lower, upper| get(lower).or_else(|| get(upper));
    let proxy = if api_url.starts_with("https:") {
        either("https_proxy", "HTTPS_PROXY")
    } else {
        either("http_proxy", "HTTP_PROXY")
    }?;
    let url = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    Some(Proxy { url: url.into(), no_proxy: either("no_proxy", "NO_PROXY").unwrap_or_default().to_owned() })
}

fn scrubbed(mut vars: BTreeMap<OsString, OsString>) -> BTreeMap<OsString, OsString> {
    vars.retain(|name, _| {
        let name = name.to_string_lossy();
        !OURS.iter().any(|prefix| name.starts_with(prefix))
    });
    vars
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        let needed = [
            ("QUILLON_API_URL", "https://api.example"),
            ("QUILLON_LAUNCH", "7-1"),
            ("QUILLON_REGION", "eu-central-1"),
        ];
        let vars = needed.iter().chain(vars).map(|(name, value)| (name.into(), value.into()));
        Environment::read(vars.collect())
    }

    const RELATIVE: (&str, &str) = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/7");

    #[test]
    fn the_listener_inherits_nothing_that_is_ours() {
        let environment = read(&[
            RELATIVE,
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"),
            ("AWS_EXECUTION_ENV", "AWS_ECS_EC2"),
            ("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/7"),
            ("PATH", "/bin"),
            ("RUNNER_TOOL_CACHE", "/opt/tools"),
            ("https_proxy", "http://proxy.example:3128"),
        ]);
        let inherited: Vec<_> = environment.unwrap().inherited.into_keys().collect();
        assert_eq!(inherited, ["PATH", "RUNNER_TOOL_CACHE", "https_proxy"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            Environment::read(BTreeMap::new()).unwrap_err().to_string(),
            "`QUILLON_API_URL` is not set"
        );
        assert!(matches!(read(&[("QUILLON_REGION", "")]), Err(EnvironmentError::Missing("QUILLON_REGION"))));
        assert!(matches!(read(&[]), Err(EnvironmentError::NoCredentials)));
        assert!(matches!(read(&[RELATIVE, ("QUILLON_LAUNCH", "7")]), Err(EnvironmentError::Launch(_))));
        let elsewhere = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example");
        assert!(matches!(read(&[elsewhere]), Err(EnvironmentError::Endpoint(_))));
    }

    #[test]
    fn the_stop_time_out_may_be_told() {
        assert_eq!(read(&[RELATIVE]).unwrap().stop_timeout, STOP_TIMEOUT);
        let told = |seconds| read(&[RELATIVE, ("QUILLON_STOP_SECONDS", seconds)]);
        assert_eq!(told("25").unwrap().stop_timeout, Duration::from_secs(25));
        assert!(matches!(told("-1"), Err(EnvironmentError::StopSeconds)));
    }

    #[test]
    fn the_proxy_is_the_one_for_the_scheme_of_the_api() {
        let proxy = |vars: &[(&str, &str)]| read(&[&[RELATIVE], vars].concat()).unwrap().api.proxy;
        assert!(proxy(&[("http_proxy", "http://plain.example")]).is_none());
        let proxy = proxy(&[("HTTPS_PROXY", "proxy:3128"), ("no_proxy", "localhost")]).unwrap();
        assert_eq!((proxy.url.expose_secret(), proxy.no_proxy.as_str()), ("http://proxy:3128", "localhost"));
    }
}
