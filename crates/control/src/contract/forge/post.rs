//! Attempts to deliver events.

use std::collections::BTreeSet;

use model::delivery::{Delivery, Outcome};
use model::id::DeliveryId;

use super::{Outside, Owner};
use crate::PortError;
use crate::port::Forge;

pub async fn an_event_that_was_lost_is_listed_and_attempted_again(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    let before: BTreeSet<DeliveryId> = listed(forge).await.into_iter().map(|it| it.id).collect();
    outside.lose_an_event(&at);
    let lost = listed(forge).await.into_iter().find(|it| !before.contains(&it.id));
    let lost = lost.expect("the attempt is listed");
    assert_eq!((lost.outcome, lost.is_again), (Outcome::Failed, false));
    assert_eq!(outside.attempts(&lost.event), 1);
    forge.redeliver(lost.id).await.expect("it is attempted");
    assert_eq!(outside.attempts(&lost.event), 2);
}

pub async fn attempts_are_listed_the_newest_first_on_as_many_pages_as_it_takes(
    forge: &dyn Forge,
    outside: &dyn Outside,
) {
    let at = outside.repository(Owner::Organization);
    for _ in 0..130 {
        outside.lose_an_event(&at);
    }
    let listed = listed(forge).await;
    assert!(listed.len() >= 130);
    let ids: Vec<DeliveryId> = listed.iter().map(|it| it.id).collect();
    let mut newest_first = ids.clone();
    newest_first.sort();
    newest_first.dedup();
    newest_first.reverse();
    assert_eq!(ids, newest_first, "each of them once");
}

pub async fn an_attempt_that_nobody_keeps_is_not_found(forge: &dyn Forge, _: &dyn Outside) {
    let again = forge.redeliver(DeliveryId(1)).await;
    assert!(matches!(again, Err(PortError::NotFound { .. })), "{again:?}");
}

async fn listed(forge: &dyn Forge) -> Vec<Delivery> {
    let mut listed = Vec::new();
    let mut page = None;
    loop {
        let read = forge.deliveries(page.as_deref()).await.expect("there is a list");
        listed.extend(read.deliveries);
        page = read.next;
        if page.is_none() {
            return listed;
        }
    }
}
