//! The secrets that Parameter Store keeps.

use anyhow::{Context, Result};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::LineEnding;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

use crate::bench::document;

/// As long as the keys that GitHub makes.
const KEY_BITS: usize = 2048;

#[derive(Clone, Debug, Default)]
pub(in crate::bench) struct Secrets {
    private_key: String,
    pub(in crate::bench) webhook_secret: String,
}

impl Secrets {
    /// Made for this run, and gone with it.
    pub(in crate::bench) fn make() -> Result<Self> {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).context("making a private key")?;
        let private_key = key.to_pkcs1_pem(LineEnding::LF).context("writing the private key as PEM")?;
        Ok(Self {
            private_key: private_key.to_string(),
            webhook_secret: "5b1f0a2c9d8e7f60415263748596a7b8".to_owned(),
        })
    }

    pub(super) fn get(&self, asked: &Value) -> Option<Value> {
        let name = asked["Name"].as_str()?;
        let value = match name {
            document::PRIVATE_KEY => &self.private_key,
            document::WEBHOOK_SECRET => &self.webhook_secret,
            _ => return None,
        };
        Some(json!({ "Parameter": {
            "ARN": format!("arn:aws:ssm:{}:123456789012:parameter{name}", document::REGION),
            "DataType": "text",
            "LastModifiedDate": 1_767_225_600.0,
            "Name": name,
            "Type": "SecureString",
            "Value": value,
            "Version": 1,
        } }))
    }
}
