//! What a job needs, read from its labels against the pools there are.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::job::Job;
use model::label::{self, Kind, Spec, Verdict};
use model::observation::{DefinitionKey, Observation};
use model::reason::{Code, Reason};
use model::rules::{Pool, PoolName, Rules};
use model::size::{Shape, Size};
use model::time::Timestamp;
use model::{Arch, Carrier, Purchase, Trust};

use crate::fallback::{Fallbacks, Patience};
use crate::rerun::is_second_chance;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand<'a> {
    pub spec: Spec,
    /// What would be run there: another for pools without nodes.
    pub definitions: BTreeMap<Carrier, DefinitionKey>,
    /// Where it may run, the first choice first. Never empty, all of one architecture.
    pub pools: Vec<&'a Pool>,
    /// Why the others are there, beside those of the label: nothing, where there are none.
    pub beyond: BTreeMap<&'a PoolName, String>,
    /// Nothing else runs on its node.
    pub is_alone: bool,
    /// What makes two jobs alike to a runner: sorted and in lower case.
    pub labels: Vec<String>,
}

impl Demand<'_> {
    /// What it takes there.
    pub fn size(&self, pool: &Pool) -> Size {
        let asked = self.spec.size(pool.default_size);
        pool.fit(asked).unwrap_or(asked)
    }
}

/// All of a job that its demand depends on: jobs that ask alike need alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asks<'a> {
    labels: &'a [String],
    trust: Option<Trust>,
    is_second_chance: bool,
    patience: Patience,
}

/// The demands of many jobs, each read once however many jobs ask alike.
#[derive(Debug)]
pub struct Demands<'a> {
    seen: &'a Observation,
    rules: &'a Rules,
    fallbacks: Fallbacks<'a>,
    now: Timestamp,
    read: BTreeMap<Asks<'a>, Result<Rc<Demand<'a>>, Reason>>,
}

impl<'a> Demands<'a> {
    pub fn new(seen: &'a Observation, rules: &'a Rules, now: Timestamp) -> Self {
        let fallbacks = Fallbacks::new(seen, rules, now);
        Self { seen, rules, fallbacks, now, read: BTreeMap::new() }
    }

    /// What the job needs, or why nothing there is can ever run it.
    pub fn of(&mut self, job: &'a Job) -> Result<Rc<Demand<'a>>, Reason> {
        let asks = Asks {
            labels: &job.labels,
            trust: job.trust,
            is_second_chance: is_second_chance(self.seen, job),
            patience: self.fallbacks.patience(job, self.now),
        };
        let (rules, fallbacks) = (self.rules, &self.fallbacks);
        self.read.entry(asks).or_insert_with(|| demand(asks, rules, fallbacks).map(Rc::new)).clone()
    }
}

fn demand<'a>(asks: Asks<'_>, rules: &'a Rules, fallbacks: &Fallbacks<'a>) -> Result<Demand<'a>, Reason> {
    let spec = match label::parse(asks.labels, rules.min_version.as_ref()) {
        Verdict::Ours(spec) => spec,
        Verdict::Wrong(wrong) => return Err(Reason { code: Code::WrongLabel, text: wrong.to_string() }),
        // Admitted under other rules, or by another version.
        Verdict::Foreign => {
            return Err(Reason {
                code: Code::WrongLabel,
                text: "the labels are not Quillon's any more".to_owned(),
            });
        }
    };
    let Some(trust) = asks.trust else {
        let text = "GitHub has not said yet whether the run's code is the repository's own; asked again within a minute";
        return Err(Reason { code: Code::Unknown, text: text.to_owned() });
    };
    let fitting = pools(&spec, trust, rules);
    if fitting.is_empty() {
        return Err(no_pool(&spec, trust, rules));
    }
    let arch = fitting[0].arch;
    let holds = |pool: &&Pool| pool.fit(spec.size(pool.default_size)).is_some();
    let mut beyond: BTreeMap<&PoolName, String> = BTreeMap::new();
    let mut holding: Vec<&Pool> = fitting.iter().copied().filter(holds).collect();
    if holding.is_empty() {
        return Err(too_large(&spec, &fitting));
    }
    if asks.is_second_chance {
        // Whatever the label says of spot: it has been there.
        let lasting = Spec { arch: Some(arch), purchase: Some(Purchase::OnDemand), ..spec.clone() };
        let lasting: Vec<&Pool> = pools(&lasting, trust, rules).into_iter().filter(holds).collect();
        if !lasting.is_empty() {
            let why = "the machine of its last attempt was lost";
            beyond.extend(lasting.iter().map(|pool| (&pool.name, why.to_owned())));
            holding = lasting;
        }
    }
    for (pool, why) in fallbacks.of(&holding, asks.patience) {
        if holds(&pool) && carries(pool, &spec) {
            beyond.insert(&pool.name, why);
            holding.push(pool);
        }
    }
    let definitions = holding.iter().map(|pool| (pool.carrier, definition(&spec, pool))).collect();
    let is_alone = wants_whole(&spec, trust);
    Ok(Demand { spec, definitions, pools: holding, beyond, is_alone, labels: label_set(asks.labels) })
}

