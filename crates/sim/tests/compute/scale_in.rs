//! Which member a group ends when it has too many.

use crate::bench::{Bench, TEMPLATE};
use serde_json::{Value, json};
use sim::compute::Shortage;

/// A group of two types, so much of it On-Demand.
fn mixed(bench: &mut Bench, on_demand_percentage: u32, types: [&str; 2]) {
    let overrides = types.map(|it| json!({ "InstanceType": it }));
    let policy = json!({
        "LaunchTemplate": {
            "LaunchTemplateSpecification": { "LaunchTemplateId": TEMPLATE, "Version": "1" },
            "Overrides": overrides,
        },
        "InstancesDistribution": { "OnDemandPercentageAboveBaseCapacity": on_demand_percentage },
    });
    bench.group("g", json!({ "LaunchTemplate": null, "MixedInstancesPolicy": policy }));
}

fn set(bench: &mut Bench, n: u32) {
    bench.scaling("SetDesiredCapacity", json!({ "AutoScalingGroupName": "g", "DesiredCapacity": n }));
    bench.pass(0);
}

fn instances(bench: &mut Bench) -> Vec<Value> {
    let ids = bench.members("g");
    let described = bench.ec2("DescribeInstances", json!({ "InstanceId": ids }));
    let reservations = described["reservationSet"].as_array().unwrap();
    reservations.iter().map(|it| it["instancesSet"][0].clone()).collect()
}

fn n_spot(bench: &mut Bench) -> usize {
    instances(bench).iter().filter(|it| it["instanceLifecycle"] == "spot").count()
}

/// Its On-Demand machine is further into its hour, and stays all the same.
#[test]
fn a_mixed_group_goes_back_to_its_shares() {
    let mut bench = Bench::new();
    mixed(&mut bench, 50, ["c7gd.4xlarge", "c8gd.4xlarge"]);
    for n in 1..=4 {
        set(&mut bench, n);
        bench.pass(600);
    }
    assert_eq!(n_spot(&mut bench), 2);
    for (left, spot) in [(3, 1), (2, 1), (1, 0)] {
        set(&mut bench, left);
        assert_eq!((bench.members("g").len(), n_spot(&mut bench)), (left as usize, spot));
    }
}

/// On-Demand the list's order counts, on Spot the price; the hour only after that.
#[test]
fn the_type_that_the_strategy_wants_least_goes_first() {
    for (percentage, kept) in [(100, "c8gd.16xlarge"), (0, "c7gd.4xlarge")] {
        let mut bench = Bench::new();
        mixed(&mut bench, percentage, ["c8gd.16xlarge", "c7gd.4xlarge"]);
        set(&mut bench, 1);
        bench.machine.short_of(Shortage {
            instance_type: Some(kept.to_owned()),
            availability_zone: None,
            market: None,
            left: 0,
        });
        bench.pass(600);
        set(&mut bench, 2);
        assert_eq!(instances(&mut bench).len(), 2);
        set(&mut bench, 1);
        assert_eq!(instances(&mut bench)[0]["instanceType"], kept);
    }
}

#[test]
fn of_equals_the_one_whose_hour_is_nearly_over_goes() {
    let mut bench = Bench::new();
    bench.group("g", json!({ "DesiredCapacity": 1 }));
    bench.pass(1800);
    let older = bench.members("g");
    set(&mut bench, 2);
    // The older is ten minutes into its second hour, the younger forty into its first.
    bench.pass(2400);
    set(&mut bench, 1);
    assert_eq!(bench.members("g"), older);
}
