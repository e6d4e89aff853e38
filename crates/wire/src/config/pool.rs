//! The pools of the document, one by one and beside each other.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Arch, Carrier, Trust,
    id::Zone,
    instance_type::InstanceType,
    label::Release,
    rules::{Fallback, Pool, PoolName},
    size::{Shape, Size},
};

use super::{
    capacity, fallback, form,
    read::{Node, Object},
    schedule, serverless,
    settings::{PoolSettings, Serverless},
};

/// What the rest of the document says, as far as it says it well.
pub(super) struct Around<'a> {
    pub(super) region: Option<&'a str>,
    /// The tiers that have a cluster.
    pub(super) with_cluster: Option<BTreeSet<Trust>>,
    /// The tiers whose nodes have a role.
    pub(super) with_role: Option<BTreeSet<Trust>>,
    pub(super) min_version: Option<&'a Release>,
}

#[derive(Default)]
pub(super) struct Pools {
    pub(super) rules: BTreeMap<PoolName, Pool>,
    pub(super) nodes: BTreeMap<PoolName, PoolSettings>,
    pub(super) serverless: BTreeMap<PoolName, Serverless>,
}

pub(super) fn read(pools: &Node<'_>, around: &Around<'_>) -> Option<Pools> {
    let mut groups = BTreeMap::new();
    let mut read = Pools::default();
    let mut is_whole = true;
    let mut fallbacks = Vec::new();
    let entries = pools.entries()?;
    for (key, node) in &entries {
        let name =
            PoolName::parse(key).map_err(|error| node.fault(format!("{error}; write `{}`", named(key)))).ok();
        let Some(pool) = node
            .object(|pool| read_pool(pool, name, around, &mut groups, &mut read, &mut fallbacks))
            .flatten()
        else {
            is_whole = false;
            continue;
        };
        read.rules.insert(pool.name.clone(), pool);
    }
    is_whole &= fallback::check(&read.rules, |name| entries.contains_key(name), &fallbacks);
    is_whole.then_some(read)
}

fn read_pool<'a>(
    pool: &Object<'a>,
    name: Option<PoolName>,
    around: &Around<'_>,
    groups: &mut BTreeMap<String, String>,
    read: &mut Pools,
    fallbacks: &mut Vec<(Fallback, Node<'a>)>,
) -> Option<Pool> {
    let carrier = pool.read_or("carrier", &form::CARRIER, Carrier::Nodes);
    match carrier.unwrap_or(Carrier::Nodes) {
        Carrier::Nodes => {
            let (rules, settings) = read_pool_of_nodes(pool, name, around, groups, fallbacks)?;
            read.nodes.insert(rules.name.clone(), settings);
            Some(rules)
        }
        Carrier::Serverless => {
            let (rules, settings) = serverless::read(pool, name, around, fallbacks)?;
            read.serverless.insert(rules.name.clone(), settings);
            Some(rules)
        }
    }
}

fn read_pool_of_nodes<'a>(
    pool: &Object<'a>,
    name: Option<PoolName>,
    around: &Around<'_>,
    groups: &mut BTreeMap<String, String>,
    fallbacks: &mut Vec<(Fallback, Node<'a>)>,
) -> Option<(Pool, PoolSettings)> {
    let arch = pool.read("arch", &form::ARCH);
    let purchase = pool.read("purchase", &form::PURCHASE);
    let trust = read_trust(pool, Carrier::Nodes, around);
    let group = read_group(pool, groups);
    let types = read_types(pool, arch);
    let zones = read_zones(pool, around.region);
    let capacity = capacity::read(pool, trust);
    let price = types.as_deref().zip(purchase).and_then(|(types, purchase)| capacity::price(types, purchase));
    let node = types.as_deref().and_then(smallest);
    let default_size = read_default_size(pool, node);
    let has_gpu = read_gpu(pool, arch, types.as_deref());

    let fallback = fallback::read(pool, fallbacks);
    let told = schedule::read(pool, around);
    let capacity = capacity?;
    let rules = Pool {
        name: name?,
        arch: arch?,
        purchase: purchase?,
        trust: trust?,
        carrier: Carrier::Nodes,
        has_gpu: has_gpu?,
        zones: zones?,
        max_nodes: capacity.max_nodes,
        min_nodes: capacity.min_nodes,
        standby: BTreeMap::new(),
        schedule: None,
        idle_after: capacity.idle_after,
        max_age: capacity.max_age,
        price: price?,
        zone_prices: BTreeMap::new(),
        daily_budget: capacity.daily_budget,
        node: node?,
        fallback: fallback?,
        default_size: default_size?,
    };
    let rules = schedule::check(rules, told?)?;
    let instance_types = types?.into_iter().map(|t| t.name.to_owned()).collect();
    Some((rules, PoolSettings { group: group?, instance_types }))
}

