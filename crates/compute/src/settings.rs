//! What the configuration says of the AWS side of an installation.

use std::collections::BTreeMap;

use model::Trust;
use model::rules::PoolName;
use wire::config;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In every name and tag of ours.
    pub installation: String,
    pub region: String,
    /// Where a runner claims its work.
    pub api_url: String,
    /// ARN or name of the ECS cluster of each tier.
    pub clusters: BTreeMap<Trust, String>,
    /// The Auto Scaling group of each pool of nodes.
    pub groups: BTreeMap<PoolName, String>,
    /// What the nodes of each such pool may be.
    pub instance_types: BTreeMap<PoolName, Vec<String>>,
    /// The pools that have no group, for their tasks run on Fargate.
    pub serverless: BTreeMap<PoolName, config::Serverless>,
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

impl From<&config::Settings> for Settings {
    fn from(all: &config::Settings) -> Self {
        let groups = all.pools.iter().map(|(name, pool)| (name.clone(), pool.group.clone()));
        let types = all.pools.iter().map(|(name, pool)| (name.clone(), pool.instance_types.clone()));
        Self {
            installation: all.installation.clone(),
            region: all.region.clone(),
            api_url: all.api_url.clone(),
            clusters: all.clusters.clone(),
            groups: groups.collect(),
            instance_types: types.collect(),
            serverless: all.serverless.clone(),
            images: Images {
                runner: all.images.runner.clone(),
                engine: all.images.engine.clone(),
                dockerd: all.images.dockerd.clone(),
            },
            task_role_arn: all.tasks.role_arn.clone(),
            execution_role_arn: all.tasks.execution_role_arn.clone(),
            log_group: all.tasks.log_group.clone(),
        }
    }
}
