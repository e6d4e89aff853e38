//! Being asked too often.

use std::time::Duration;

use model::id::JobId;
use model::job::Repository;

use super::registration::acquainted;
use super::{Outside, Owner, name, texts};
use crate::PortError;
use crate::port::Forge;

pub async fn a_limit_on_how_fast_says_how_long(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    acquainted(forge, outside, &at).await;
    outside.throttle_next(7);
    let throttled = forge.register(&at, name(100), &texts(&["bare"])).await;
    let Err(PortError::Throttled { retry_after, .. }) = throttled else { panic!("{throttled:?}") };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
    assert_eq!(outside.registrations(&at, name(100)), [], "nothing was done");
}

pub async fn an_hour_that_is_used_up_says_how_long(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    acquainted(forge, outside, &at).await;
    outside.use_up_the_hour();
    let wait = throttled(forge, &at).await;
    outside.calm();
    assert!(Duration::ZERO < wait && wait <= Duration::from_hours(1), "{wait:?}");
}

async fn throttled(forge: &dyn Forge, at: &Repository) -> Duration {
    match forge.job(at, JobId(1)).await {
        Err(PortError::Throttled { retry_after: Some(wait), .. }) => wait,
        other => panic!("the hour is used up, and yet: {other:?}"),
    }
}
