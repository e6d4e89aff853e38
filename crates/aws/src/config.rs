//! The configuration document, read from S3 when it has changed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::SdkConfig;
use control::{Chain, PortError};
use model::time::Timestamp;
use tokio::sync::Mutex;
use wire::config::{Configuration, check};

use crate::error::port_error;
use crate::startup::Location;

const CALL: &str = "s3:GetObject";

/// A changed configuration is in force within a minute and a half; asking at every event would be a call
/// for each webhook.
const ASK_EVERY: Duration = Duration::from_secs(60);

/// What is read of a document, or everything that is wrong with it.
type Reader<T> = Box<dyn Fn(&[u8]) -> Result<T, Vec<String>> + Send + Sync>;

/// Keeps the last good configuration: a document that has faults, or that cannot be had, changes nothing
/// but the log.
pub struct ConfigSource<T> {
    s3: aws_sdk_s3::Client,
    location: Location,
    read: Reader<T>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    asked_at: Option<Timestamp>,
    /// Of the last document that was read, good or not: the same faults are logged once.
    etag: Option<String>,
    good: Option<Arc<T>>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration document cannot be read")]
    Port(#[from] PortError),
    /// Every fault, each with its path in the document and the fix.
    #[error("the configuration document has faults: {}", .0.join("; "))]
    Faults(Vec<String>),
}

enum Asked {
    Same,
    Document { etag: Option<String>, bytes: Vec<u8> },
}

impl<T> ConfigSource<T> {
    pub fn new(
        sdk: &SdkConfig,
        location: Location,
        read: impl Fn(&[u8]) -> Result<T, Vec<String>> + Send + Sync + 'static,
    ) -> Self {
        // A bucket's own host name can be resolved only where it is S3 that answers.
        let elsewhere = crate::startup::endpoint_of(sdk, "S3").is_some();
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(elsewhere).build();
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3),
            location,
            read: Box::new(read),
            known: Mutex::new(Known { asked_at: None, etag: None, good: None }),
        }
    }

    /// The configuration in force. Fails only as long as there has never been a good one, and then is
    /// asked again the next time.
    pub async fn current(&self, now: Timestamp) -> Result<Arc<T>, ConfigError> {
        let mut known = self.known.lock().await;
        let Some(good) = known.good.clone() else { return self.first(&mut known, now).await };
        if known.asked_at.is_some_and(|at| now.since(at) < ASK_EVERY) {
            return Ok(good);
        }
        known.asked_at = Some(now);
        let error = match self.ask(known.etag.as_deref()).await {
            Ok(Asked::Same) => return Ok(good),
            Ok(Asked::Document { etag, bytes }) => {
                known.etag = etag;
                match (self.read)(&bytes) {
                    Ok(new) => return Ok(known.good.insert(Arc::new(new)).clone()),
                    Err(faults) => ConfigError::Faults(faults),
                }
            }
            Err(error) => ConfigError::Port(error),
        };
        tracing::error!(error = %Chain(&error), "the last good configuration stays in force");
        Ok(good)
    }

    async fn first(&self, known: &mut Known<T>, now: Timestamp) -> Result<Arc<T>, ConfigError> {
        let Asked::Document { etag, bytes } = self.ask(None).await? else {
            let source = format!("{CALL} answered that nothing has changed since never").into();
            return Err(ConfigError::Port(PortError::Transient { source }));
        };
        let good = Arc::new((self.read)(&bytes).map_err(ConfigError::Faults)?);
        *known = Known { asked_at: Some(now), etag, good: Some(good.clone()) };
        Ok(good)
    }

    async fn ask(&self, etag: Option<&str>) -> Result<Asked, PortError> {
        let Location { bucket, key } = &self.location;
        let asked = self.s3.get_object().bucket(bucket).key(key);
        match asked.set_if_none_match(etag.map(str::to_owned)).send().await {
            Ok(answer) => document(answer).await,
            Err(error) if is_not_modified(&error) => Ok(Asked::Same),
            Err(error) => Err(port_error(&format!("{CALL} of {}", self.location), error)),
        }
    }
}

/// The document itself, or the sentence of each of its faults.
pub fn configuration(document: &[u8]) -> Result<Configuration, Vec<String>> {
    check(document).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

async fn document(answer: GetObjectOutput) -> Result<Asked, PortError> {
    let etag = answer.e_tag;
    match answer.body.collect().await {
        Ok(body) => Ok(Asked::Document { etag, bytes: body.to_vec() }),
        Err(error) => Err(PortError::Transient { source: Box::new(error) }),
    }
}

/// The SDK takes a 304 for an error it does not know.
fn is_not_modified(error: &SdkError<GetObjectError, HttpResponse>) -> bool {
    error.raw_response().is_some_and(|raw| raw.status().as_u16() == 304)
}

impl<T> fmt::Debug for ConfigSource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigSource").field("location", &self.location).finish_non_exhaustive()
    }
}
