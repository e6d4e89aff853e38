//! What a job needs, read from its labels against the pools there are.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::job::Job;
use model::label::{self, Kind, Spec, Verdict};
use model::observation::{DefinitionKey, Observation};
use model::reason::{Code, Reason};
use model::rules::{Pool, Rules};
use model::size::{Shape, Size};
use model::{Arch, Purchase, Trust};

use crate::rerun::is_second_chance;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand<'a> {
    pub spec: Spec,
    pub definition: DefinitionKey,
    /// Where it may run, the first choice first. Never empty, all of one architecture.
    pub pools: Vec<&'a Pool>,
    /// What makes two jobs alike to a runner: sorted and in lower case.
    pub labels: Vec<String>,
}

impl Demand<'_> {
    pub fn size(&self, pool: &Pool) -> Size {
        self.spec.size(pool.default_size)
    }
}

/// All of a job that its demand depends on: jobs that ask alike need alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Asks<'a> {
    labels: &'a [String],
    trust: Option<Trust>,
    is_second_chance: bool,
}

impl<'a> Asks<'a> {
    fn of(seen: &Observation, job: &'a Job) -> Self {
        Self { labels: &job.labels, trust: job.trust, is_second_chance: is_second_chance(seen, job) }
    }
}

/// The demands of many jobs, each read once however many jobs ask alike.
#[derive(Debug)]
pub struct Demands<'a> {
    seen: &'a Observation,
    rules: &'a Rules,
    read: BTreeMap<Asks<'a>, Result<Rc<Demand<'a>>, Reason>>,
}

impl<'a> Demands<'a> {
    pub fn new(seen: &'a Observation, rules: &'a Rules) -> Self {
        Self { seen, rules, read: BTreeMap::new() }
    }

    /// What the job needs, or why nothing there is can ever run it.
    pub fn of(&mut self, job: &'a Job) -> Result<Rc<Demand<'a>>, Reason> {
        let asks = Asks::of(self.seen, job);
        self.read.entry(asks).or_insert_with(|| demand(asks, self.rules).map(Rc::new)).clone()
    }
}

fn demand<'a>(asks: Asks<'_>, rules: &'a Rules) -> Result<Demand<'a>, Reason> {
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
    let Some(first) = fitting.first() else { return Err(no_pool(&spec, trust)) };
    let arch = first.arch;
    let holds = |pool: &&Pool| spec.size(pool.default_size).fits_in(pool.node);
    let mut holding: Vec<&Pool> = fitting.iter().copied().filter(holds).collect();
    if holding.is_empty() {
        return Err(too_large(&spec, &fitting));
    }
    if asks.is_second_chance {
        // Whatever the label says of spot: it has been there.
        let lasting = rules.pools.values().filter(|pool| {
            pool.purchase == Purchase::OnDemand
                && pool.trust == trust
                && pool.has_gpu == spec.gpu
                && pool.arch == arch
        });
        let lasting: Vec<&Pool> = lasting.filter(holds).collect();
        if !lasting.is_empty() {
            holding = lasting;
        }
    }
    let definition = DefinitionKey {
        kind: spec.kind,
        version: spec.engine().cloned(),
        arch,
        has_gpu: spec.gpu,
        has_dind: spec.dind || spec.kind == Kind::Docker,
    };
    Ok(Demand { spec, definition, pools: holding, labels: label_set(asks.labels) })
}

fn pools<'a>(spec: &Spec, trust: Trust, rules: &'a Rules) -> Vec<&'a Pool> {
    let mut pools: Vec<&Pool> = rules
        .pools
        .values()
        .filter(|pool| pool.trust == trust && pool.has_gpu == spec.gpu)
        .filter(|pool| spec.arch.is_none_or(|arch| pool.arch == arch))
        .filter(|pool| spec.purchase.is_none_or(|purchase| pool.purchase == purchase))
        .collect();
    let is_x86 = |pool: &&Pool| pool.arch == Arch::X86_64;
    if pools.iter().any(is_x86) {
        pools.retain(is_x86);
    }
    pools.sort_by_key(|pool| (pool.purchase == Purchase::OnDemand, &pool.name));
    pools
}

fn no_pool(spec: &Spec, trust: Trust) -> Reason {
    let mut words = vec![trust.name()];
    words.extend(spec.arch.map(Arch::name));
    words.extend(spec.purchase.map(Purchase::name));
    if spec.gpu {
        words.push("GPU");
    }
    let text = format!("no pool is for {} jobs; add one to `pools`, or write another label", words.join(" "));
    Reason { code: Code::NoPool, text }
}

fn too_large(spec: &Spec, pools: &[&Pool]) -> Reason {
    let wanted = spec.shape.map_or_else(|| "the default size".to_owned(), |shape| format!("`{shape}`"));
    // The one that comes nearest: enough vCPUs first, then the most memory.
    let near = |pool: &&&Pool| (pool.node.cpu.min(spec.size(pool.default_size).cpu), pool.node.memory);
    let nearest = pools.iter().max_by_key(near).expect("there is a pool that fits but for its size");
    let holds =
        Shape::largest_in(nearest.node).map_or_else(|| "none".to_owned(), |largest| largest.to_string());
    let text = format!(
        "{wanted} fits on no node: the largest job that pool `{}` holds is {holds}; \
         write a smaller size, or give the pool larger instance types",
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
