//! What every function starts with: its environment, and the SDK's configuration made of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{self, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use model::time::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// GitHub waits ten seconds for a webhook's answer: one attempt may hang and the next still be in time.
const CONNECT: Duration = Duration::from_secs(2);
const ATTEMPT: Duration = Duration::from_secs(5);
const CALL: Duration = Duration::from_secs(8);
const ATTEMPTS: u32 = 3;

/// All that a function is told by its environment, read once.
pub struct Environment {
    pub config: Location,
    pub function: Function,
    /// What to log, as `info` or `info,control=debug`.
    pub log: String,
    variables: BTreeMap<String, String>,
}

/// Where the configuration document lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub bucket: String,
    pub key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Webhook,
    Scaler,
    Broker,
}

/// Everything that is missing or wrong, each with its fix.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct EnvironmentError(pub Vec<String>);

impl Environment {
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, EnvironmentError> {
        let variables: BTreeMap<_, _> = variables.into_iter().collect();
        let mut faults = Vec::new();
        let config = read(&variables, "QUILLON_CONFIG", "`s3://<bucket>/<key>` of the document", &mut faults);
        let function = read(&variables, "QUILLON_FUNCTION", "`webhook`, `scaler` or `broker`", &mut faults);
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            if !variables.contains_key(name) {
                faults.push(format!("{name} is not set: Lambda sets it, elsewhere set it yourself"));
            }
        }
        match (config, function, faults.is_empty()) {
            (Some(config), Some(function), true) => {
                let log = variables.get("QUILLON_LOG").cloned().unwrap_or_else(|| "info".to_owned());
                Ok(Self { config, function, log, variables })
            }
            _ => Err(EnvironmentError(faults)),
        }
    }

    /// The configuration that all clients of this process share.
    pub fn sdk(&self) -> SdkConfig {
        sdk(&self.variables)
    }
}

/// What all clients of a process share, by its environment.
///
/// It asks nobody: the credentials are those that Lambda, or a person, gives for as long as the process lives,
/// and the connections are made, and the root certificates read, at the first call.
pub fn sdk(variables: &BTreeMap<String, String>) -> SdkConfig {
    let variable = |name: &str| variables.get(name).cloned().unwrap_or_default();
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
        variables.get("AWS_SESSION_TOKEN").cloned(),
        None,
        "the environment",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .app_name(AppName::new("quillon").expect("letters are an application's name"))
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .service_config(Variables(variables.clone()))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(CALL)
                .build(),
        )
        .http_client(http_client(variables.get("SSL_CERT_FILE")))
        .build()
}

/// Without the variables: credentials are among them.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, function, log, variables: _ } = self;
        f.debug_struct("Environment")
            .field("config", config)
            .field("function", function)
            .field("log", log)
            .finish_non_exhaustive()
    }
}

impl Function {
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Scaler => "scaler",
            Self::Broker => "broker",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl FromStr for Function {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        [Self::Webhook, Self::Scaler, Self::Broker]
            .into_iter()
            .find(|function| function.name() == text)
            .ok_or(Unreadable)
    }
}

impl FromStr for Location {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (bucket, key) =
            text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).ok_or(Unreadable)?;
        if bucket.is_empty() || key.is_empty() {
            return Err(Unreadable);
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// The clock that `main` reads and gives on.
#[expect(clippy::disallowed_methods, reason = "a function's main has to read the clock somewhere: here")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The randomness that `main` reads and gives on.
pub fn seed() -> std::io::Result<u128> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}

/// Where the calls to a service go if not to AWS.
pub(crate) fn endpoint_of(sdk: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    sdk.service_config()?.load_config(key.build().ok()?)
}

/// What the SDK's services look up: `AWS_ENDPOINT_URL_DYNAMODB`, then `AWS_ENDPOINT_URL`. There are no
/// profile files in a function.
struct Variables(BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace([' ', '-'], "_");
        self.0.get(&format!("{}_{service}", key.env())).or_else(|| self.0.get(key.env())).cloned()
    }
}

/// Where systems keep all root certificates in one file: Lambda's, and Debian's.
const ROOTS: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

fn http_client(roots: Option<&String>) -> AtFirstCall {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let client = Builder::new().tls_provider(provider);
    // A context of these parts is always built; without one the SDK makes its own.
    AtFirstCall(match tls::TlsContext::builder().with_trust_store(trust(roots)).build() {
        Ok(context) => client.tls_context(context).build_https(),
        Err(_) => client.build_https(),
    })
}

/// Left to itself the SDK also reads the folder that has each certificate in a file of its own, which is
/// a third of the time to a first answer.
fn trust(named: Option<&String>) -> TrustStore {
    let files = named.map(String::as_str).into_iter().chain(ROOTS);
    let pem = files.filter_map(|file| std::fs::read(file).ok()).find(|pem| is_readable(pem));
    pem.map_or_else(TrustStore::default, |pem| TrustStore::empty().with_pem_certificate(pem))
}

/// The SDK panics at a certificate that it cannot read.
fn is_readable(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let mut certificates = CertificateDer::pem_slice_iter(pem);
    certificates.all(|read| read.is_ok_and(|certificate| roots.add(certificate).is_ok())) && !roots.is_empty()
}

/// Every client that is made validates its HTTP client, which reads all root certificates each time; four
/// clients would read them four times before the first event.
#[derive(Debug)]
struct AtFirstCall(SharedHttpClient);

impl HttpClient for AtFirstCall {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

fn read<T: FromStr>(
    variables: &BTreeMap<String, String>,
    name: &str,
    what: &str,
    faults: &mut Vec<String>,
) -> Option<T> {
    let Some(text) = variables.get(name) else {
        faults.push(format!("{name} is not set: set it to {what}"));
        return None;
    };
    let value = text.parse().ok();
    if value.is_none() {
        faults.push(format!("{name} is `{text}`: set it to {what}"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_no_certificates_is_no_trust_store() {
        for file in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert!(!is_readable(file.as_bytes()), "{file}");
        }
    }
}
