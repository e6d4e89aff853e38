//! A webhook of the test's own making.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A webhook as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(held, _)| !held.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut sent = self.without(name);
        sent.headers.push((name.to_owned(), value.to_owned()));
        sent
    }

    pub(crate) fn signed(self, secret: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(&self.body);
        let digits = hex::encode(mac.finalize().into_bytes());
        self.with("X-Hub-Signature-256", &format!("sha256={digits}"))
    }
}
