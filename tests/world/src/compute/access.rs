//! Whether a caller may do what a request asks.

use async_trait::async_trait;
use axum::http::{HeaderMap, Method, Uri};
use std::collections::BTreeMap;

/// The request as it came, for whoever finds out who signed it.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// One right that a request needs. A request is allowed if all its rights are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// As policies spell it: `ecs:RunTask`, `iam:PassRole`.
    pub action: String,
    /// An ARN, or `*` where the action knows no resources.
    pub resource: String,
    /// Condition keys of the action: `ecs:cluster`, `aws:ResourceTag/…`, `aws:RequestTag/…`.
    pub context: BTreeMap<String, Vec<String>>,
}

/// Checks a caller's rights before anything is done.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Denies with the message that the caller is to see.
    async fn authorize(&self, caller: &Caller<'_>, needed: &[Access]) -> Result<(), String>;
}

/// Everybody may do everything.
#[derive(Clone, Copy, Debug)]
pub struct Everyone;

#[async_trait]
impl Authorize for Everyone {
    async fn authorize(&self, _: &Caller<'_>, _: &[Access]) -> Result<(), String> {
        Ok(())
    }
}
