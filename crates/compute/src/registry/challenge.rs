//! How a registry says where its tokens come from.

use serde::Deserialize;
use url::Url;

use super::image::is_safe;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    /// Reads `Bearer realm="…",service="…",scope="…"`.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (scheme, mut rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut challenge = Self::default();
        while let Some((name, tail)) = rest.split_once('=') {
            let (value, tail) = match tail.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => tail.split_once(',').unwrap_or((tail, "")),
            };
            match name.trim_matches([' ', ',']).to_ascii_lowercase().as_str() {
                "realm" => value.clone_into(&mut challenge.realm),
                "service" => challenge.service = Some(value.to_owned()),
                "scope" => challenge.scope = Some(value.to_owned()),
                _ => {}
            }
            rest = tail;
        }
        (!challenge.realm.is_empty()).then_some(challenge)
    }

    /// Where an anonymous token for exactly this is to be had.
    pub(crate) fn url(&self) -> Option<Url> {
        let mut url = Url::parse(&self.realm).ok().filter(is_safe)?;
        for (name, value) in [("service", &self.service), ("scope", &self.scope)] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Some(url)
    }
}

/// Registries call it one or the other.
pub(crate) fn token(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Token {
        token: Option<String>,
        access_token: Option<String>,
    }
    let token: Token = serde_json::from_slice(body).ok()?;
    token.token.or(token.access_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_leads_to_a_token() {
        let header =
            r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:dagger/engine:pull""#;
        let url = Challenge::parse(header).unwrap().url().unwrap();
        assert_eq!(
            url.as_str(),
            "https://ghcr.io/token?service=ghcr.io&scope=repository%3Adagger%2Fengine%3Apull"
        );
        assert_eq!(token(br#"{"token":"a"}"#).as_deref(), Some("a"));
        assert_eq!(token(br#"{"access_token":"b","expires_in":300}"#).as_deref(), Some("b"));
    }

    #[test]
    fn what_leads_nowhere_safe_is_no_challenge() {
        for header in ["", "Bearer", "Basic realm=\"x\"", "Bearer service=\"x\"", "Bearer realm=\"x"] {
            assert_eq!(Challenge::parse(header), None, "{header}");
        }
        let plain = Challenge::parse(r#"Bearer realm="http://ghcr.io/token""#).unwrap();
        assert_eq!(plain.url(), None);
    }
}
