//! What the functions call, AWS, GitHub and a registry, as far as they call it when all goes well.

mod ecs;
mod elsewhere;
mod parameter;
mod table;

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde_json::Value;

use super::document;
use super::http::{Answer, Server, text};
pub(super) use parameter::Secrets;
pub(super) use table::Table;

#[derive(Debug)]
pub(super) struct StandIn {
    server: Server,
    outside: Rc<RefCell<Outside>>,
}

/// All that there is outside of a function.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// How long each answer takes.
    pub(super) delay: Duration,
    pub(super) table: Table,
    pub(super) n_calls: usize,
    document: String,
    secrets: Secrets,
    definitions: BTreeMap<String, Value>,
    n_tasks: u64,
    /// What should not have been asked, or was refused: then a figure is not that of the work.
    faults: Vec<String>,
}

impl StandIn {
    pub(super) async fn start(secrets: Secrets) -> Result<Self> {
        let outside = Rc::new(RefCell::new(Outside { secrets, ..Outside::default() }));
        let shared = outside.clone();
        let server = Server::start(move |parts, body| answer(shared.clone(), parts, body)).await?;
        outside.borrow_mut().document = document::document(server.address).to_string();
        Ok(Self { server, outside })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub(super) fn outside(&self) -> RefMut<'_, Outside> {
        self.outside.borrow_mut()
    }

    pub(super) fn table(&self) -> Ref<'_, Table> {
        Ref::map(self.outside.borrow(), |outside| &outside.table)
    }

    /// Fails if anything was asked that should not have been, or anything was refused.
    pub(super) fn check(&self) -> Result<()> {
        match &self.outside.borrow().faults[..] {
            [] => Ok(()),
            faults => bail!("something went another way than it should: {}", faults.join("; ")),
        }
    }
}

async fn answer(outside: Rc<RefCell<Outside>>, parts: Parts, body: Bytes) -> Answer {
    let delay = outside.borrow().delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    outside.borrow_mut().answer(&parts, &body)
}

impl Outside {
    fn answer(&mut self, parts: &Parts, body: &[u8]) -> Answer {
        self.n_calls += 1;
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let answered = match target.map(|target| target.rsplit_once('.').unwrap_or(("", target))) {
            Some((service, operation)) => self.json(service, operation, body),
            None => self.elsewhere(parts),
        };
        answered.unwrap_or_else(|| {
            let what = target.map_or_else(|| format!("{} {}", parts.method, parts.uri), str::to_owned);
            self.faults.push(format!("{what} was not to be called"));
            text(StatusCode::NOT_IMPLEMENTED, "text/plain", String::new())
        })
    }

    /// AWS's JSON protocols. Nothing, if the call is none that is expected.
    fn json(&mut self, service: &str, operation: &str, body: &[u8]) -> Option<Answer> {
        let asked: Value = serde_json::from_slice(body).ok()?;
        let (status, said) = match (service, operation) {
            ("DynamoDB_20120810", "Query") => (StatusCode::OK, self.table.query(&asked)),
            ("DynamoDB_20120810", "TransactWriteItems") => match self.table.write(&asked) {
                Ok(()) => (StatusCode::OK, serde_json::json!({})),
                Err(cancelled) => {
                    self.faults.push(format!("a transaction was refused: {cancelled}"));
                    (StatusCode::BAD_REQUEST, cancelled)
                }
            },
            ("AmazonSQS", "SendMessage") => (StatusCode::OK, sent(self.n_calls)),
            ("AmazonSSM", "GetParameter") => (StatusCode::OK, self.secrets.get(&asked)?),
            ("AmazonEC2ContainerServiceV20141113", operation) => self.ecs(operation, asked)?,
            _ => return None,
        };
        Some(text(status, "application/x-amz-json-1.1", said.to_string()))
    }
}

fn sent(n: usize) -> Value {
    serde_json::json!({
        "MessageId": format!("5fea7756-0ea4-451a-a703-{n:012x}"),
        "SequenceNumber": format!("{n:020}"),
    })
}
