//! What binds a claim to the one process that made it first.

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::secret;

/// 32 random bytes as 64 lower-case hexadecimal digits, never shown.
#[derive(Clone, Debug)]
pub struct Nonce(SecretString);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    #[error("a nonce has 64 digits, this one has {0}")]
    Length(usize),
    #[error("a nonce is lower-case hexadecimal")]
    Digit,
}

impl Nonce {
    pub fn from_bytes(random: [u8; 32]) -> Self {
        Self(hex::encode(random).into())
    }

    /// The SHA-256 of the 64 digits, in hexadecimal: what the ledger keeps, which is no use to a thief.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.expose_secret().as_bytes()))
    }
}

impl FromStr for Nonce {
    type Err = NonceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().any(|c| !matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(NonceError::Digit);
        }
        if text.len() != 64 {
            return Err(NonceError::Length(text.len()));
        }
        Ok(Self(text.into()))
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        secret::serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Owned, because a borrowed string cannot be had from a reader or from escaped text.
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lower_case_hexadecimal_digits_are_a_nonce() {
        let digits = "0f".repeat(32);
        assert!(digits.parse::<Nonce>().is_ok());
        assert_eq!(digits[1..].parse::<Nonce>().unwrap_err(), NonceError::Length(63));
        assert_eq!(digits.to_uppercase().parse::<Nonce>().unwrap_err(), NonceError::Digit);
        assert_eq!(format!("{}é", &digits[2..]).parse::<Nonce>().unwrap_err(), NonceError::Digit);
        assert_eq!("".parse::<Nonce>().unwrap_err(), NonceError::Length(0));
    }

    #[test]
    fn the_hash_is_the_sha_256_of_the_digits() {
        let nonce = Nonce::from_bytes([0; 32]);
        // printf '%064d' 0 | sha256sum
        assert_eq!(nonce.hash(), "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55");
    }
}
