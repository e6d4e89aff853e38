//! Whether a caller may do what a request asks.

use crate::identity::Resources;
use crate::side_door::Check;
use async_trait::async_trait;
use axum::http::{HeaderMap, Method, Uri};
use sim::compute::{Machine, Refusal, Service};
use std::collections::BTreeMap;

/// The request as it came, for whoever finds out who signed it.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// Checks a caller before anything is done.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Refuses as the service would: `Refusal::denied` says its own word for *may not*.
    async fn authorize(&self, caller: &Caller<'_>, of: Service, checks: &[Check]) -> Result<(), Refusal>;
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug)]
pub struct Everyone;

#[async_trait]
impl Authorize for Everyone {
    async fn authorize(&self, _: &Caller<'_>, _: Service, _: &[Check]) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What the machine knows about the resources a call names.
pub(super) struct Known<'a>(pub(super) &'a Machine);

impl Resources for Known<'_> {
    fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        self.0.resource_tags(arn)
    }

    fn task_definition(&self, named: &str) -> Option<String> {
        self.0.task_definition_arn(named)
    }

    fn roles(&self, task_definition: &str) -> Vec<String> {
        self.0.task_definition_roles(task_definition)
    }

    fn group(&self, name: &str) -> Option<String> {
        self.0.group_arn(name)
    }

    fn group_of(&self, instance_id: &str) -> Option<String> {
        self.0.group_of_instance(instance_id)
    }
}
