//! The ledger as one DynamoDB table and one SQS queue.

mod expression;
mod item;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use aws_types::SdkConfig;
use control::PortError;
use control::port::{Change, Ledger, Open, WriteError};
use model::id::JobId;
use wire::config::Settings;
use wire::ledger::{Key, Row, RowError};

use crate::error::port_error;
use crate::fresh::Fresh;
use write::Outcome;

const QUERY: &str = "dynamodb:Query";
const GET_ONE: &str = "dynamodb:GetItem";
const GET: &str = "dynamodb:BatchGetItem";
const WRITE: &str = "dynamodb:TransactWriteItems";
const SEND: &str = "sqs:SendMessage";

/// Keys that a throttled table left out of an answer are asked for again after these.
const LEFT_OUT: [Duration; 3] =
    [Duration::from_millis(25), Duration::from_millis(100), Duration::from_millis(400)];

#[derive(Debug)]
pub struct DynamoLedger {
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    place: Place,
    fresh: Fresh,
}

/// Where the ledger stands and who writes into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: String,
    /// The URL of the FIFO queue.
    pub doorbell: String,
    pub installation: String,
    /// Who rings: the name of the function.
    pub source: String,
}

impl Place {
    pub fn of(settings: &Settings, source: &str) -> Self {
        Self {
            table: settings.table.clone(),
            doorbell: settings.doorbell.clone(),
            installation: settings.installation.clone(),
            source: source.to_owned(),
        }
    }
}

impl DynamoLedger {
    pub fn new(sdk: &SdkConfig, place: Place, fresh: Fresh) -> Self {
        Self {
            dynamodb: aws_sdk_dynamodb::Client::new(sdk),
            sqs: aws_sdk_sqs::Client::new(sdk),
            place,
            fresh,
        }
    }

    /// All pages of one partition, consistently.
    async fn partition(&self, partition: &str) -> Result<Vec<Result<Row, RowError>>, PortError> {
        let mut rows = Vec::new();
        let mut from = None;
        loop {
            let page = self.query(partition).set_exclusive_start_key(from).send().await;
            let page = page.map_err(|error| port_error(QUERY, error))?;
            rows.extend(page.items.into_iter().flatten().map(item::to_row));
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(rows);
            }
        }
    }

    fn query(&self, partition: &str) -> QueryFluentBuilder {
        self.dynamodb
            .query()
            .table_name(&self.place.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", item::PARTITION)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
    }

    async fn one(&self, key: &Key) -> Result<Vec<Row>, PortError> {
        let asked = self.dynamodb.get_item().table_name(&self.place.table).consistent_read(true);
        let asked = asked.set_key(Some(item::key_attributes(key).into()));
        let answer = asked.send().await.map_err(|error| port_error(GET_ONE, error))?;
        answer.item.into_iter().map(|item| item::to_row(item).map_err(refused)).collect()
    }

    /// One `BatchGetItem` for keys that are all different, and the rest of it while there is a rest.
    async fn batch(&self, keys: &BTreeSet<&Key>) -> Result<Vec<Row>, PortError> {
        let mut wanted = KeysAndAttributes::builder().consistent_read(true);
        for key in keys {
            wanted = wanted.keys(item::key_attributes(key).into());
        }
        let mut wanted = wanted.build().map_err(refused)?;
        let mut rows = Vec::new();
        let mut pauses = LEFT_OUT.iter();
        loop {
            let asked = self.dynamodb.batch_get_item().request_items(&self.place.table, wanted);
            let answer = asked.send().await.map_err(|error| port_error(GET, error))?;
            for item in answer.responses.into_iter().flatten().flat_map(|(_, items)| items) {
                rows.push(item::to_row(item).map_err(refused)?);
            }
            let left_out = answer.unprocessed_keys.into_iter().flatten().map(|(_, keys)| keys);
            match left_out.into_iter().find(|left| !left.keys().is_empty()) {
                None => return Ok(rows),
                Some(left) => wanted = left,
            }
            let Some(&pause) = pauses.next() else {
                let source = format!("{GET} left {} keys out every time", wanted.keys().len()).into();
                return Err(PortError::Throttled { retry_after: None, source });
            };
            tokio::time::sleep(pause).await;
        }
    }
}

#[async_trait]
impl Ledger for DynamoLedger {
    async fn open(&self) -> Result<Open, PortError> {
        let mut open = Open::default();
        for row in self.partition(Key::OPEN).await? {
            match row {
                Ok(row) => open.rows.push(row),
                Err(error) => open.unreadable.push(error),
            }
        }
        Ok(open)
    }

    /// A row that is there and cannot be read is an error: whoever took it for absent would decide
    /// wrongly.
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, PortError> {
        let distinct: BTreeSet<&Key> = keys.iter().collect();
        let rows = match (distinct.first(), distinct.len()) {
            (None, _) => return Ok(Vec::new()),
            (Some(key), 1) => self.one(key).await?,
            (Some(_), _) => self.batch(&distinct).await?,
        };
        let found: BTreeMap<Key, Row> = rows.into_iter().map(|row| (row.key(), row)).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn history(&self, job: JobId) -> Result<Vec<Row>, PortError> {
        let rows = self.partition(&Key::history_of(job)).await?;
        let mut rows = rows.into_iter().collect::<Result<Vec<_>, _>>().map_err(refused)?;
        // The table's own order puts the tombstone first and the tenth launch before the second.
        rows.sort_by_key(|row| (ended_at(row), row.key()));
        Ok(rows)
    }

    /// Always a transaction, of a single change too: only transactions have a token, and without one a
    /// write repeated after a lost answer would find its own row and call it somebody else's.
    async fn write(&self, changes: &[Change]) -> Result<(), WriteError> {
        let mut places = Vec::new();
        let mut parts = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            if let Some(part) = expression::part(&self.place.table, change).map_err(refused)? {
                places.push(index);
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return Ok(());
        }
        let request = self
            .dynamodb
            .transact_write_items()
            .set_transact_items(Some(parts))
            .client_request_token(self.fresh.id());
        let mut pauses = write::PAUSES.iter();
        loop {
            let Err(error) = request.clone().send().await else { return Ok(()) };
            match (write::outcome(WRITE, error, &places), pauses.next()) {
                (Outcome::Locked(_), Some(&pause)) => tokio::time::sleep(pause).await,
                (Outcome::Locked(error), None) => return Err(WriteError::Port(error)),
                (Outcome::Final(error), _) => return Err(error),
            }
        }
    }

    async fn ring(&self) -> Result<(), PortError> {
        // The queue drops a body it has seen in the last five minutes, so each is another.
        let body = serde_json::json!({ "ring": self.fresh.id(), "source": self.place.source });
        self.sqs
            .send_message()
            .queue_url(&self.place.doorbell)
            .message_group_id(&self.place.installation)
            .message_body(body.to_string())
            .send()
            .await
            .map_err(|error| port_error(SEND, error))?;
        Ok(())
    }
}

fn ended_at(row: &Row) -> u64 {
    match row {
        Row::Tombstone(ended) => ended.ended_at.0,
        Row::EndedLaunch(ended) => ended.at.0,
        Row::Waited(waited) => waited.at.0,
        Row::Task(task) => task.at.0,
        Row::Job(_) | Row::Launch(_) | Row::Node(_) | Row::Order(_) | Row::Pool(_) => 0,
    }
}

/// What no second try can mend: a row nobody can read, a request that cannot be built.
fn refused(source: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::Refused { source: Box::new(source) }
}
