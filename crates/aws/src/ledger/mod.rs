//! The ledger as one DynamoDB table and one SQS queue.

mod expression;
mod item;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use control::PortError;
use control::port::{Change, Ledger, Open, WriteError};
use model::id::JobId;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::config::Settings;
use wire::ledger::{Key, Row, RowError};

use crate::call::{self, Service};
use crate::fresh::Fresh;
use expression::Part;
use item::Attributes;
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
    dynamodb: Service,
    sqs: Service,
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction<'a> {
    transact_items: Vec<Part<'a>>,
    client_request_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    items: Vec<Attributes>,
    last_evaluated_key: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    item: Option<Attributes>,
}

/// Both by the table's name.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    #[serde(default)]
    responses: BTreeMap<String, Vec<Attributes>>,
    #[serde(default)]
    unprocessed_keys: BTreeMap<String, Value>,
}

impl DynamoLedger {
    pub fn new(sdk: &SdkConfig, place: Place, fresh: Fresh) -> Self {
        let (dynamodb, sqs) = (Service::new(call::DYNAMODB, sdk), Service::new(call::SQS, sdk));
        Self { dynamodb, sqs, place, fresh }
    }

    /// All pages of one partition, consistently.
    async fn partition(&self, partition: &str) -> Result<Vec<Result<Row, RowError>>, PortError> {
        let mut asked = json!({
            "TableName": self.place.table,
            "ConsistentRead": true,
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": { "#pk": item::PARTITION },
            "ExpressionAttributeValues": { ":pk": { "S": partition } },
        });
        let mut rows = Vec::new();
        loop {
            let page: Page = self.dynamodb.call(QUERY, &asked, &self.fresh).await?;
            rows.extend(page.items.into_iter().map(item::to_row));
            match page.last_evaluated_key {
                None => return Ok(rows),
                Some(last) => asked["ExclusiveStartKey"] = last,
            }
        }
    }

    async fn one(&self, key: &Key) -> Result<Vec<Row>, PortError> {
        let key = item::key_attributes(key);
        let asked = json!({ "TableName": self.place.table, "ConsistentRead": true, "Key": key });
        let answer: One = self.dynamodb.call(GET_ONE, &asked, &self.fresh).await?;
        answer.item.into_iter().map(|item| item::to_row(item).map_err(refused)).collect()
    }

    /// One `BatchGetItem` for keys that are all different, and the rest of it while there is a rest.
    async fn batch(&self, keys: &BTreeSet<&Key>) -> Result<Vec<Row>, PortError> {
        let keys: Vec<_> = keys.iter().map(|key| item::key_attributes(key)).collect();
        let mut wanted = json!({ &self.place.table: { "ConsistentRead": true, "Keys": keys } });
        let mut rows = Vec::new();
        let mut pauses = LEFT_OUT.iter();
        loop {
            let asked = json!({ "RequestItems": wanted });
            let answer: Batch = self.dynamodb.call(GET, &asked, &self.fresh).await?;
            for item in answer.responses.into_values().flatten() {
                rows.push(item::to_row(item).map_err(refused)?);
            }
            if answer.unprocessed_keys.is_empty() {
                return Ok(rows);
            }
            wanted = json!(answer.unprocessed_keys);
            let Some(&pause) = pauses.next() else {
                let source = format!("{GET} left keys out every time").into();
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
        let parts = changes.iter().enumerate();
        let parts =
            parts.filter_map(|(index, change)| Some((index, expression::part(&self.place.table, change)?)));
        let (places, parts): (Vec<usize>, Vec<Part<'_>>) = parts.unzip();
        if parts.is_empty() {
            return Ok(());
        }
        let asked = Transaction { transact_items: parts, client_request_token: self.fresh.id() };
        let mut pauses = write::PAUSES.iter();
        loop {
            let answer = self.dynamodb.ask::<IgnoredAny>(WRITE, &asked, &self.fresh).await;
            let Err(failure) = answer else { return Ok(()) };
            match (write::outcome(WRITE, failure, &places), pauses.next()) {
                (Outcome::Locked(_), Some(&pause)) => tokio::time::sleep(pause).await,
                (Outcome::Locked(error), None) => return Err(WriteError::Port(error)),
                (Outcome::Final(error), _) => return Err(error),
            }
        }
    }

    async fn ring(&self) -> Result<(), PortError> {
        // The queue drops a body it has seen in the last five minutes, so each is another.
        let body = json!({ "ring": self.fresh.id(), "source": self.place.source });
        let asked = json!({
            "QueueUrl": self.place.doorbell,
            "MessageGroupId": self.place.installation,
            "MessageBody": body.to_string(),
        });
        self.sqs.call::<IgnoredAny>(SEND, &asked, &self.fresh).await?;
        Ok(())
    }
}

fn ended_at(row: &Row) -> u64 {
    match row {
        Row::Tombstone(ended) => ended.ended_at.0,
        Row::EndedLaunch(ended) => ended.at.0,
        Row::Waited(waited) => waited.at.0,
        Row::Noted(noted) => noted.at.0,
        Row::Job(_)
        | Row::Launch(_)
        | Row::Node(_)
        | Row::Order(_)
        | Row::Pool(_)
        | Row::Run(_)
        | Row::Scope(_)
        | Row::Deliveries(_)
        | Row::SpotPrices(_)
        | Row::Failing(_) => 0,
    }
}

/// What no second try can mend: a row nobody can read, a request that cannot be built.
fn refused(source: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::Refused { source: Box::new(source) }
}
