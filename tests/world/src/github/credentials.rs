//! Who calls: an App by its JWT, an installation by its token.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sim::github::{Installation, InstallationId, Timestamp};

const TEN_MINUTES_S: u64 = 600;
const AN_HOUR_S: u64 = 3600;
/// A token of the stateless kind has about this many characters.
const TOKEN_LENGTH: usize = 520;

/// The keys that tell true credentials from others.
pub(crate) struct Keys {
    apps: BTreeMap<u64, DecodingKey>,
    token_secret: Vec<u8>,
}

/// What a call may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    App(u64),
    Installation(TokenClaims),
}

/// What an installation token carries itself: GitHub keeps no list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TokenClaims {
    pub(crate) installation: u64,
    /// Permission names with `read` or `write`.
    pub(crate) permissions: BTreeMap<String, String>,
    /// None is every repository of the installation.
    pub(crate) repositories: Option<Vec<u64>>,
    pub(crate) exp: u64,
    #[serde(rename = "jti")]
    filler: String,
}

impl TokenClaims {
    pub(crate) fn installation(&self) -> InstallationId {
        InstallationId(self.installation)
    }
}

#[derive(Deserialize)]
struct AppClaims {
    iss: Value,
    iat: Option<u64>,
    exp: Option<u64>,
}

impl Keys {
    /// Apps by their ids, with their public keys.
    pub(crate) fn new<'a>(apps: impl IntoIterator<Item = (u64, &'a str)>, seed: u64) -> anyhow::Result<Self> {
        let key = |(id, pem): (u64, &str)| Ok((id, DecodingKey::from_rsa_pem(pem.as_bytes())?));
        let apps = apps.into_iter().map(key).collect::<anyhow::Result<_>>()?;
        let token_secret = format!("installation tokens {seed}").into_bytes();
        Ok(Self { apps, token_secret })
    }

    /// The caller behind an `Authorization` header, or GitHub's sentence of refusal.
    pub(crate) fn caller(&self, header: Option<&str>, now: Timestamp) -> Result<Caller, String> {
        let header = header.ok_or("Requires authentication")?;
        let (scheme, credential) = header.split_once(' ').ok_or("Bad credentials")?;
        if !["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err("Bad credentials".to_owned());
        }
        match credential.strip_prefix("ghs_") {
            Some(token) => self.token(token, now).map(Caller::Installation),
            None => self.app_jwt(credential, now).map(Caller::App),
        }
    }

    /// A token that holds for an hour.
    pub(crate) fn issue(
        &self,
        installation: &Installation,
        permissions: BTreeMap<String, String>,
        repositories: Option<Vec<u64>>,
        now: Timestamp,
        fresh: u64,
    ) -> (String, Timestamp) {
        let app_id = installation.app_id;
        let exp = now.unix_seconds() + AN_HOUR_S;
        let mut claims = TokenClaims {
            installation: installation.id.0,
            permissions,
            repositories,
            exp,
            filler: format!("{fresh:016x}"),
        };
        let bare = self.written(app_id, &claims).len();
        // Base64 turns three bytes into four characters.
        let missing = TOKEN_LENGTH.saturating_sub(bare) * 3 / 4;
        claims.filler.push_str(&"0123456789abcdef".repeat(missing / 16 + 1)[..missing]);
        (self.written(app_id, &claims), Timestamp(exp * 1000))
    }

    fn written(&self, app_id: u64, claims: &TokenClaims) -> String {
        let key = EncodingKey::from_secret(&self.token_secret);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key)
            .expect("claims of strings and numbers always serialise");
        format!("ghs_{app_id}_{token}")
    }

    fn token(&self, token: &str, now: Timestamp) -> Result<TokenClaims, String> {
        let refused = || "Bad credentials".to_owned();
        let (_, token) = token.split_once('_').ok_or_else(refused)?;
        let key = DecodingKey::from_secret(&self.token_secret);
        let claims: TokenClaims =
            jsonwebtoken::decode(token, &key, &unchecked(Algorithm::HS256)).map_err(|_| refused())?.claims;
        if claims.exp <= now.unix_seconds() {
            return Err(refused());
        }
        Ok(claims)
    }

    fn app_jwt(&self, token: &str, now: Timestamp) -> Result<u64, String> {
        let decoded = |key| jsonwebtoken::decode::<AppClaims>(token, key, &unchecked(Algorithm::RS256)).ok();
        let signed = || self.apps.iter().filter_map(|(id, key)| Some((*id, decoded(key)?.claims)));
        let is_by = |id: u64, claims: &AppClaims| match &claims.iss {
            Value::Number(n) => n.as_u64() == Some(id),
            Value::String(text) => text.parse() == Ok(id),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        };
        let ours = signed().find(|(id, claims)| is_by(*id, claims));
        let is_ours = ours.is_some();
        let (id, claims) = ours.or_else(|| signed().next()).ok_or("A JSON web token could not be decoded")?;
        let now = now.unix_seconds();
        let Some(exp) = claims.exp else {
            return Err("Missing 'expiration time' ('exp') claim in assertion".to_owned());
        };
        if !is_ours {
            Err("'Issuer' claim ('iss') must be an Integer".to_owned())
        } else if exp <= now {
            Err("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires".to_owned())
        } else if exp > now + TEN_MINUTES_S {
            Err("'Expiration time' claim ('exp') is too far in the future".to_owned())
        } else if claims.iat.is_none_or(|iat| iat > now) {
            Err("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued".to_owned())
        } else {
            Ok(id)
        }
    }
}

/// Signature and nothing else: the times are checked against our clock, with GitHub's words.
fn unchecked(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims::<&str>(&[]);
    validation
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("apps", &self.apps.keys()).finish_non_exhaustive()
    }
}
