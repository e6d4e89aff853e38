//! SigV4 for `execute-api`.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

use crate::error::Cause;
use crate::http::Target;

/// A header that the signature brings. Its value may be the session token.
pub(crate) struct Header {
    name: String,
    value: String,
}

impl Header {
    pub(crate) fn parts(&self) -> (&str, &str) {
        (&self.name, &self.value)
    }
}

/// The headers to add to a POST of this body.
pub(crate) fn headers(
    target: &Target,
    body: &str,
    credentials: &Credentials,
    region: &str,
    now: SystemTime,
) -> Result<Vec<Header>, Cause> {
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| Cause::Signing(e.into()))?
        .into();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", &target.url, target.headers().into_iter(), body)
        .map_err(|e| Cause::Signing(e.into()))?;
    let (instructions, _) = sign(request, &params).map_err(|e| Cause::Signing(e.into()))?.into_parts();
    Ok(instructions
        .headers()
        .map(|(name, value)| Header { name: name.to_owned(), value: value.to_owned() })
        .collect())
}
