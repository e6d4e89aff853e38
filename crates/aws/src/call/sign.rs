//! A request and its signature.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use control::error::Source;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const USER_AGENT: &str = concat!("quillon/", env!("CARGO_PKG_VERSION"));

/// Who signs, for what and when.
pub(super) struct Signer<'a> {
    pub(super) credentials: Credentials,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) now: SystemTime,
}

pub(super) fn request(url: &str, target: &str, body: &Bytes, by: &Signer<'_>) -> Result<HttpRequest, Source> {
    let identity = by.credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(by.region)
        .name(by.service)
        .time(by.now)
        .settings(SigningSettings::default())
        .build()?
        .into();
    let signed = [("content-type", CONTENT_TYPE), ("x-amz-target", target)];
    let signable = SignableRequest::new("POST", url, signed.into_iter(), SignableBody::Bytes(body))?;
    let (instructions, _) = sign(signable, &params)?.into_parts();

    let mut request = HttpRequest::new(SdkBody::from(body.clone()));
    request.set_method("POST")?;
    request.set_uri(url)?;
    let headers = request.headers_mut();
    for (name, value) in signed.into_iter().chain([("user-agent", USER_AGENT)]).chain(instructions.headers())
    {
        headers.try_insert(name.to_owned(), value.to_owned())?;
    }
    Ok(request)
}
