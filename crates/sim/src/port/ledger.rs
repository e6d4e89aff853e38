//! The ledger, in memory: one writer at a time, conditions kept to the letter.

mod table;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use control::PortError;
use control::port::{Change, Ledger, Open, Refused, WriteError};
use model::id::JobId;
use model::time::Timestamp;
use wire::ledger::{Item, Key, Row, RowError};

use super::{Calls, Clock};
use crate::numbers::aws;
use table::Table;

#[derive(Debug)]
pub struct SimLedger {
    clock: Clock,
    /// How much sooner than it should what is over goes.
    early: Duration,
    calls: Calls,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    table: Table,
    n_rings: u64,
}

/// All rows as they are, and nobody changes them while this is held.
#[derive(Debug)]
pub struct Rows<'a>(MutexGuard<'a, State>);

impl Rows<'_> {
    pub fn get(&self, key: &Key) -> Option<&Row> {
        self.0.table.row(key)
    }

    pub fn alive(&self) -> impl Iterator<Item = &Row> {
        self.0.table.alive().filter_map(Result::ok)
    }
}

impl SimLedger {
    pub fn new(clock: Clock) -> Self {
        Self { clock, early: Duration::ZERO, calls: Calls::default(), state: Mutex::default() }
    }

    /// One that forgets what is over so much sooner than its rows say, for those who have little memory and
    /// ask for no history.
    pub fn forgetting(clock: Clock, early: Duration) -> Self {
        Self { early, ..Self::new(clock) }
    }

    /// The same, and every call is counted there, a page of an answer as one.
    #[must_use]
    pub fn counting(self, calls: Calls) -> Self {
        Self { calls, ..self }
    }

    /// How often the bell rang since this was last asked.
    pub fn take_rings(&self) -> u64 {
        std::mem::take(&mut self.lock().n_rings)
    }

    /// To look at what is there without a copy of it.
    pub fn look(&self) -> Rows<'_> {
        Rows(self.lock())
    }

    /// All rows, for a test to look at.
    pub fn rows(&self) -> Vec<Row> {
        self.lock().table.all().cloned().collect()
    }

    pub fn row(&self, key: &Key) -> Option<Row> {
        self.look().get(key).cloned()
    }

    /// A row as somebody else might have written it. At a key that none of ours has, no reader looks.
    pub fn put_raw(&self, partition: &str, sort: &str, item: Item) {
        if let Some(key) = Key::parse(partition, sort) {
            self.lock().table.put(key, item);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.table.forget(self.clock.now(), self.early);
        state
    }
}

#[async_trait]
impl Ledger for SimLedger {
    async fn open(&self) -> Result<Open, PortError> {
        let n_pages = self.lock().table.n_alive_bytes().div_ceil(aws::PAGE_BYTES).max(1);
        self.calls.around("Query", n_pages, || {
            let state = self.lock();
            let mut open = Open::default();
            for row in state.table.alive() {
                match row {
                    Ok(row) => open.rows.push(row.clone()),
                    Err(error) => open.unreadable.push(error.clone()),
                }
            }
            Ok(open)
        })
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        self.calls.around("TransactGetItems", 1, || {
            let state = self.lock();
            let row =
                |key: &Key| state.table.read(key).map(|row| row.cloned().map_err(unreadable)).transpose();
            keys.iter().map(row).collect()
        })
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        let state = self.lock();
        let rows = state.table.history(job).map(|row| row.cloned().map_err(unreadable));
        let mut rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| (ended_at(row), row.key()));
        Ok(rows)
    }

    async fn write(&self, changes: &[Change]) -> Result<(), WriteError> {
        self.calls.around("TransactWriteItems", 1, || self.lock().write(changes))
    }

    async fn ring(&self) -> Result<(), PortError> {
        self.calls.around("SendMessage", 1, || {
            self.lock().n_rings += 1;
            Ok(())
        })
    }
}

impl State {
    fn write(&mut self, changes: &[Change]) -> Result<(), WriteError> {
        if let Some(why) = malformed(changes) {
            return Err(WriteError::Port(PortError::Refused { source: why.into() }));
        }
        let found = |change: &Change| self.table.row(&change.key).cloned();
        let refused = changes.iter().enumerate().filter(|(_, change)| !self.table.holds(change));
        let refused: Vec<Refused> =
            refused.map(|(index, change)| Refused { index, found: found(change) }).collect();
        if !refused.is_empty() {
            return Err(WriteError::Refused(refused));
        }
        for change in changes {
            self.table.apply(change);
        }
        Ok(())
    }
}

fn unreadable(error: &RowError) -> PortError {
    PortError::Refused { source: Box::new(error.clone()) }
}

fn ended_at(row: &Row) -> Option<Timestamp> {
    match row {
        Row::EndedLaunch(ended) => Some(ended.at),
        Row::Tombstone(ended) => Some(ended.ended_at),
        Row::Waited(waited) => Some(waited.at),
        Row::Noted(noted) => Some(noted.at),
        Row::Job(_)
        | Row::Launch(_)
        | Row::Node(_)
        | Row::Order(_)
        | Row::Pool(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::SpotPrices(_)
        | Row::Run(_)
        | Row::Failing(_) => None,
    }
}

/// What DynamoDB refuses to look at.
fn malformed(changes: &[Change]) -> Option<&'static str> {
    let mut keys: Vec<&Key> = changes.iter().map(|change| &change.key).collect();
    keys.sort();
    keys.dedup();
    match changes.len() {
        0 => Some("a transaction of nothing"),
        n if n > aws::CHANGES => Some("more than 100 changes in one transaction"),
        n if n != keys.len() => Some("one row twice in one transaction"),
        _ => None,
    }
}
