//! The suite every [`Compute`] passes, on a place that has the pools and clusters named here. Each case
//! keeps to nodes, releases and launches of its own; the place must be new, for its pools fill up.

mod case;
mod definition;
mod loose;
mod order;
mod price;
mod serverless;
mod shrink;
mod survey;
mod task;

use async_trait::async_trait;
use model::Trust;
use model::id::{InstanceId, Zone};
use model::label::Release;
use model::rules::PoolName;
use model::size::CpuUnits;

use crate::port::Compute;

pub use definition::{
    a_definition_asked_for_twice_is_one_revision, a_release_that_is_not_there_is_missing,
    another_definition_is_another_revision,
};
pub use loose::{
    a_machine_costs_money_until_it_is_ended_whoever_has_it, machines_of_others_are_not_ours,
    what_is_ended_twice_or_is_not_there_is_ended,
};
pub use order::{
    a_pool_that_nobody_configured_is_refused, an_order_beyond_the_pools_maximum_is_refused,
    an_order_is_launched_in_its_zone, an_order_of_many_is_launched_whole, an_order_repeated_orders_no_more,
    what_could_not_be_launched_comes_back_beside_what_was,
};
pub use price::{
    of_a_pool_that_nobody_configured_no_price_is_told,
    what_spot_machines_cost_is_told_by_zone_and_follows_the_market,
};
pub use serverless::{a_launch_without_a_node_is_one_task, every_size_of_a_task_without_a_node_can_be_had};
pub use shrink::{
    a_draining_node_takes_no_task_and_keeps_those_it_has,
    a_node_that_is_ended_is_no_member_and_nothing_takes_its_place,
    a_pool_that_nobody_configured_gives_nothing_back, holding_a_pool_at_less_ends_nothing,
};
pub use survey::{
    a_node_is_a_member_before_it_registers, a_node_that_lost_its_agent_is_not_registered,
    a_task_is_described_by_its_own_mark_until_it_stops,
};
pub use task::{
    a_launch_asked_for_again_and_again_is_one_task, a_launch_on_a_node_that_never_registered_is_refused,
    a_launch_that_finds_no_room_is_refused, a_stopped_task_gives_its_room_back,
    a_task_that_was_stopped_is_not_started_again, stopping_what_is_not_there_is_done,
};

/// What the provider does by itself, and the bad luck it has.
#[async_trait]
pub trait Outside: Send + Sync {
    /// From now on the engine can be had in this release, and whoever remembers otherwise has had the
    /// time to forget it.
    async fn publish(&self, release: Release);

    /// So many more machines can be launched in this zone, and no more.
    async fn run_short(&self, zone: &Zone, left: u32);

    /// There is capacity everywhere.
    async fn recover(&self);

    /// A machine that was launched comes up, and its agent registers. None does before.
    async fn boot(&self, node: &InstanceId);

    /// What was begun is done, and the provider's lists show it.
    async fn settle(&self);

    /// The agent of a node is not heard of any more.
    async fn disconnect(&self, node: &InstanceId);

    /// A machine that is up leaves its group, and goes on.
    async fn detach(&self, node: &InstanceId);

    /// Spot machines of a zone cost so many hundredths of what they would.
    async fn spot_costs(&self, zone: &Zone, percent: u32);

    /// Somebody else in the same account has a machine, in a group of theirs.
    async fn launch_for_others(&self) -> InstanceId;
}

/// The two zones of every pool.
pub const ZONES: [&str; 2] = ["eu-central-1a", "eu-central-1b"];

/// Every pool, and how many nodes it may have. They are of 16 vCPU and 32 GiB and join the trusted tier's
/// cluster; that of the untrusted tier is there, and empty.
pub const POOLS: [(&str, u32); 3] = [(ORDINARY, 50), (SMALL, 2), (LARGE, 150)];

/// The pool without nodes, on spot, in the trusted tier's cluster.
pub const SERVERLESS: &str = "serverless";

const ORDINARY: &str = "ordinary";
const SMALL: &str = "small";
const LARGE: &str = "large";
const NODE_CPU: CpuUnits = CpuUnits(16_384);
const NODE_MIB: u32 = 32_768;
const TRUST: Trust = Trust::Trusted;

/// All cases, one after the other.
pub async fn every_case(compute: &dyn Compute, outside: &dyn Outside) {
    // First, while no node has registered.
    a_launch_on_a_node_that_never_registered_is_refused(compute, outside).await;
    a_definition_asked_for_twice_is_one_revision(compute, outside).await;
    another_definition_is_another_revision(compute, outside).await;
    a_release_that_is_not_there_is_missing(compute, outside).await;
    an_order_is_launched_in_its_zone(compute).await;
    an_order_repeated_orders_no_more(compute).await;
    what_could_not_be_launched_comes_back_beside_what_was(compute, outside).await;
    an_order_beyond_the_pools_maximum_is_refused(compute).await;
    an_order_of_many_is_launched_whole(compute).await;
    a_pool_that_nobody_configured_is_refused(compute).await;
    a_node_is_a_member_before_it_registers(compute, outside).await;
    a_node_that_lost_its_agent_is_not_registered(compute, outside).await;
    a_task_is_described_by_its_own_mark_until_it_stops(compute, outside).await;
    a_launch_asked_for_again_and_again_is_one_task(compute, outside).await;
    a_launch_that_finds_no_room_is_refused(compute, outside).await;
    a_stopped_task_gives_its_room_back(compute, outside).await;
    a_task_that_was_stopped_is_not_started_again(compute, outside).await;
    stopping_what_is_not_there_is_done(compute).await;
    a_launch_without_a_node_is_one_task(compute).await;
    every_size_of_a_task_without_a_node_can_be_had(compute).await;
    a_draining_node_takes_no_task_and_keeps_those_it_has(compute, outside).await;
    a_node_that_is_ended_is_no_member_and_nothing_takes_its_place(compute, outside).await;
    holding_a_pool_at_less_ends_nothing(compute, outside).await;
    a_pool_that_nobody_configured_gives_nothing_back(compute).await;
    a_machine_costs_money_until_it_is_ended_whoever_has_it(compute, outside).await;
    machines_of_others_are_not_ours(compute, outside).await;
    what_is_ended_twice_or_is_not_there_is_ended(compute, outside).await;
    what_spot_machines_cost_is_told_by_zone_and_follows_the_market(compute, outside).await;
    of_a_pool_that_nobody_configured_no_price_is_told(compute).await;
}

fn pool(name: &str) -> PoolName {
    PoolName::parse(name).expect("letters are a pool's name")
}
