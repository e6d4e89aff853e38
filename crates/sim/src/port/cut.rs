//! A function that is stopped between two of its calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use async_trait::async_trait;
use control::PortError;
use control::port::{
    Change, Compute, DefinitionError, DeliveryPage, Described, Forge, JitConfig, Ledger, Notice, Open,
    Ordered, Ports, Removed, Reran, Started, WriteError,
};
use model::Trust;
use model::id::{DeliveryId, InstanceId, JobId, RegistrationId, Revision, RunId, RunnerName, TaskId, Zone};
use model::job::Repository;
use model::launch::Launch;
use model::node::Order;
use model::observation::{Answer, DefinitionKey, Survey};
use model::price::Price;
use model::registration::{Registered, Scope};
use model::rules::PoolName;
use model::run::RunState;
use model::time::Timestamp;
use wire::ledger::{Key, Row};

/// On which side of a call's effect the function stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Ports that answer until the `n`-th call and then never again: a future that awaits them can only be
/// dropped, unless the scissors let go of it.
pub fn cut(ports: &Ports, n: u64, side: Side) -> (Ports, Arc<Scissors>) {
    let scissors = Arc::new(Scissors {
        calls: AtomicU64::new(0),
        n,
        side,
        is_open: AtomicBool::new(false),
        held: Mutex::default(),
    });
    let cut = Ports {
        ledger: Arc::new(Cut { port: ports.ledger.clone(), scissors: scissors.clone() }),
        compute: Arc::new(Cut { port: ports.compute.clone(), scissors: scissors.clone() }),
        forge: Arc::new(Cut { port: ports.forge.clone(), scissors: scissors.clone() }),
    };
    (cut, scissors)
}

/// Counts the calls of one function, over all its ports.
#[derive(Debug)]
pub struct Scissors {
    calls: AtomicU64,
    n: u64,
    side: Side,
    is_open: AtomicBool,
    held: Mutex<Vec<Waker>>,
}

impl Scissors {
    /// Lets the calls that are held go on, as if nothing had been but time.
    pub fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        held.into_iter().for_each(Waker::wake);
    }

    /// How many calls were begun.
    pub fn n_calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    async fn around<T>(&self, call: impl Future<Output = T>) -> T {
        let n = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match self.side {
            _ if n < self.n => call.await,
            Side::After if n == self.n => {
                let answer = call.await;
                self.hold().await;
                answer
            }
            Side::Before | Side::After => {
                self.hold().await;
                call.await
            }
        }
    }

    async fn hold(&self) {
        std::future::poll_fn(|context| {
            if self.is_open.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            self.held.lock().unwrap_or_else(PoisonError::into_inner).push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[derive(Debug)]
struct Cut<P: ?Sized> {
    port: Arc<P>,
    scissors: Arc<Scissors>,
}

#[async_trait]
impl Ledger for Cut<dyn Ledger> {
    async fn open(&self) -> Result<Open, PortError> {
        self.scissors.around(self.port.open()).await
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        self.scissors.around(self.port.get(keys)).await
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        self.scissors.around(self.port.history(job)).await
    }

    async fn write(&self, changes: &[Change]) -> Result<(), WriteError> {
        self.scissors.around(self.port.write(changes)).await
    }

    async fn ring(&self) -> Result<(), PortError> {
        self.scissors.around(self.port.ring()).await
    }
}

#[async_trait]
impl Compute for Cut<dyn Compute> {
    async fn definition(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError> {
        self.scissors.around(self.port.definition(key)).await
    }

    async fn order(&self, order: &Order) -> Result<Ordered, PortError> {
        self.scissors.around(self.port.order(order)).await
    }

    async fn start(&self, launch: &Launch) -> Result<Started, PortError> {
        self.scissors.around(self.port.start(launch)).await
    }

    async fn stop(&self, trust: Trust, task: &TaskId, why: &str) -> Result<(), PortError> {
        self.scissors.around(self.port.stop(trust, task, why)).await
    }

    async fn drain(&self, trust: Trust, handles: &[String]) -> Result<(), PortError> {
        self.scissors.around(self.port.drain(trust, handles)).await
    }

    async fn terminate(&self, pool: &PoolName, nodes: &[InstanceId]) -> Result<(), PortError> {
        self.scissors.around(self.port.terminate(pool, nodes)).await
    }

    async fn hold(&self, pool: &PoolName, n: u32) -> Result<(), PortError> {
        self.scissors.around(self.port.hold(pool, n)).await
    }

    async fn describe(
        &self,
        trust: Trust,
        tasks: &[TaskId],
    ) -> Result<BTreeMap<TaskId, Described>, PortError> {
        self.scissors.around(self.port.describe(trust, tasks)).await
    }

    async fn machines(&self) -> Result<BTreeMap<InstanceId, Timestamp>, PortError> {
        self.scissors.around(self.port.machines()).await
    }

    async fn grouped(&self, nodes: &[InstanceId]) -> Result<BTreeSet<InstanceId>, PortError> {
        self.scissors.around(self.port.grouped(nodes)).await
    }

    async fn scrap(&self, nodes: &[InstanceId]) -> Result<(), PortError> {
        self.scissors.around(self.port.scrap(nodes)).await
    }

    async fn spot_prices(
        &self,
        pools: &[PoolName],
    ) -> Result<BTreeMap<PoolName, BTreeMap<Zone, Price>>, PortError> {
        self.scissors.around(self.port.spot_prices(pools)).await
    }

    async fn survey(&self) -> Result<Survey, PortError> {
        self.scissors.around(self.port.survey()).await
    }
}

#[async_trait]
impl Forge for Cut<dyn Forge> {
    async fn register(
        &self,
        at: &Repository,
        name: RunnerName,
        labels: &[String],
    ) -> Result<JitConfig, PortError> {
        self.scissors.around(self.port.register(at, name, labels)).await
    }

    async fn remove(&self, at: &Scope, name: RunnerName) -> Result<Removed, PortError> {
        self.scissors.around(self.port.remove(at, name)).await
    }

    async fn runners(&self, at: &Scope) -> Result<Vec<Registered>, PortError> {
        self.scissors.around(self.port.runners(at)).await
    }

    async fn dismiss(&self, at: &Scope, runner: RegistrationId) -> Result<Removed, PortError> {
        self.scissors.around(self.port.dismiss(at, runner)).await
    }

    async fn deliveries(&self, page: Option<&str>) -> Result<DeliveryPage, PortError> {
        self.scissors.around(self.port.deliveries(page)).await
    }

    async fn redeliver(&self, delivery: DeliveryId) -> Result<(), PortError> {
        self.scissors.around(self.port.redeliver(delivery)).await
    }

    async fn tell(&self, at: &Repository, notice: &Notice) -> Result<(), PortError> {
        self.scissors.around(self.port.tell(at, notice)).await
    }

    async fn job(&self, at: &Repository, job: JobId) -> Result<Answer, PortError> {
        self.scissors.around(self.port.job(at, job)).await
    }

    async fn trust(&self, at: &Repository, run: RunId) -> Result<Trust, PortError> {
        self.scissors.around(self.port.trust(at, run)).await
    }

    async fn run(&self, at: &Repository, run: RunId) -> Result<RunState, PortError> {
        self.scissors.around(self.port.run(at, run)).await
    }

    async fn rerun(&self, at: &Repository, run: RunId) -> Result<Reran, PortError> {
        self.scissors.around(self.port.rerun(at, run)).await
    }
}
