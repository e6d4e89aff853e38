//! Ordering machines of one offering.

use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::error::ProvideErrorMetadata;
use aws_sdk_autoscaling::operation::launch_instances::LaunchInstancesOutput;
use aws_sdk_autoscaling::types::RetryStrategy;
use control::PortError;
use control::port::Ordered;
use model::id::InstanceId;
use model::node::Order;
use sha2::{Digest, Sha256};

use crate::error::{said, sort};

const OPERATION: &str = "LaunchInstances";

/// Auto Scaling launches no more in one call.
const MOST: u32 = 100;

pub(crate) async fn launch_instances(
    client: &Client,
    group: &str,
    order: &Order,
) -> Result<Ordered, PortError> {
    let mut ordered = Ordered { instances: Vec::new(), refused: None };
    for (part, n) in parts(order.n) {
        let asked = client
            .launch_instances()
            .auto_scaling_group_name(group)
            .requested_capacity(i32::try_from(n).unwrap_or(i32::MAX))
            .client_token(token(group, order, part))
            .availability_zones(&order.zone.0)
            .retry_strategy(RetryStrategy::None)
            .send()
            .await;
        match asked {
            Ok(answer) => {
                ordered.instances.extend(launched(&answer));
                ordered.refused = refusals(&answer);
            }
            Err(error) if is_refusal(error.code(), error.message()) => ordered.refused = Some(said(&error)),
            // Asked again, the parts before this one answer what they answered now.
            Err(error) => return Err(sort(OPERATION, &error)),
        }
        if ordered.refused.is_some() {
            break;
        }
    }
    Ok(ordered)
}

fn parts(n: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..n.div_ceil(MOST)).map(move |part| (part, MOST.min(n - part * MOST)))
}

/// The order's name and what was committed with it: a ledger that begins anew counts from one again,
/// and another installation may have a pool of that name.
fn token(group: &str, order: &Order, part: u32) -> String {
    let committed = format!("{group}|{}|{}|{}|{part}", order.zone, order.n, order.at.0);
    let hash = hex::encode(&Sha256::digest(committed)[..4]);
    format!("{}-{hash}", order.id)
}

fn launched(answer: &LaunchInstancesOutput) -> impl Iterator<Item = InstanceId> {
    let ids = answer.instances().iter().flat_map(|these| these.instance_ids());
    ids.map(|id| InstanceId(id.clone()))
}

/// The same refusal comes once for each type and subnet.
fn refusals(answer: &LaunchInstancesOutput) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for error in answer.errors() {
        let code = error.error_code().unwrap_or("Refused");
        let line = format!("{code}: {}", error.error_message().unwrap_or("no sentence was given"));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// Whether an error says that there is no room for these machines, now or in the group.
fn is_refusal(code: Option<&str>, message: Option<&str>) -> bool {
    match code {
        Some(
            "InsufficientInstanceCapacity"
            | "InsufficientCapacity"
            | "InsufficientHostCapacity"
            | "InsufficientReservedInstanceCapacity"
            | "InsufficientFreeAddressesInSubnet"
            | "InstanceLimitExceeded"
            | "MaxSpotInstanceCountExceeded"
            | "ReservationCapacityExceeded"
            | "SpotMaxPriceTooLow"
            | "UnfulfillableCapacity"
            | "Unsupported"
            | "VcpuLimitExceeded"
            | "LimitExceeded",
        ) => true,
        // The group's maximum is told as a value that is wrong.
        Some("ValidationError") => message.is_some_and(|text| text.to_ascii_lowercase().contains("max")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use model::id::{OrderId, Zone};
    use model::rules::PoolName;
    use model::time::Timestamp;

    use super::*;

    fn order(pool: &str, version: u64, n: u32, at: u64) -> Order {
        let id = OrderId { pool: PoolName::parse(pool).unwrap(), version };
        Order { id, zone: Zone::from("eu-central-1a"), n, at: Timestamp(at) }
    }

    #[test]
    fn a_token_is_what_auto_scaling_takes_and_names_one_order() {
        let longest = token("group", &order(&"p".repeat(32), u64::MAX, 1, 1), 0);
        assert!(longest.len() <= 64, "{longest}");
        let token = |n, at, part| token("group", &order("arm64-spot", 7, n, at), part);
        assert!(token(1, 1, 0).starts_with("arm64-spot-7-"));
        assert_eq!(token(1, 1, 0), token(1, 1, 0));
        assert_ne!(token(1, 1, 0), token(1, 2, 0), "of a ledger that began anew");
        assert_ne!(token(101, 1, 0), token(101, 1, 1));
    }

    #[test]
    fn an_order_of_more_than_a_call_takes_is_asked_for_in_parts() {
        assert_eq!(parts(3).collect::<Vec<_>>(), [(0, 3)]);
        assert_eq!(parts(100).collect::<Vec<_>>(), [(0, 100)]);
        assert_eq!(parts(250).collect::<Vec<_>>(), [(0, 100), (1, 100), (2, 50)]);
    }
}
