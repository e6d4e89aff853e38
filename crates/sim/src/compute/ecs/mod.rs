//! ECS: clusters, definitions, container instances and the tasks on them.

mod account_setting;
mod attribute;
mod capacity_provider;
mod cluster;
mod container_instance;
mod container_instance_calls;
mod fargate;
mod health;
mod interface;
mod life;
mod placement;
mod query_language;
mod request;
mod run_task;
mod shown;
mod tag;
mod task;
mod task_calls;
mod task_definition;
mod task_definition_calls;
mod trunk;

pub(crate) use container_instance::{
    container_instance_forgotten, host_lost, register_node, set_agent_connected,
};
pub(crate) use fargate::{interrupt, on_spot};
pub(crate) use health::set_impaired;
pub(crate) use interface::{containers_run, deprovisioned, provisioned};
pub use life::ContainerExit;
pub(crate) use life::{
    container_exited, own_agent_stops, task_failed_to_start, task_forgotten, task_given_up, task_pulled,
    task_starts, task_stopped,
};
pub(crate) use request::mentioned;
pub(crate) use tag::tags_of;
pub(crate) use task_definition_calls::{definition_arn, definition_roles};
pub(crate) use trunk::settled as trunk_settled;

use super::machine::Machine;
use super::params::Params;
use super::refusal::{Answer, Refusal, Service};
use super::seen::Seen;
use capacity_provider::CapacityProvider;
use cluster::Cluster;
use container_instance::ContainerInstance;
use model::shared::Shared;
use run_task::RunToken;
use shown::Shown;
use std::collections::{BTreeMap, BTreeSet};
use task::Task;
use task_definition::TaskDefinition;

/// What ECS knows. `seen_…` is what readers are shown of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ecs {
    pub(crate) clusters: BTreeMap<String, Cluster>,
    providers: BTreeMap<String, CapacityProvider>,
    account_settings: BTreeMap<String, String>,
    /// The last revision given out, per family.
    families: BTreeMap<String, u32>,
    definitions: BTreeMap<(String, u32), TaskDefinition>,
    pub(crate) container_instances: BTreeMap<String, Shared<ContainerInstance>>,
    seen_container_instances: Seen<Shown>,
    pub(crate) tasks: BTreeMap<String, Shared<Task>>,
    /// By host, those that have not stopped.
    on_host: BTreeMap<String, BTreeSet<String>>,
    /// Those that wait for room.
    provisioning: BTreeSet<String>,
    seen_tasks: Seen<Shared<Task>>,
    /// Those that every reader sees told to stop, for an hour: whoever lists what runs passes them over.
    seen_ended: Seen<Shared<Task>>,
    /// Providers of Fargate that have no capacity now.
    pub(crate) fargate_short: BTreeSet<&'static str>,
    run_tokens: BTreeMap<(String, String), RunToken>,
    /// By task, so that a token ends with the last memory of its tasks.
    token_of: BTreeMap<String, (String, String)>,
}

pub(crate) fn call(m: &mut Machine, action: &str, params: &Params<'_>) -> Answer {
    match action {
        "CreateCluster" => cluster::create(m, params),
        "DeleteCluster" => cluster::delete(m, params),
        "DescribeClusters" => cluster::describe(m, params),
        "ListClusters" => cluster::list(m, params),
        "UpdateCluster" => cluster::update(m, params),
        "UpdateClusterSettings" => cluster::update_settings(m, params),
        "PutClusterCapacityProviders" => capacity_provider::put_on_cluster(m, params),
        "CreateCapacityProvider" => capacity_provider::create(m, params),
        "UpdateCapacityProvider" => capacity_provider::update(m, params),
        "DeleteCapacityProvider" => capacity_provider::delete(m, params),
        "DescribeCapacityProviders" => capacity_provider::describe(m, params),
        "RegisterTaskDefinition" => task_definition_calls::register(m, params),
        "DeregisterTaskDefinition" => task_definition_calls::deregister(m, params),
        "DescribeTaskDefinition" => task_definition_calls::describe(m, params),
        "ListTaskDefinitions" => task_definition_calls::list(m, params),
        "ListTaskDefinitionFamilies" => task_definition_calls::list_families(m, params),
        "DeleteTaskDefinitions" => task_definition_calls::delete(m, params),
        "RunTask" => run_task::run_task(m, params),
        "StartTask" => run_task::start_task(m, params),
        "StopTask" => task_calls::stop(m, params),
        "DescribeTasks" => task_calls::describe(m, params),
        "ListTasks" => task_calls::list(m, params),
        "RegisterContainerInstance" => container_instance_calls::register(m, params),
        "DeregisterContainerInstance" => container_instance_calls::deregister(m, params),
        "DescribeContainerInstances" => container_instance_calls::describe(m, params),
        "ListContainerInstances" => container_instance_calls::list(m, params),
        "UpdateContainerInstancesState" => container_instance_calls::update_state(m, params),
        "PutAttributes" => attribute::put(m, params),
        "DeleteAttributes" => attribute::delete(m, params),
        "ListAttributes" => attribute::list(m, params),
        "TagResource" => tag::tag(m, params),
        "UntagResource" => tag::untag(m, params),
        "ListTagsForResource" => tag::list(m, params),
        "ListServices" => task_calls::list_services(m, params),
        "DescribeServices" => task_calls::describe_services(m, params),
        "ListAccountSettings" => account_setting::list(m, params),
        "PutAccountSetting" | "PutAccountSettingDefault" => account_setting::put(m, params),
        _ => Err(Refusal::unknown_action(Service::Ecs, action)),
    }
}

/// The id or name at the end of an ARN; an id or name is its own.
fn last_part(arn_or_id: &str) -> &str {
    arn_or_id.rsplit('/').next().unwrap_or(arn_or_id)
}

fn failure(arn: &str, reason: &str) -> serde_json::Value {
    serde_json::json!({ "arn": arn, "reason": reason })
}

/// An answer of these members, which are made already.
fn members<const N: usize>(members: [(&str, serde_json::Value); N]) -> serde_json::Value {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
