//! The rows of the ledger, as flat items of named values.

mod breaker;
mod failing;
pub mod field;
mod forge;
mod history;
mod item;
mod key;
mod open;
mod pool;
mod price;
pub mod record;
mod run;

pub use breaker::to_value as breakers;
pub use item::{Item, RowError, Value};
pub use key::Key;
pub use pool::refusals;
pub use run::job_ids;

use model::delivery::DeliveryMemory;
use model::failing::Failing;
use model::job::{Ended, Job, Noted, Waited};
use model::launch::{EndedLaunch, Launch};
use model::node::{Node, Order, PoolMemory};
use model::price::SpotPrices;
use model::registration::ScopeMemory;
use model::run::LostRun;

/// One row: whatever a key can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Job(Job),
    Launch(Launch),
    Node(Node),
    Order(Order),
    Pool(PoolMemory),
    /// Where runners are registered.
    Scope(ScopeMemory),
    Deliveries(DeliveryMemory),
    SpotPrices(SpotPrices),
    Run(LostRun),
    Failing(Failing),
    /// What keeps a job ended that has ended.
    Tombstone(Ended),
    EndedLaunch(EndedLaunch),
    Waited(Waited),
    Noted(Noted),
}

impl Row {
    pub fn key(&self) -> Key {
        match self {
            Self::Job(job) => Key::Job(job.id),
            Self::Launch(launch) => Key::Launch(launch.id),
            Self::Node(node) => Key::Node(node.id.clone()),
            Self::Order(order) => Key::Order(order.id.clone()),
            Self::Pool(pool) => Key::Pool(pool.name.clone()),
            Self::Deliveries(_) => Key::Deliveries,
            Self::SpotPrices(_) => Key::SpotPrices,
            Self::Scope(memory) => Key::Scope(memory.scope.id.clone()),
            Self::Run(run) => Key::Run(run.id),
            Self::Failing(failing) => Key::Failing(failing.revision.clone()),
            Self::Tombstone(ended) => Key::Tombstone(ended.id),
            Self::EndedLaunch(ended) => Key::EndedLaunch(ended.launch.id),
            Self::Waited(waited) => Key::Waited(waited.job, waited.at),
            Self::Noted(noted) => Key::Noted(noted.job, noted.at, noted.what),
        }
    }

    /// When its time to live is over, in seconds; nothing, if it stays until somebody deletes it.
    pub fn expires_at(&self) -> Option<u64> {
        match self {
            Self::Tombstone(ended) => Some(history::expiry(ended.ended_at)),
            Self::EndedLaunch(ended) => Some(history::expiry(ended.at)),
            Self::Waited(waited) => Some(history::expiry(waited.at)),
            Self::Noted(noted) => Some(history::expiry(noted.at)),
            Self::Job(_)
            | Self::Launch(_)
            | Self::Node(_)
            | Self::Order(_)
            | Self::Pool(_)
            | Self::Deliveries(_)
            | Self::SpotPrices(_)
            | Self::Scope(_)
            | Self::Run(_)
            | Self::Failing(_) => None,
        }
    }

    /// All of the row but its key.
    pub fn to_item(&self) -> Item {
        match self {
            Self::Job(job) => open::from_job(job),
            Self::Launch(launch) => open::from_launch(launch),
            Self::Node(node) => open::from_node(node),
            Self::Order(order) => open::from_order(order),
            Self::Pool(pool) => pool::from_pool(pool),
            Self::Deliveries(memory) => forge::from_deliveries(memory),
            Self::SpotPrices(prices) => price::from_prices(prices),
            Self::Scope(memory) => forge::from_scope(memory),
            Self::Run(run) => run::from_run(run),
            Self::Failing(failing) => failing::from_failing(failing),
            Self::Tombstone(ended) => history::from_ended(ended),
            Self::EndedLaunch(ended) => history::from_ended_launch(ended),
            Self::Waited(waited) => history::from_waited(waited),
            Self::Noted(noted) => history::from_noted(noted),
        }
    }

    /// Reads what stands at a key. Fields it does not know are passed over, so that an older reader
    /// lives beside a newer writer for as long as a rollout takes.
    pub fn from_item(key: &Key, item: &Item) -> Result<Self, RowError> {
        let row = match key {
            Key::Job(id) => open::to_job(*id, item).map(Self::Job),
            Key::Launch(id) => open::to_launch(*id, item).map(Self::Launch),
            Key::Node(id) => open::to_node(id, item).map(Self::Node),
            Key::Order(id) => open::to_order(id, item).map(Self::Order),
            Key::Pool(name) => pool::to_pool(name, item).map(Self::Pool),
            Key::Deliveries => forge::to_deliveries(item).map(Self::Deliveries),
            Key::SpotPrices => price::to_prices(item).map(Self::SpotPrices),
            Key::Scope(id) => forge::to_scope(id, item).map(Self::Scope),
            Key::Run(id) => run::to_run(*id, item).map(Self::Run),
            Key::Failing(revision) => failing::to_failing(revision, item).map(Self::Failing),
            Key::Tombstone(id) => history::to_ended(*id, item).map(Self::Tombstone),
            Key::EndedLaunch(id) => history::to_ended_launch(*id, item).map(Self::EndedLaunch),
            Key::Waited(job, at) => history::to_waited(*job, *at, item).map(Self::Waited),
            Key::Noted(job, at, what) => history::to_noted(*job, *at, *what, item).map(Self::Noted),
        };
        row.map_err(|field| RowError { key: key.to_string(), field })
    }
}
