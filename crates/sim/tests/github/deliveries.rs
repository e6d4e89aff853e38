//! Deliveries: one GUID an event, ten seconds an answer, three days in the list.

use std::time::Duration;

use sim::github::{Action, DeliveryId, Exchange, HookMatch, HookMishap, JobOrder, Outcome, Output, Refusal};

use crate::town::Town;

fn sent(town: &mut Town) -> Vec<DeliveryId> {
    let outputs = town.github.take_outputs();
    let deliveries = outputs.into_iter().filter_map(|output| match output {
        Output::Deliver(id) => Some(id),
        Output::Wake(_) => None,
    });
    deliveries.collect()
}

fn answered(status: u16) -> Outcome {
    Outcome::Answered(Exchange { status, ..Exchange::default() })
}

#[test]
fn an_answer_after_ten_seconds_comes_too_late() {
    let mut town = Town::new();
    town.queue(&["x"]);
    town.later(0);
    let id = sent(&mut town)[0];
    town.later(10);
    town.github.delivered(id, answered(202), town.now);
    assert_eq!(town.github.deliveries[&id].outcome(), Some(&Outcome::TimedOut));
    town.later(3600);
    assert!(sent(&mut town).is_empty(), "nothing is sent again unasked");
}

#[test]
fn a_redelivery_is_a_new_attempt_with_the_old_guid() {
    let mut town = Town::new();
    town.queue(&["x"]);
    town.later(0);
    let first = sent(&mut town)[0];
    town.github.delivered(first, answered(500), town.now);
    let second = town.github.redeliver(first, town.now).unwrap();
    assert_eq!(sent(&mut town), [second]);
    town.github.delivered(second, answered(202), town.now);
    let [first, second] = [first, second].map(|id| &town.github.deliveries[&id]);
    assert_eq!((&first.guid, &first.event), (&second.guid, &second.event));
    assert!(!first.outcome().unwrap().is_ok() && second.outcome().unwrap().is_ok());
    assert!(!first.redelivery && second.redelivery);
}

#[test]
fn after_three_days_there_is_nothing_to_send_again() {
    let mut town = Town::new();
    town.queue(&["x"]);
    town.later(0);
    let id = sent(&mut town)[0];
    town.later(3 * 24 * 3600);
    assert!(town.github.deliveries.contains_key(&id));
    town.later(1);
    assert_eq!(town.github.redeliver(id, town.now), Err(Refusal::NotFound));
}

#[test]
fn a_lost_webhook_is_in_no_list_and_a_failed_one_is() {
    let mut town = Town::new();
    let queued = HookMatch { job: None, action: Some(Action::Queued) };
    town.github.trouble_hooks(queued.clone(), HookMishap::Lose, Some(1));
    town.queue(&["x"]);
    town.later(0);
    assert!(town.github.deliveries.is_empty());
    town.github.trouble_hooks(queued, HookMishap::Fail, Some(1));
    town.queue(&["x"]);
    town.later(0);
    assert!(sent(&mut town).is_empty());
    let failed = town.github.deliveries.values().next().unwrap();
    assert_eq!(failed.outcome().map(Outcome::is_ok), Some(false));
}

#[test]
fn doubled_webhooks_have_one_guid_and_late_ones_come_late() {
    let mut town = Town::new();
    town.github.trouble_hooks(HookMatch::default(), HookMishap::Twice, Some(1));
    town.queue(&["x"]);
    town.later(0);
    let twice = sent(&mut town);
    assert_eq!(town.github.deliveries[&twice[0]].guid, town.github.deliveries[&twice[1]].guid);
    town.github.trouble_hooks(HookMatch::default(), HookMishap::Delay(Duration::from_secs(90)), Some(1));
    town.queue(&["x"]);
    town.later(89);
    assert!(sent(&mut town).is_empty());
    town.later(1);
    assert_eq!(sent(&mut town).len(), 1);
}

#[test]
fn held_webhooks_are_released_in_the_order_that_was_asked_for() {
    let mut town = Town::new();
    town.github.trouble_hooks(HookMatch::default(), HookMishap::Hold, None);
    town.start(vec![JobOrder::new("a", &["x"]), JobOrder::new("b", &["x"]), JobOrder::new("c", &["x"])]);
    let held = town.github.held_deliveries().to_vec();
    town.github.release_held(&[held[2], held[0]], town.now);
    assert_eq!(sent(&mut town), [held[2], held[0], held[1]]);
}

#[test]
fn a_spread_of_latencies_reorders_by_itself() {
    let mut town = Town::seeded(3);
    town.github.settings.timing.hook_latency = (Duration::from_millis(100), Duration::from_secs(3));
    let orders = (0..20).map(|n| JobOrder::new(&format!("job {n}"), &["x"])).collect();
    town.start(orders);
    town.later(4);
    let arrived = sent(&mut town);
    assert_eq!(arrived.len(), 20);
    assert!(!arrived.is_sorted());
}

#[test]
fn a_matrix_of_256_is_told_job_by_job() {
    let mut town = Town::new();
    let orders = (0..256).map(|n| JobOrder::new(&format!("build ({n})"), &["x"])).collect();
    town.start(orders);
    town.later(0);
    assert_eq!(sent(&mut town).len(), 256);
}
