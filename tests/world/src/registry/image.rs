//! An image as its manifests: one index over one manifest for each architecture.

use serde_json::json;
use sha2::{Digest, Sha256};

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) digest: String,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// The index first, then what it leads to. No two editions have a digest in common.
pub(super) fn documents(
    name: &str,
    tag: &str,
    edition: usize,
    architectures: &[Architecture],
) -> Vec<Document> {
    let manifests: Vec<(Architecture, Document)> = architectures
        .iter()
        .map(|architecture| {
            let seed = format!("{name}:{tag}#{edition} {}", architecture.name());
            let blob = |part: &str| digest(format!("{seed} {part}").as_bytes());
            let manifest = json!({
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": { "mediaType": CONFIG, "digest": blob("config"), "size": 7_023 },
                "layers": [{ "mediaType": LAYER, "digest": blob("layer"), "size": 3_402_422 }],
            });
            (*architecture, document(MANIFEST, &manifest))
        })
        .collect();
    let listed: Vec<serde_json::Value> = manifests
        .iter()
        .map(|(architecture, manifest)| {
            json!({
                "mediaType": MANIFEST,
                "digest": manifest.digest,
                "size": manifest.bytes.len(),
                "platform": { "architecture": architecture.name(), "os": "linux" },
            })
        })
        .collect();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": listed,
        "annotations": { "org.opencontainers.image.version": tag },
    });
    let rest = manifests.into_iter().map(|(_, manifest)| manifest);
    std::iter::once(document(INDEX, &index)).chain(rest).collect()
}

fn document(media_type: &'static str, value: &serde_json::Value) -> Document {
    let bytes = value.to_string().into_bytes();
    Document { digest: digest(&bytes), media_type, bytes }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}
