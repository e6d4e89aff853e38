//! Where an image lives, as Docker reads its name.

use std::fmt;

use url::{Host, Url};

/// Without a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    registry: String,
    repository: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no name of an image")]
pub(crate) struct NotAnImage;

const DOCKER_HUB: &str = "registry-1.docker.io";

impl Image {
    pub(crate) fn parse(name: &str) -> Result<Self, NotAnImage> {
        let (registry, repository) = match name.split_once('/') {
            Some(("docker.io", rest)) => (DOCKER_HUB, rest.to_owned()),
            // Docker takes the first part for a host only if it cannot be a name.
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest.to_owned()),
            Some(_) => (DOCKER_HUB, name.to_owned()),
            None => (DOCKER_HUB, format!("library/{name}")),
        };
        let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/');
        let is_part = |part: &str| part.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !repository.bytes().all(allowed) || !repository.split('/').all(is_part) {
            return Err(NotAnImage);
        }
        Ok(Self { registry: registry.to_owned(), repository })
    }

    /// Plain HTTP is spoken on a loopback host only, as Docker does.
    pub(crate) fn manifest(&self, tag: &str) -> Result<Url, NotAnImage> {
        let Self { registry, repository } = self;
        let url = Url::parse(&format!("https://{registry}/v2/{repository}/manifests/{tag}"));
        let mut url = url.map_err(|_| NotAnImage)?;
        if is_loopback(&url) {
            // An https URL has a host, so its scheme can be changed to http.
            url.set_scheme("http").map_err(|()| NotAnImage)?;
        }
        Ok(url)
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)
    }
}

/// Whether what comes from there can be trusted to come from there.
pub(crate) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, url: &str) {
        let image = Image::parse(name).unwrap();
        assert_eq!(image.manifest("v0.19.4").unwrap().as_str(), url);
    }

    #[test]
    fn a_name_is_read_as_docker_reads_it() {
        check("registry.dagger.io/engine", "https://registry.dagger.io/v2/engine/manifests/v0.19.4");
        check("ghcr.io/dagger/engine", "https://ghcr.io/v2/dagger/engine/manifests/v0.19.4");
        check("dagger/engine", "https://registry-1.docker.io/v2/dagger/engine/manifests/v0.19.4");
        check("docker.io/dagger/engine", "https://registry-1.docker.io/v2/dagger/engine/manifests/v0.19.4");
        check("engine", "https://registry-1.docker.io/v2/library/engine/manifests/v0.19.4");
        check("example.com:8443/a/b", "https://example.com:8443/v2/a/b/manifests/v0.19.4");
    }

    #[test]
    fn plain_http_is_for_loopback_hosts() {
        check("127.0.0.1:5000/engine", "http://127.0.0.1:5000/v2/engine/manifests/v0.19.4");
        check("localhost:5000/engine", "http://localhost:5000/v2/engine/manifests/v0.19.4");
        check("[::1]:5000/engine", "http://[::1]:5000/v2/engine/manifests/v0.19.4");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "ghcr.io/", "ghcr.io/dagger/engine:v1", "ghcr.io/../engine?x", "ghcr.io/Engine"] {
            assert_eq!(Image::parse(name), Err(NotAnImage), "{name}");
        }
    }
}
