//! A fresh key for the App, as GitHub makes one: the private half is for its owner alone.

use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::rand_core::OsRng;
use rsa::{RsaPrivateKey, RsaPublicKey};

pub struct AppKey {
    pub private_pem: String,
    pub public_pem: String,
}

impl AppKey {
    pub fn generate() -> anyhow::Result<Self> {
        let key = RsaPrivateKey::new(&mut OsRng, 2048)?;
        let public_pem = RsaPublicKey::from(&key).to_public_key_pem(LineEnding::LF)?;
        Ok(Self { private_pem: key.to_pkcs1_pem(LineEnding::LF)?.to_string(), public_pem })
    }
}

impl std::fmt::Debug for AppKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppKey").finish_non_exhaustive()
    }
}
