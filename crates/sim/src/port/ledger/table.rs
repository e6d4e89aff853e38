//! The table itself: rows at their keys, each read once, and gone some time after it has expired.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

use control::port::{Change, Set, What, When};
use model::id::{JobId, LaunchId};
use model::job::Note;
use model::time::Timestamp;
use wire::ledger::{Item, Key, Row, RowError, Value, field};

use crate::numbers::aws::EXPIRED_LINGERS;

/// Of a row's two keys, with their names.
const KEY_BYTES: usize = 40;

#[derive(Debug, Default)]
pub(super) struct Table {
    alive: BTreeMap<Key, Stored>,
    over: BTreeMap<Key, Stored>,
    /// Of all items that are alive.
    n_alive_bytes: u64,
    /// What may have expired, by the second.
    expiring: BTreeMap<u64, Vec<Key>>,
}

/// A row, and the item that it is, made of it when somebody asks for a field.
#[derive(Debug)]
struct Stored {
    row: Result<Box<Row>, RowError>,
    item: OnceCell<Item>,
    /// In seconds.
    expires_at: Option<u64>,
}

impl Stored {
    fn of_row(row: Box<Row>) -> Self {
        Self { expires_at: row.expires_at(), row: Ok(row), item: OnceCell::new() }
    }

    fn of_item(key: &Key, item: Item) -> Self {
        let expires_at = match item.get(field::EXPIRES_AT) {
            Some(Value::Number(seconds)) => Some(*seconds),
            Some(Value::Text(_) | Value::Flag(_) | Value::Texts(_)) | None => None,
        };
        Self { row: Row::from_item(key, &item).map(Box::new), item: item.into(), expires_at }
    }

    fn item(&self) -> &Item {
        self.item.get_or_init(|| self.row.as_ref().map_or_else(|_| Item::new(), |row| row.to_item()))
    }

    /// As DynamoDB counts an item, its key being about as long as a field of its own.
    fn n_bytes(&self) -> u64 {
        let fields = self.item().iter().map(|(name, value)| name.len() + n_bytes(value));
        (fields.sum::<usize>() + KEY_BYTES) as u64
    }

    fn into_item(self) -> Item {
        self.item();
        self.item.into_inner().unwrap_or_default()
    }
}

impl Table {
    pub(super) fn n_alive_bytes(&self) -> u64 {
        self.n_alive_bytes
    }

    pub(super) fn row(&self, key: &Key) -> Option<&Row> {
        self.read(key)?.ok()
    }

    /// The row at a key, or why it cannot be read.
    pub(super) fn read(&self, key: &Key) -> Option<Result<&Row, &RowError>> {
        self.stored(key).map(|stored| stored.row.as_deref())
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = Result<&Row, &RowError>> {
        self.alive.values().map(|stored| stored.row.as_deref())
    }

    /// What is over, then what is alive.
    pub(super) fn all(&self) -> impl Iterator<Item = &Row> {
        self.over.values().chain(self.alive.values()).filter_map(|stored| stored.row.as_deref().ok())
    }

    pub(super) fn history(&self, job: JobId) -> impl Iterator<Item = Result<&Row, &RowError>> {
        let launch = |n| Key::EndedLaunch(LaunchId { job, n });
        let waited = |at| Key::Waited(job, Timestamp(at));
        let noted = |at, what| Key::Noted(job, Timestamp(at), what);
        let tombstone = Key::Tombstone(job);
        let ranges = [
            (tombstone.clone(), tombstone),
            (launch(0), launch(u32::MAX)),
            (waited(0), waited(u64::MAX)),
            (noted(0, Note::ALL[0]), noted(u64::MAX, Note::ALL[Note::ALL.len() - 1])),
        ];
        ranges
            .into_iter()
            .flat_map(|(first, last)| self.over.range(first..=last))
            .map(|(_, it)| it.row.as_deref())
    }

    pub(super) fn holds(&self, change: &Change) -> bool {
        let stored = self.stored(&change.key);
        let field = |name: &str| stored.and_then(|stored| stored.item().get(name));
        change.when.iter().all(|when| match when {
            When::Absent => stored.is_none(),
            When::Present => stored.is_some(),
            When::Is(name, value) => field(name) == Some(value),
            When::Has(name) => field(name).is_some(),
            When::Lacks(name) => field(name).is_none(),
        })
    }

    pub(super) fn apply(&mut self, change: &Change) {
        match &change.what {
            What::Put(row) => self.insert(change.key.clone(), Stored::of_row(row.clone())),
            What::Set(sets) => {
                let mut item = self.remove(&change.key).map_or_else(Item::new, Stored::into_item);
                for set in sets {
                    update(&mut item, set);
                }
                self.put(change.key.clone(), item);
            }
            What::Delete => drop(self.remove(&change.key)),
            What::Check => {}
        }
    }

    /// A row as somebody else might have written it.
    pub(super) fn put(&mut self, key: Key, item: Item) {
        let stored = Stored::of_item(&key, item);
        self.insert(key, stored);
    }

    /// Lets go of what expired, `early` by so much.
    pub(super) fn forget(&mut self, now: Timestamp, early: Duration) {
        let end = now.after(early).0.saturating_sub(millis(EXPIRED_LINGERS)) / 1000;
        while self.expiring.first_key_value().is_some_and(|(expires_at, _)| *expires_at <= end) {
            let Some((expires_at, keys)) = self.expiring.pop_first() else { return };
            for key in keys {
                // It may have been written anew, to live longer.
                if self.stored(&key).is_some_and(|stored| stored.expires_at == Some(expires_at)) {
                    self.remove(&key);
                }
            }
        }
    }

    fn insert(&mut self, key: Key, stored: Stored) {
        if let Some(expires_at) = stored.expires_at {
            self.expiring.entry(expires_at).or_default().push(key.clone());
        }
        self.remove(&key);
        if key.is_open() {
            self.n_alive_bytes += stored.n_bytes();
            self.alive.insert(key, stored);
        } else {
            self.over.insert(key, stored);
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Stored> {
        if !key.is_open() {
            return self.over.remove(key);
        }
        let stored = self.alive.remove(key)?;
        self.n_alive_bytes -= stored.n_bytes();
        Some(stored)
    }

    fn stored(&self, key: &Key) -> Option<&Stored> {
        if key.is_open() { self.alive.get(key) } else { self.over.get(key) }
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

fn n_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        // A byte for two digits, and one more.
        Value::Number(number) => number.checked_ilog10().map_or(2, |digits| digits as usize / 2 + 2),
        Value::Flag(_) => 1,
        Value::Texts(texts) => 3 + texts.iter().map(|text| text.len() + 1).sum::<usize>(),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
