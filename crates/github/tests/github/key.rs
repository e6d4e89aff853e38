//! A key of the tests alone: it opens nothing.

use rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey, LineEnding};
use rsa::{BigUint, RsaPrivateKey};

const P: &str = "d02dbbbf9672ee936248389ac3a9b4252fe1f7d620eb7ce06e43166601925690\
     9448c7f6bb8ada7c1a801b30aa313280daeb8fdc34c7b5dcf09d43452a22d39f";
const Q: &str = "fe73fbf8ebc780a1d2230a3951bbdb1dcb478fdba8dad6bc68cb6a4c009718be\
     acaa8cf563c22067d3748d36059b2d4b8531be32382791765959bf7d1d271f9b";

fn key() -> RsaPrivateKey {
    let prime = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).unwrap();
    RsaPrivateKey::from_p_q(prime(P), prime(Q), BigUint::from(65_537_u32)).unwrap()
}

pub(crate) fn private_pem() -> String {
    key().to_pkcs1_pem(LineEnding::LF).unwrap().to_string()
}

pub(crate) fn public_pem() -> String {
    key().to_public_key().to_pkcs1_pem(LineEnding::LF).unwrap()
}
