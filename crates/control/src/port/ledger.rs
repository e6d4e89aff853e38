//! What we decided, and the bell that makes the scaler look at it again.

use std::fmt;

use async_trait::async_trait;
use model::id::JobId;
use wire::ledger::{Key, Row, RowError, Value};

use crate::error::PortError;

/// A table of rows with conditional writes. What the conditions are is decided by its users; how they
/// are kept, by the adapter.
#[async_trait]
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Everything alive, consistently. A row that cannot be read comes back as such, beside the others.
    async fn open(&self) -> Result<Open, PortError>;

    /// The rows at these keys, consistently, in the order asked for. At most 100.
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError>;

    /// Everything known of one job that is over, oldest first.
    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError>;

    /// All changes or none. At most 100, each of another row. The same call repeated by the adapter
    /// after a lost answer is one write.
    async fn write(&self, changes: &[Change]) -> Result<(), WriteError>;

    /// "Look again", soon. Carries nothing.
    async fn ring(&self) -> Result<(), PortError>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    pub rows: Vec<Row>,
    pub unreadable: Vec<RowError>,
}

/// One row's part in a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub key: Key,
    /// All of them must hold.
    pub when: Vec<When>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    Absent,
    Present,
    Is(&'static str, Value),
    Lacks(&'static str),
    Has(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Put(Box<Row>),
    /// Makes the row if there is none.
    Set(Vec<Set>),
    Delete,
    /// Only the condition.
    Check,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    To(&'static str, Value),
    Clear(&'static str),
    Add(&'static str, i64),
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Some conditions did not hold; nothing was written.
    #[error("somebody else changed it first")]
    Refused(Vec<Refused>),
    #[error(transparent)]
    Port(#[from] PortError),
}

/// A change whose condition did not hold, and the row as it stood then (unreadable ones as none).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the transaction.
    pub index: usize,
    pub found: Option<Row>,
}
