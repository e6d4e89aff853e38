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
    rows: BTreeMap<(String, String), Stored>,
    n_rings: u64,
}

/// An item, and the row that it is: read once, when it is written.
#[derive(Debug, Default)]
struct Stored {
    item: Item,
    /// Nothing, if no row of ours has its key.
    row: Option<Result<Row, RowError>>,
}

impl Stored {
    fn new(key: Option<&Key>, item: Item) -> Self {
        Self { row: key.map(|key| Row::from_item(key, &item)), item }
    }

    fn readable(&self) -> Option<&Row> {
        self.row.as_ref()?.as_ref().ok()
    }
}

impl SimLedger {
    /// How often the bell rang since this was last asked.
    pub fn take_rings(&self) -> u64 {
        std::mem::take(&mut self.lock().n_rings)
    }

    /// All rows, for a test to look at.
    pub fn rows(&self) -> Vec<Row> {
        self.lock().rows.values().filter_map(|stored| stored.readable().cloned()).collect()
    }

    /// What is alive.
    pub fn open_rows(&self) -> Vec<Row> {
        let state = self.lock();
        alive(&state).filter_map(|stored| stored.readable().cloned()).collect()
    }

    pub fn row(&self, key: &Key) -> Option<Row> {
        self.lock().rows.get(&place(key))?.readable().cloned()
    }

    /// A row as somebody else might have written it.
    pub fn put_raw(&self, partition: &str, sort: &str, item: Item) {
        let stored = Stored::new(Key::parse(partition, sort).as_ref(), item);
        self.lock().rows.insert((partition.to_owned(), sort.to_owned()), stored);
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
        for stored in alive(&state) {
            match &stored.row {
                Some(Ok(row)) => open.rows.push(row.clone()),
                Some(Err(error)) => open.unreadable.push(error.clone()),
                None => {}
            }
        }
        Ok(open)
    }

    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        let state = self.lock();
        let row = |key: &Key| state.rows.get(&place(key)).and_then(|stored| stored.row.clone()).transpose();
        keys.iter().map(row).collect::<Result<_, _>>().map_err(unreadable)
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        let partition = Key::history_of(job);
        let state = self.lock();
        let rows = state.rows.range((partition.clone(), String::new())..);
        let rows =
            rows.take_while(|((of, _), _)| *of == partition).filter_map(|(_, stored)| stored.row.clone());
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
                found: state.rows.get(&place(&change.key)).and_then(|stored| stored.readable().cloned()),
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

fn alive(state: &State) -> impl Iterator<Item = &Stored> {
    let open = state.rows.range((Key::OPEN.to_owned(), String::new())..);
    open.take_while(|((partition, _), _)| partition == Key::OPEN).map(|(_, stored)| stored)
}

fn unreadable(error: RowError) -> PortError {
    PortError::Refused { source: Box::new(error) }
}

fn ended_at(row: &Row) -> Option<Timestamp> {
    match row {
        Row::EndedLaunch(ended) => Some(ended.at),
        Row::Tombstone(ended) => Some(ended.ended_at),
        Row::Waited(waited) => Some(waited.at),
        Row::Job(_)
        | Row::Launch(_)
        | Row::Node(_)
        | Row::Order(_)
        | Row::Pool(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::Run(_)
        | Row::Failing(_) => None,
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
    let item = state.rows.get(&place(&change.key)).map(|stored| &stored.item);
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
        What::Put(row) => drop(state.rows.insert(place, Stored::new(Some(&change.key), row.to_item()))),
        What::Set(sets) => {
            let stored = state.rows.entry(place).or_default();
            for set in sets {
                update(&mut stored.item, set);
            }
            stored.row = Some(Row::from_item(&change.key, &stored.item));
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
