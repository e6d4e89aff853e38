//! Where credentials may be asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Where ECS serves credentials, and where EKS does.
const ECS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 2);
const EKS: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
const EKS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);

/// A URL that may be trusted with our identity.
#[derive(Clone, Debug)]
pub(super) struct Endpoint(Url);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("`{0}` is not a path that starts with a slash")]
    Relative(String),
    #[error("`{0}` is not a URL")]
    Url(String),
    #[error("`{0}` is neither https, nor loopback, nor an address of ECS or EKS")]
    Host(String),
}

impl Endpoint {
    pub(super) fn relative(uri: &str) -> Result<Self, EndpointError> {
        if !uri.starts_with('/') {
            return Err(EndpointError::Relative(uri.to_owned()));
        }
        // By joining text, because `//elsewhere/` is a relative reference too.
        Self::full(&format!("http://{ECS}{uri}"))
    }

    pub(super) fn full(uri: &str) -> Result<Self, EndpointError> {
        let url = Url::parse(uri).map_err(|_| EndpointError::Url(uri.to_owned()))?;
        let is_allowed = match (url.scheme(), url.host()) {
            ("https", Some(_)) => true,
            ("http", Some(host)) => is_local(&host),
            _ => false,
        };
        if is_allowed { Ok(Self(url)) } else { Err(EndpointError::Host(uri.to_owned())) }
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

fn is_local(host: &Host<&str>) -> bool {
    match *host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => IpAddr::V4(address).is_loopback() || address == ECS || address == EKS,
        Host::Ipv6(address) => address.is_loopback() || address == EKS_V6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_uri_is_asked_of_ecs() {
        let url = |uri| Endpoint::relative(uri).map(|endpoint| endpoint.0.to_string());
        assert_eq!(url("/v2/credentials/7"), Ok("http://169.254.170.2/v2/credentials/7".to_owned()));
        assert_eq!(url("//evil.example/7"), Ok("http://169.254.170.2//evil.example/7".to_owned()));
        assert_eq!(url("@evil.example"), Err(EndpointError::Relative("@evil.example".to_owned())));
    }

    #[test]
    fn our_identity_is_told_in_plain_text_to_this_host_only() {
        for uri in [
            "http://127.0.0.1:5000/c",
            "http://localhost/c",
            "http://[::1]/c",
            "http://169.254.170.2/c",
            "http://169.254.170.23/c",
            "http://[fd00:ec2::23]/c",
            "https://credentials.example/c",
        ] {
            assert!(Endpoint::full(uri).is_ok(), "{uri}");
        }
        for uri in [
            "http://credentials.example/c",
            "http://169.254.169.254/c",
            "http://10.0.0.1/c",
            "http://localhost.evil.example/c",
            "ftp://127.0.0.1/c",
            "file:///etc/passwd",
        ] {
            assert!(matches!(Endpoint::full(uri), Err(EndpointError::Host(_))), "{uri}");
        }
        assert!(matches!(Endpoint::full("127.0.0.1/c"), Err(EndpointError::Url(_))));
    }
}