pub(super) fn read_trust(pool: &Object<'_>, carrier: Carrier, around: &Around<'_>) -> Option<Trust> {
    let node = pool.field("trust", form::TRUST.like)?;
    let trust = node.read(&form::TRUST)?;
    if around.with_cluster.as_ref().is_some_and(|tiers| !tiers.contains(&trust)) {
        node.fault(format!("has no cluster; write the ARN of one at clusters.{trust}"));
        return None;
    }
    let needs_role = carrier == Carrier::Nodes;
    if needs_role && around.with_role.as_ref().is_some_and(|tiers| !tiers.contains(&trust)) {
        node.fault(format!("has no role for its nodes; write the ARN of one at nodes.role_arns.{trust}"));
        return None;
    }
    Some(trust)
}

/// A group belongs to one pool: its members are the pool's nodes.
fn read_group(pool: &Object<'_>, groups: &mut BTreeMap<String, String>) -> Option<String> {
    let node = pool.field("group", form::GROUP.like)?;
    let group = node.read(&form::GROUP)?;
    if let Some(other) = groups.insert(group.clone(), node.path().to_owned()) {
        node.fault(format!("is also {other}; write a group of its own"));
        return None;
    }
    Some(group)
}

/// All of one shape and of the pool's architecture, so that a job fits on any node or on none.
fn read_types(pool: &Object<'_>, arch: Option<Arch>) -> Option<Vec<&'static InstanceType>> {
    let list = pool.field("instance_types", "a list of instance types")?;
    let items = list.list(&form::INSTANCE_TYPE)?;
    let first = items.first().and_then(|(_, name)| form::known(name))?;
    let mut types = Vec::new();
    for (node, name) in &items {
        let this = form::known(name)?;
        if let Some(arch) = arch.filter(|arch| *arch != this.arch) {
            node.fault(format!("`{name}` is {}; write a type of the pool's architecture, {arch}", this.arch));
        } else if (this.vcpu, this.memory) != (first.vcpu, first.memory) {
            node.fault(format!(
                "`{name}` is {}, `{}` is {}; write types of one shape, or another pool",
                shape(this),
                first.name,
                shape(first)
            ));
        } else {
            types.push(this);
        }
    }
    (types.len() == items.len()).then_some(types)
}

fn read_zones(pool: &Object<'_>, region: Option<&str>) -> Option<Vec<Zone>> {
    let items = pool.field("zones", "a list of zones")?.list(&form::ZONE)?;
    let mut is_whole = true;
    for (node, zone) in &items {
        if let Some(region) = region.filter(|region| !is_zone_of(&zone.0, region)) {
            node.fault(format!("`{zone}` is no zone of {region}; write one like `{region}a`"));
            is_whole = false;
        }
    }
    is_whole.then(|| items.into_iter().map(|(_, zone)| zone).collect())
}

fn read_default_size(pool: &Object<'_>, node: Option<Size>) -> Option<Size> {
    pool.object("default_size", |object| {
        let (vcpu, memory) = (object.read("vcpu", &form::VCPU), object.read("memory_gib", &form::GIB));
        let size = Shape { vcpu: vcpu?, memory: memory? }.size();
        let Some(room) = node.filter(|node| !size.fits_in(*node)) else { return Some(size) };
        match Shape::largest_in(room) {
            Some(largest) => object.fault(format!(
                "does not fit on a node, the largest job it holds is {largest}; write at most {} vCPUs and {} GiB",
                largest.vcpu.get(),
                largest.memory.get()
            )),
            None => object.fault("does not fit on a node, which holds no job at all; write larger instance types"),
        }
        None
    })?
}

fn read_gpu(pool: &Object<'_>, arch: Option<Arch>, types: Option<&[&InstanceType]>) -> Option<bool> {
    let node = pool.field("gpu", form::FLAG.like)?;
    let gpu = node.read(&form::FLAG)?;
    if gpu && arch == Some(Arch::Arm64) {
        node.fault("cannot be true on arm64; write false, or the arch x86_64");
        return None;
    }
    let without = types.unwrap_or_default().iter().find(|t| gpu && !t.has_gpu());
    if let Some(without) = without {
        node.fault(format!(
            "cannot be true, `{}` has no GPU; write false, or types like `g6.4xlarge`",
            without.name
        ));
        return None;
    }
    Some(gpu)
}

/// What jobs may take of the type that has least for them.
fn smallest(types: &[&InstanceType]) -> Option<Size> {
    types.iter().map(|t| t.for_jobs()).min_by_key(|size| size.memory)
}

/// As a label would write all of it.
fn shape(instance_type: &InstanceType) -> String {
    format!("{}c-{}g", instance_type.vcpu, instance_type.memory.0 / 1024)
}

/// `eu-central-1a`, and the longer names of zones in other cities.
fn is_zone_of(zone: &str, region: &str) -> bool {
    let rest = zone.strip_prefix(region).unwrap_or_default();
    let letter = rest
        .strip_prefix('-')
        .map_or(rest, |city| city.trim_start_matches(|c| c != '-').trim_start_matches(['-', '1', '2', '3']));
    letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_lowercase())
}

/// The nearest name that is allowed.
fn named(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = key.to_lowercase().chars().map(plain).take(PoolName::MAX_LENGTH).collect();
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name.to_owned() } else { "small".to_owned() }
}