/// A single tenant, by its label or by its tier; and a GPU, which is counted whole and one to a node.
pub(crate) fn wants_whole(spec: &Spec, trust: Trust) -> bool {
    spec.single_tenant || spec.gpu || !trust.shares_machines()
}

pub(crate) fn definition(spec: &Spec, pool: &Pool) -> DefinitionKey {
    DefinitionKey {
        kind: spec.kind,
        version: spec.engine().cloned(),
        arch: pool.arch,
        carrier: pool.carrier,
        has_gpu: spec.gpu,
        has_dind: spec.dind || spec.kind == Kind::Docker,
    }
}

fn pools<'a>(spec: &Spec, trust: Trust, rules: &'a Rules) -> Vec<&'a Pool> {
    let mut pools: Vec<&Pool> =
        rules.pools.values().filter(|pool| suits(pool, spec, trust) && carries(pool, spec)).collect();
    let is_x86 = |pool: &&Pool| pool.arch == Arch::X86_64;
    if pools.iter().any(is_x86) {
        pools.retain(is_x86);
    }
    pools.sort_by_key(|pool| (pool.carrier, pool.purchase == Purchase::OnDemand, &pool.name));
    pools
}

fn suits(pool: &Pool, spec: &Spec, trust: Trust) -> bool {
    pool.trust == trust
        && pool.has_gpu == spec.gpu
        && spec.arch.is_none_or(|arch| pool.arch == arch)
        && spec.purchase.is_none_or(|purchase| pool.purchase == purchase)
}

/// Sidecars need what only a node of ours gives them. That nothing else runs beside it holds of every
/// task without a node.
pub(crate) fn carries(pool: &Pool, spec: &Spec) -> bool {
    match pool.carrier {
        Carrier::Nodes => true,
        Carrier::Serverless => spec.kind == Kind::Bare && !spec.dind,
    }
}

fn no_pool(spec: &Spec, trust: Trust, rules: &Rules) -> Reason {
    let trusts = |pool: &&Pool| suits(pool, spec, Trust::Trusted) && carries(pool, spec);
    if trust == Trust::Untrusted && rules.pools.values().any(|pool| trusts(&pool)) {
        let text = "the run's code comes from a fork, and no pool for it takes untrusted jobs; push the branch \
                    to the repository itself, or add a pool with `trust = \"untrusted\"` to `pools`";
        return Reason { code: Code::NoPool, text: text.to_owned() };
    }
    let mut words = vec![trust.name()];
    words.extend(spec.arch.map(Arch::name));
    words.extend(spec.purchase.map(Purchase::name));
    if spec.gpu {
        words.push("GPU");
    }
    // The only ones that would fit are serverless.
    let of_nodes = if rules.pools.values().any(|pool| suits(pool, spec, trust)) { " of nodes" } else { "" };
    let words = words.join(" ");
    let text = format!("no pool{of_nodes} is for {words} jobs; add one to `pools`, or write another label");
    Reason { code: Code::NoPool, text }
}

fn too_large(spec: &Spec, pools: &[&Pool]) -> Reason {
    let wanted = spec.shape.map_or_else(|| "the default size".to_owned(), |shape| format!("`{shape}`"));
    // The one that comes nearest: enough vCPUs first, then the most memory.
    let near = |pool: &&&Pool| (pool.node.cpu.min(spec.size(pool.default_size).cpu), pool.node.memory);
    let nearest = pools.iter().max_by_key(near).expect("there is a pool that fits but for its size");
    let holds =
        Shape::largest_in(nearest.node).map_or_else(|| "none".to_owned(), |largest| largest.to_string());
    let (place, fix) = match nearest.carrier {
        Carrier::Nodes => ("fits on no node", "give the pool larger instance types"),
        Carrier::Serverless => ("is larger than any task without a node", "add a pool of nodes"),
    };
    let text = format!(
        "{wanted} {place}: the largest job that pool `{}` holds is {holds}; write a smaller size, or {fix}",
        nearest.name
    );
    Reason { code: Code::TooLarge, text }
}

/// As launches have them.
pub(crate) fn label_set(labels: &[String]) -> Vec<String> {
    let mut labels: Vec<String> = labels.iter().map(|label| label.to_lowercase()).collect();
    labels.sort();
    labels.dedup();
    labels
}
