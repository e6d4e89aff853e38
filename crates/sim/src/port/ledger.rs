//! The ledger, in memory: one writer at a time, conditions kept to the letter.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use control::PortError;
use control::port::{Change, Ledger, Open, Refused, Set, What, When, WriteError};
use model::id::JobId;
use model::time::Timestamp;
use wire::ledger::{Item, Key, Row, RowError, Value};

/// Rows in a transaction, as DynamoDB has it.
const MAX_CHANGES: usize = 100;

#[derive(Debug, Default)]
pub struct SimLedger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<(String, String), Item>,
    n_rings: u64,
}

impl SimLedger {
    /// How often the bell rang since this was last asked.
    pub fn take_rings(&self) -> u64 {
        std::mem::take(&mut self.lock().n_rings)
    }

    /// All rows, for a test to look at.
    pub fn rows(&self) -> Vec<Row> {
        let state = self.lock();
        let rows = state.rows.iter().filter_map(|((partition, sort), item)| {
            let key = Key::parse(partition, sort)?;
            Row::from_item(&key, item).ok()
        });
        rows.collect()
    }

    /// A row as somebody else might have written it.
    pub fn put_raw(&self, partition: &str, sort: &str, item: Item) {
        self.lock().rows.insert((partition.to_owned(), sort.to_owned()), item);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Ledger for SimLedger {
    async fn open(&self) -> Result<Open, PortError> {
        let state = self.lock();
        let mut open = Open::default();
        for ((partition, sort), item) in &state.rows {
            let Some(key) = Key::parse(partition, sort).filter(|_| partition == Key::OPEN) else { continue };
            match Row::from_item(&key, item) {
                Ok(row) => open.rows.push(row),
                Err(error) => open.unreadable.push(error),
            }
        }
        Ok(open)
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        let state = self.lock();
        let row = |key: &Key| state.rows.get(&place(key)).map(|item| Row::from_item(key, item)).transpose();
        keys.iter().map(row).collect::<Result<_, _>>().map_err(unreadable)
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        let partition = Key::history_of(job);
        let state = self.lock();
        let rows = state.rows.iter().filter(|((of, _), _)| *of == partition);
        let rows = rows.filter_map(|((of, sort), item)| Some((Key::parse(of, sort)?, item)));
        let rows = rows.map(|(key, item)| Row::from_item(&key, item));
        let mut rows: Vec<Row> = rows.collect::<Result<_, _>>().map_err(unreadable)?;
        rows.sort_by_key(|row| (ended_at(row), row.key()));
        Ok(rows)
    }

    async fn write(&self, changes: &[Change]) -> Result<(), WriteError> {
        let mut state = self.lock();
        if let Some(why) = malformed(changes) {
            return Err(WriteError::Port(PortError::Refused { source: why.into() }));
        }
        let refused: Vec<Refused> = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| !holds(&state, change))
            .map(|(index, change)| Refused {
                index,
                found: state
                    .rows
                    .get(&place(&change.key))
                    .and_then(|item| Row::from_item(&change.key, item).ok()),
            })
            .collect();
        if !refused.is_empty() {
            return Err(WriteError::Refused(refused));
        }
        for change in changes {
            apply(&mut state, change);
        }
        Ok(())
    }

    async fn ring(&self) -> Result<(), PortError> {
        self.lock().n_rings += 1;
        Ok(())
    }
}

fn unreadable(error: RowError) -> PortError {
    PortError::Refused { source: Box::new(error) }
}

fn ended_at(row: &Row) -> Option<Timestamp> {
    match row {
        Row::EndedLaunch(ended) => Some(ended.at),
        Row::Tombstone(ended) => Some(ended.ended_at),
        Row::Job(_)
        | Row::Launch(_)
        | Row::Node(_)
        | Row::Order(_)
        | Row::Pool(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::Run(_)
        | Row::Failing(_)
        | Row::Task(_) => None,
    }
}

fn place(key: &Key) -> (String, String) {
    (key.partition(), key.sort())
}

/// What DynamoDB refuses to look at.
fn malformed(changes: &[Change]) -> Option<&'static str> {
    let mut keys: Vec<&Key> = changes.iter().map(|change| &change.key).collect();
    keys.sort();
    keys.dedup();
    match changes.len() {
        0 => Some("a transaction of nothing"),
        n if n > MAX_CHANGES => Some("more than 100 changes in one transaction"),
        n if n != keys.len() => Some("one row twice in one transaction"),
        _ => None,
    }
}

fn holds(state: &State, change: &Change) -> bool {
    let item = state.rows.get(&place(&change.key));
    change.when.iter().all(|when| match when {
        When::Absent => item.is_none(),
        When::Present => item.is_some(),
        When::Is(field, value) => item.and_then(|item| item.get(*field)) == Some(value),
        When::Has(field) => item.is_some_and(|item| item.contains_key(*field)),
        When::Lacks(field) => item.is_none_or(|item| !item.contains_key(*field)),
    })
}

fn apply(state: &mut State, change: &Change) {
    let place = place(&change.key);
    match &change.what {
        What::Put(row) => drop(state.rows.insert(place, row.to_item())),
        What::Set(sets) => {
            let item = state.rows.entry(place).or_default();
            for set in sets {
                update(item, set);
            }
        }
        What::Delete => drop(state.rows.remove(&place)),
        What::Check => {}
    }
}

fn update(item: &mut Item, set: &Set) {
    match set {
        Set::To(field, value) => drop(item.insert((*field).to_owned(), value.clone())),
        Set::Clear(field) => drop(item.remove(*field)),
        Set::Add(field, by) => {
            let now = match item.get(*field) {
                Some(Value::Number(now)) => *now,
                Some(Value::Text(_) | Value::Flag(_) | Value::Texts(_)) | None => 0,
            };
            item.insert((*field).to_owned(), Value::Number(now.saturating_add_signed(*by)));
        }
    }
}
