//! Whether a delivery was signed with our secret.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The body of a delivery that was signed with our secret. Only [`verify`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'b> {
    body: &'b [u8],
}

impl<'b> Verified<'b> {
    #[must_use]
    pub fn body(&self) -> &'b [u8] {
        self.body
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the delivery is not signed")]
    Missing,
    #[error("the signature is not `sha256=` and 64 hex digits")]
    Malformed,
    #[error("the signature is not of this body and our secret")]
    Wrong,
}

/// `signature` is the header `X-Hub-Signature-256`; `body` the bytes as they were sent.
pub fn verify<'b>(
    secret: &SecretString,
    body: &'b [u8],
    signature: Option<&str>,
) -> Result<Verified<'b>, SignatureError> {
    let signature = signature.ok_or(SignatureError::Missing)?;
    let digits = signature.strip_prefix("sha256=").ok_or(SignatureError::Malformed)?;
    let mut tag = [0; 32];
    hex::decode_to_slice(digits, &mut tag).map_err(|_| SignatureError::Malformed)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(body);
    // Compares in a time that does not depend on where the two differ.
    mac.verify_slice(&tag).map_err(|_| SignatureError::Wrong)?;
    Ok(Verified { body })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[track_caller]
    fn check(body: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        verify(&SECRET.into(), body, signature).map(|verified| assert_eq!(verified.body(), body))
    }

    #[test]
    fn what_github_signed_is_verified() {
        assert_eq!(check(BODY, Some(SIGNATURE)), Ok(()));
    }

    #[test]
    fn what_nobody_signed_is_not() {
        let malformed = Err(SignatureError::Malformed);
        assert_eq!(check(BODY, None), Err(SignatureError::Missing));
        assert_eq!(check(BODY, Some("")), malformed);
        assert_eq!(check(BODY, Some("sha1=3dca279e731c97c38e3019a075dee9ebbd0a99f0")), malformed);
        assert_eq!(check(BODY, Some(&SIGNATURE[..40])), malformed);
        assert_eq!(check(BODY, Some(&format!("{SIGNATURE}00"))), malformed);
        assert_eq!(check(b"Hello, World?", Some(SIGNATURE)), Err(SignatureError::Wrong));
        let other = SIGNATURE.replace("7571", "7572");
        assert_eq!(check(BODY, Some(&other)), Err(SignatureError::Wrong));
    }
}
