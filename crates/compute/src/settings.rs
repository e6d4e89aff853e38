//! What the configuration says of the AWS side of an installation.

use std::collections::BTreeMap;

use model::Trust;
use model::rules::PoolName;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In every name and tag of ours.
    pub installation: String,
    pub region: String,
    /// Where a runner claims its work.
    pub api_url: String,
    /// ARN or name of the ECS cluster of each tier.
    pub clusters: BTreeMap<Trust, String>,
    /// The Auto Scaling group of each pool.
    pub groups: BTreeMap<PoolName, String>,
    pub images: Images,
    pub task_role_arn: String,
    pub execution_role_arn: String,
    pub log_group: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    pub runner: String,
    /// Without a tag: a job says which release it wants.
    pub engine: String,
    pub dockerd: String,
}
