//! The port on ECS, Auto Scaling and EC2.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use control::PortError;
use control::port::{Compute, DefinitionError, Described, Ordered, Started};
use model::Trust;
use model::id::{InstanceId, Revision, TaskId, Zone};
use model::launch::Launch;
use model::node::Order;
use model::observation::{DefinitionKey, Survey};
use model::price::Price;
use model::rules::PoolName;
use model::time::Timestamp;

use crate::error::call_error;
use crate::known::Definitions;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::{definition, loose, order, price, register, shrink, survey, task};

/// Tells the time to what has to forget.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub struct AwsCompute {
    ecs: aws_sdk_ecs::Client,
    autoscaling: aws_sdk_autoscaling::Client,
    ec2: aws_sdk_ec2::Client,
    registry: Registry,
    settings: Settings,
    definitions: Definitions,
    clock: Clock,
}

impl AwsCompute {
    /// Calls go out through the HTTP client of `config`, those to the registry too.
    pub fn new(config: &SdkConfig, settings: Settings, clock: Clock) -> Self {
        Self {
            ecs: aws_sdk_ecs::Client::new(config),
            autoscaling: aws_sdk_autoscaling::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            registry: Registry::new(config.http_client()),
            settings,
            definitions: Definitions::new(clock.clone()),
            clock,
        }
    }

    fn cluster(&self, trust: Trust) -> Result<&str, PortError> {
        self.settings.clusters.get(&trust).map(String::as_str).ok_or_else(|| PortError::Refused {
            source: call_error("cluster", format!("the configuration has none for {trust} jobs")),
        })
    }

    /// Where the launch's task is to run.
    fn place<'a>(&'a self, launch: &'a Launch) -> Result<task::Place<'a>, PortError> {
        if let Some(node) = &launch.node {
            return Ok(task::Place::Node(node));
        }
        let pool = self.settings.serverless.get(&launch.pool).ok_or_else(|| PortError::Refused {
            source: call_error("network", format!("the configuration has none for the pool {}", launch.pool)),
        })?;
        Ok(task::Place::Fargate(pool))
    }

    fn group(&self, pool: &PoolName) -> Result<&str, PortError> {
        self.settings.groups.get(pool).map(String::as_str).ok_or_else(|| PortError::Refused {
            source: call_error("group", format!("the configuration has none for the pool {pool}")),
        })
    }

    async fn look_up(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError> {
        let digest = match &key.version {
            Some(version) => {
                let digest = self.registry.digest(&self.settings.images.engine, version, key.has_gpu).await?;
                Some(digest)
            }
            None => None,
        };
        let wanted = definition::definition(key, &self.settings, digest.as_deref());
        Ok(register::find_or_register(&self.ecs, &wanted, &self.settings.installation).await?)
    }
}

#[async_trait]
impl Compute for AwsCompute {
    async fn definition(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError> {
        self.definitions.get(key, || self.look_up(key)).await
    }

    async fn order(&self, order: &Order) -> Result<Ordered, PortError> {
        order::launch_instances(&self.autoscaling, self.group(&order.id.pool)?, order).await
    }

    async fn start(&self, launch: &Launch) -> Result<Started, PortError> {
        let cluster = self.cluster(launch.trust)?;
        let place = self.place(launch)?;
        let started = task::run(&self.ecs, cluster, &self.settings.installation, launch, &place).await;
        if let Err(PortError::Refused { .. } | PortError::NotFound { .. }) = &started {
            // The revision may have been deregistered behind our back.
            self.definitions.forget(&launch.revision).await;
        }
        started
    }

    async fn stop(&self, trust: Trust, task: &TaskId, why: &str) -> Result<(), PortError> {
        task::stop(&self.ecs, self.cluster(trust)?, task, why).await
    }

    async fn drain(&self, trust: Trust, handles: &[String]) -> Result<(), PortError> {
        shrink::drain(&self.ecs, self.cluster(trust)?, handles).await
    }

    async fn terminate(&self, pool: &PoolName, nodes: &[InstanceId]) -> Result<(), PortError> {
        shrink::terminate(&self.autoscaling, self.group(pool)?, nodes).await
    }

    async fn hold(&self, pool: &PoolName, n: u32) -> Result<(), PortError> {
        shrink::hold(&self.autoscaling, self.group(pool)?, n).await
    }

    async fn describe(
        &self,
        trust: Trust,
        tasks: &[TaskId],
    ) -> Result<BTreeMap<TaskId, Described>, PortError> {
        task::describe(&self.ecs, self.cluster(trust)?, &self.settings.installation, tasks).await
    }

    async fn machines(&self) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
        loose::machines(&self.ec2, &self.settings.installation).await
    }

    async fn grouped(&self, nodes: &[InstanceId]) -> Result<BTreeSet<InstanceId>, PortError> {
        loose::grouped(&self.autoscaling, nodes).await
    }

    async fn scrap(&self, nodes: &[InstanceId]) -> Result<(), PortError> {
        loose::scrap(&self.ec2, nodes).await
    }

    async fn spot_prices(
        &self,
        pools: &[PoolName],
    ) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError> {
        price::spot_prices(&self.ec2, &self.settings.instance_types, pools, (self.clock)()).await
    }

    async fn survey(&self) -> Result<Survey, PortError> {
        survey::survey(&self.ecs, &self.autoscaling, &self.settings).await
    }
}

impl fmt::Debug for AwsCompute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCompute")
            .field("installation", &self.settings.installation)
            .finish_non_exhaustive()
    }
}
