//! The configuration of the installation that is measured.

use std::net::SocketAddr;

use serde_json::{Value, json};

pub(super) const REGION: &str = "eu-central-1";
pub(super) const BUCKET: &str = "quillon-config";
pub(super) const KEY: &str = "config.json";
pub(super) const TABLE: &str = "quillon";
pub(super) const POOL: &str = "arm64-spot";
pub(super) const ZONE: &str = "eu-central-1a";
pub(super) const PRIVATE_KEY: &str = "/quillon/github/private-key";
pub(super) const WEBHOOK_SECRET: &str = "/quillon/github/webhook-secret";
pub(super) const MAX_NODES: u32 = 20;

/// GitHub and the registry are where AWS is.
pub(super) fn document(elsewhere: SocketAddr) -> Value {
    json!({
        "version": 1,
        "installation": "quillon",
        "region": REGION,
        "account": "123456789012",
        "api_url": "https://abc.execute-api.eu-central-1.amazonaws.com",
        "table": TABLE,
        "doorbell": "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo",
        "github": {
            "api_url": format!("http://{elsewhere}"),
            "app_id": 123_456,
            "private_key_parameter": PRIVATE_KEY,
            "webhook_secret_parameter": WEBHOOK_SECRET,
            "runner_group_id": 1,
            "private_repositories_allow_forks": true,
        },
        "labels": { "min_version": "v0.19.0" },
        "images": {
            "runner": "ghcr.io/quillon/runner:v0.1.0",
            "engine": format!("{elsewhere}/engine"),
            "dockerd": "ghcr.io/quillon/dockerd:v0.1.0",
        },
        "tasks": {
            "role_arn": "arn:aws:iam::123456789012:role/quillon-task",
            "execution_role_arn": "arn:aws:iam::123456789012:role/quillon-execution",
            "log_group": "/quillon/tasks",
        },
        "nodes": { "role_arn": "arn:aws:iam::123456789012:role/quillon-node" },
        "clusters": { "trusted": "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted" },
        "pools": {
            POOL: {
                "arch": "arm64",
                "purchase": "spot",
                "trust": "trusted",
                "group": "quillon-arm64-spot",
                "instance_types": ["c7gd.4xlarge"],
                "zones": [ZONE, "eu-central-1b"],
                "max_nodes": MAX_NODES,
                "default_size": { "vcpu": 4, "memory_gib": 8 },
                "gpu": false,
            },
        },
    })
}
