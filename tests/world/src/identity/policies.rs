//! The policies that ministack keeps, asked for every call of the model that came through the front door.

use async_trait::async_trait;
use http::{HeaderMap, HeaderName};
use sim::compute::{Refusal, Service};

use crate::{
    compute::{Authorize, Caller},
    front::{Signatory, signatory},
    side_door::{Check, SideDoor, Signed, Verdict},
};

/// Only what came through the front door is checked: the model alone is open to everyone.
pub(crate) const THROUGH_THE_FRONT_DOOR: HeaderName = HeaderName::from_static("x-world-front-door");

#[derive(Debug)]
pub(crate) struct Policies(pub(crate) SideDoor);

#[async_trait]
impl Authorize for Policies {
    async fn authorize(&self, caller: &Caller<'_>, of: Service, checks: &[Check]) -> Result<(), Refusal> {
        if !caller.headers.contains_key(THROUGH_THE_FRONT_DOOR)
            || signatory(caller.headers) == Signatory::Root
        {
            return Ok(());
        }
        match self.0.authorize(&signed(caller), checks).await {
            Ok(Verdict::Allowed { .. }) => Ok(()),
            Ok(Verdict::Denied { caller, action, resource, explicit }) => {
                let why = if explicit {
                    "with an explicit deny in an identity-based policy".to_owned()
                } else {
                    format!("because no identity-based policy allows the {action} action")
                };
                let who = format!("User: {caller} is not authorized to perform: {action}");
                Err(Refusal::denied(of, format!("{who} on resource: {resource} {why}")))
            }
            Ok(Verdict::Unauthenticated { code, message, status }) => {
                Err(Refusal { code: code.into(), status, ..Refusal::denied(of, message) })
            }
            Err(error) => Err(Refusal::denied(of, format!("world: {error:#}"))),
        }
    }
}

/// The request as it was signed.
fn signed(caller: &Caller<'_>) -> Signed {
    Signed {
        method: caller.method.to_string(),
        target: caller.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: headers(caller.headers),
        body: caller.body.to_vec().into(),
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let own = headers.iter().filter(|(name, _)| *name != THROUGH_THE_FRONT_DOOR);
    own.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect()
}
