//! Which digest the tag of an image has now.

mod call;
mod challenge;
mod image;

use std::fmt;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use control::PortError;
use control::port::DefinitionError;
use model::label::Version;
use url::Url;

use self::call::{Answer, Method};
use self::challenge::Challenge;
use self::image::Image;
use crate::error::{call_error, unusable};

const OPERATION: &str = "image registry";

/// A tag is mostly an index over architectures; what is built for one alone has a manifest.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// One redirect to the real registry, one challenge, one redirect to where it stores: and some.
const MAX_STEPS: usize = 6;

pub(crate) struct Registry {
    http: Option<SharedHttpClient>,
}

impl Registry {
    pub(crate) fn new(http: Option<SharedHttpClient>) -> Self {
        Self { http }
    }

    pub(crate) async fn digest(
        &self,
        image: &str,
        version: &Version,
        has_gpu: bool,
    ) -> Result<String, DefinitionError> {
        let tag = if has_gpu { format!("{version}-gpu") } else { version.to_string() };
        let refused = |why: String| PortError::Refused { source: call_error(OPERATION, why) };
        let parsed = Image::parse(image).map_err(|error| refused(format!("{image}: {error}")))?;
        let url = parsed.manifest(&tag).map_err(|error| refused(format!("{image}: {error}")))?;

        let mut answer = self.manifest(Method::Head, url.clone()).await?;
        if answer.status == 200 && digest_of(&answer).is_none() {
            // Some registries name the digest only beside the content.
            answer = self.manifest(Method::Get, url).await?;
        }
        match answer.status {
            200 => Ok(digest_of(&answer).ok_or_else(|| unusable(OPERATION, "a manifest without a digest"))?),
            404 => Err(DefinitionError::Missing(format!(
                "no Dagger release {version}: {image} has no tag {tag}"
            ))),
            _ => Err(sort(&answer, &parsed.to_string()).into()),
        }
    }

    /// The answer at the end of all redirects, with a token where one is asked for.
    async fn manifest(&self, method: Method, mut url: Url) -> Result<Answer, PortError> {
        let mut token = None;
        for _ in 0..MAX_STEPS {
            let answer = self.call(method, &url, Some(MANIFESTS), token.as_deref()).await?;
            match answer.status {
                301 | 302 | 303 | 307 | 308 => {
                    let next = redirect(&url, answer.location.as_deref())?;
                    if next.origin() != url.origin() {
                        // A token is for whoever asked for it.
                        token = None;
                    }
                    url = next;
                }
                401 if token.is_none() => {
                    let challenge = answer.challenge.as_deref().and_then(Challenge::parse);
                    let Some(challenge) = challenge else { return Ok(answer) };
                    token = Some(self.token(&challenge).await?);
                }
                _ => return Ok(answer),
            }
        }
        Err(unusable(OPERATION, "redirected in circles"))
    }

    async fn token(&self, challenge: &Challenge) -> Result<String, PortError> {
        let url =
            challenge.url().ok_or_else(|| unusable(OPERATION, "asks for a token of no usable place"))?;
        let answer = self.call(Method::Get, &url, None, None).await?;
        if answer.status != 200 {
            return Err(sort(&answer, url.host_str().unwrap_or_default()));
        }
        challenge::token(&answer.body).ok_or_else(|| unusable(OPERATION, "answered without a token"))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

fn redirect(from: &Url, location: Option<&str>) -> Result<Url, PortError> {
    let next = location.and_then(|location| from.join(location).ok());
    next.filter(image::is_safe).ok_or_else(|| unusable(OPERATION, "redirected to no usable place"))
}

/// `sha256:` and 64 digits; anything else would end up in a task definition.
fn digest_of(answer: &Answer) -> Option<String> {
    let named = answer.digest.clone();
    let digest = named.or_else(|| (!answer.body.is_empty()).then(|| sha256(&answer.body)))?;
    let hex = digest.strip_prefix("sha256:")?;
    (hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))).then_some(digest)
}

fn sha256(content: &[u8]) -> String {
    use sha2::Digest;
    format!("sha256:{}", hex::encode(sha2::Sha256::digest(content)))
}

fn sort(answer: &Answer, who: &str) -> PortError {
    let source = call_error(OPERATION, format!("{who} answered {}", answer.status));
    match answer.status {
        401 | 403 => PortError::Denied { source },
        429 => PortError::Throttled { retry_after: answer.retry_after, source },
        400..=499 => PortError::Refused { source },
        _ => PortError::Transient { source },
    }
}
