//! What the tests begin with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use compute::{AwsCompute, Images, Settings};
use model::id::{InstanceId, JobId, LaunchId, Revision};
use model::launch::{Launch, LaunchState, Times};
use model::rules::PoolName;
use model::size::{CpuUnits, Mib, Size};
use model::time::Timestamp;
use model::{Arch, Purchase, Trust};
use wire::config::Serverless;

use crate::server::Server;

pub(crate) const CLUSTER: &str = "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted";

/// A clock that a test moves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    pub(crate) fn pass_s(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::Relaxed);
    }
}

pub(crate) fn compute(aws: &Server) -> AwsCompute {
    compute_with(aws, settings(), &Time::default())
}

pub(crate) fn compute_with(aws: &Server, settings: Settings, time: &Time) -> AwsCompute {
    let clock = time.0.clone();
    AwsCompute::new(&config(aws), settings, Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))))
}

fn config(aws: &Server) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
            "AKIDEXAMPLE",
            "secret",
            None,
        )))
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .endpoint_url(aws.url())
        .build()
}

pub(crate) fn settings() -> Settings {
    Settings {
        installation: "quillon".to_owned(),
        region: "eu-central-1".to_owned(),
        api_url: "https://abc.execute-api.eu-central-1.amazonaws.com".to_owned(),
        clusters: [(Trust::Trusted, CLUSTER.to_owned())].into(),
        groups: [(pool(), "quillon-arm64-spot".to_owned())].into(),
        instance_types: [(pool(), ["c7gd.4xlarge", "c6gd.4xlarge"].map(str::to_owned).to_vec())].into(),
        serverless: [(serverless(), fargate())].into(),
        images: Images {
            runner: "ghcr.io/quillon/runner:v0.1.0".to_owned(),
            engine: "registry.dagger.io/engine".to_owned(),
            dockerd: "ghcr.io/quillon/dockerd:v0.1.0".to_owned(),
        },
        task_role_arn: "arn:aws:iam::123456789012:role/quillon-task".to_owned(),
        execution_role_arn: "arn:aws:iam::123456789012:role/quillon-execution".to_owned(),
        log_group: "/quillon/tasks".to_owned(),
    }
}

pub(crate) fn pool() -> PoolName {
    PoolName::parse("arm64-spot").unwrap()
}

/// A pool without nodes.
pub(crate) fn serverless() -> PoolName {
    PoolName::parse("bare-spot").unwrap()
}

fn fargate() -> Serverless {
    Serverless {
        purchase: Purchase::Spot,
        subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
        security_groups: vec!["sg-1".to_owned()],
        has_public_ip: true,
    }
}

pub(crate) fn arch() -> Arch {
    Arch::Arm64
}

pub(crate) fn launch() -> Launch {
    Launch {
        id: LaunchId { job: JobId(29_679_449_526), n: 1 },
        job: Some(JobId(29_679_449_526)),
        pool: pool(),
        node: Some(InstanceId::from("i-0123456789abcdef0")),
        trust: Trust::Trusted,
        size: Size { cpu: CpuUnits(4096), memory: Mib(8192) },
        revision: Revision::from("quillon-quillon-0011223344556677:3"),
        labels: vec!["dagger-v0-19-4".to_owned()],
        scope: None,
        state: LaunchState::Planned,
        at: Times { planned: Timestamp(0), asked: None, claimed: None, busy: None, over: None },
    }
}
