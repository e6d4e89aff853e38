//! The pools whose tasks need no node.

use std::{collections::BTreeMap, time::Duration};

use model::{
    Carrier,
    price::Price,
    rules::{Fallback, Pool, PoolName},
    size::{Shape, Size},
    task_size,
};

use super::{
    capacity, fallback, form,
    pool::{Around, read_trust},
    read::{Node, Object},
    schedule,
    settings::Serverless,
};

/// What one call may name of each.
const MAX_SUBNETS: usize = 16;
const MAX_SECURITY_GROUPS: usize = 5;

pub(super) fn read<'a>(
    pool: &Object<'a>,
    name: Option<PoolName>,
    around: &Around<'_>,
    fallbacks: &mut Vec<(Fallback, Node<'a>)>,
) -> Option<(Pool, Serverless)> {
    let arch = pool.read("arch", &form::ARCH);
    let purchase = pool.read("purchase", &form::PURCHASE);
    let trust = read_trust(pool, Carrier::Serverless, around);
    let max_tasks = pool.read("max_tasks", &form::MAX_TASKS);
    let default_size = pool.object("default_size", read_default_size).flatten();
    let network = pool.object("network", read_network).flatten();
    let daily_budget = capacity::read_budget(pool);

    let fallback = fallback::read(pool, fallbacks);
    let told = schedule::read(pool, around);

    let rules = Pool {
        name: name?,
        arch: arch?,
        purchase: purchase?,
        trust: trust?,
        carrier: Carrier::Serverless,
        has_gpu: false,
        zones: Vec::new(),
        max_nodes: max_tasks?,
        // What there is no node for is neither kept nor given back; each of its tasks has a price of its own.
        min_nodes: 0,
        standby: BTreeMap::new(),
        schedule: None,
        idle_after: Duration::MAX,
        max_age: Duration::MAX,
        daily_budget: daily_budget?,
        price: Price::default(),
        zone_prices: BTreeMap::new(),
        node: task_size::LARGEST,
        fallback: fallback?,
        default_size: default_size?,
    };
    let rules = schedule::check(rules, told?)?;
    let (subnets, security_groups, has_public_ip) = network?;
    let settings = Serverless { purchase: rules.purchase, subnets, security_groups, has_public_ip };
    Some((rules, settings))
}

fn read_default_size(object: &Object<'_>) -> Option<Size> {
    let (vcpu, memory) = (object.read("vcpu", &form::VCPU), object.read("memory_gib", &form::GIB));
    let size = Shape { vcpu: vcpu?, memory: memory? }.size();
    if task_size::holding(size).is_none() {
        object.fault("is larger than a task can be; write at most 16 vCPUs and 128 GiB");
        return None;
    }
    Some(size)
}

fn read_network(network: &Object<'_>) -> Option<(Vec<String>, Vec<String>, bool)> {
    let list = |name, form: &form::Form<String>, like, most: usize| {
        let node = network.field(name, like)?;
        let items: Vec<String> = node.list(form)?.into_iter().map(|(_, item)| item).collect();
        if items.len() > most {
            node.fault(format!("has {} entries; write at most {most}", items.len()));
            return None;
        }
        Some(items)
    };
    let subnets = list("subnets", &form::SUBNET, "a list of subnets", MAX_SUBNETS);
    let groups =
        list("security_groups", &form::SECURITY_GROUP, "a list of security groups", MAX_SECURITY_GROUPS);
    let has_public_ip = network.read("public_ip", &form::FLAG);
    Some((subnets?, groups?, has_public_ip?))
}
