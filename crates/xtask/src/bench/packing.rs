//! What the nodes of a batch cost, beside what they cost at least.

mod bound;

use anyhow::{Result, bail, ensure};
use model::node::PoolMemory;
use model::observation::Observation;
use model::price::Price;
use model::reason::Code;
use model::rules::{Pool, PoolName, Rules};
use model::size::Size;

use super::crowd::{self, NOW};
use super::figure::{Packing, rounded};
use bound::{cheapest, least};

/// Batches of each kind.
pub(super) const BATCHES: usize = 200;
/// What counts as a batch of many.
pub(super) const LEAST: usize = 50;
const MOST: usize = 250;
/// Nothing is to be ordered once as many have ordered.
const MOST_PLANS: usize = 5;
/// What counts as a few.
pub(super) const FEW: usize = 8;

/// Pools as people have them: two families, and sizes of one of them.
const POOLS: [(&str, u32, u32, f64); 4] = [
    ("c7gd-2xlarge", 8, 16, 0.3629),
    ("c7gd-4xlarge", 16, 32, 0.7258),
    ("c7gd-8xlarge", 32, 64, 1.4515),
    ("m7gd-4xlarge", 16, 64, 0.8543),
];
/// Of which a batch sees some: one, or a few beside each other.
const CHOICES: [&[usize]; 4] = [&[1], &[0, 1, 2], &[1, 3], &[0, 1, 2, 3]];
const VCPUS: [u32; 8] = [1, 2, 2, 3, 4, 4, 6, 8];
const GIB_OF_A_VCPU: [u32; 5] = [1, 2, 2, 2, 4];

pub(super) fn measure() -> Result<Packing> {
    let mut chance = Chance(7);
    let mut over = Vec::new();
    for n in 0..BATCHES {
        let batch = Batch::new(&mut chance, n, LEAST, MOST);
        over.push(batch.cost()? / least(&batch.sizes, &batch.nodes()));
    }
    over.sort_by(f64::total_cmp);
    let mut few_not_best = 0;
    for n in 0..BATCHES {
        let batch = Batch::new(&mut chance, n, 1, FEW);
        let best = cheapest(&batch.sizes, &batch.nodes());
        few_not_best += usize::from(batch.cost()? > best + 1e-6);
    }
    Ok(Packing {
        median_over_bound: rounded(over[over.len() / 2]),
        worst_over_bound: rounded(over[over.len() - 1]),
        few_not_best,
    })
}

/// Jobs that come at once into an empty installation.
struct Batch {
    rules: Rules,
    seen: Observation,
    sizes: Vec<Size>,
}

/// A node that can be bought, and its price.
pub(super) type Node = (Size, f64);

impl Batch {
    fn new(chance: &mut Chance, n: usize, least: usize, most: usize) -> Self {
        let mut rules = crowd::rules();
        let template = rules.pools.values().next().expect("the crowd has pools").clone();
        rules.pools = CHOICES[n % CHOICES.len()].iter().map(|at| pool(&template, *at)).collect();
        let n_jobs = least + chance.below(most - least + 1);
        let mut seen = Observation::default();
        let mut sizes = Vec::new();
        for id in 0..n_jobs {
            let vcpu = VCPUS[chance.below(VCPUS.len())];
            let gib = (vcpu * GIB_OF_A_VCPU[chance.below(GIB_OF_A_VCPU.len())]).min(16);
            sizes.push(crowd::size(vcpu, gib));
            let label = format!("dagger-v0-19-4-{vcpu}c-{gib}g");
            crowd::add(&mut seen, u64::try_from(id).unwrap_or_default(), &label);
        }
        Self { rules, seen, sizes }
    }

    fn nodes(&self) -> Vec<Node> {
        self.rules.pools.values().map(|pool| (pool.node, usd(pool))).collect()
    }

    /// Of all that is ordered until nothing more is, for the next plan sees what is on its way and not for whom.
    fn cost(&self) -> Result<f64> {
        let mut seen = self.seen.clone();
        let mut cost = 0.0;
        for _ in 0..MOST_PLANS {
            let plan = planner::plan(&seen, &self.rules, NOW).plan;
            if plan.order.is_empty() {
                let waits = plan.explain.values().all(|reason| reason.code == Code::Starting);
                ensure!(waits && !plan.is_partial, "a batch was not bought for as a whole");
                return Ok(cost);
            }
            for new in plan.order {
                let pool = &self.rules.pools[&new.order.id.pool];
                cost += f64::from(new.order.n) * usd(pool);
                let memory = seen.pools.entry(pool.name.clone());
                let memory = memory
                    .or_insert_with(|| PoolMemory { version: 0, ..PoolMemory::first(pool.name.clone()) });
                memory.version += 1;
                seen.orders.insert(new.order.id.clone(), new.order);
            }
        }
        bail!("a batch was bought for over and over")
    }
}

fn pool(template: &Pool, at: usize) -> (PoolName, Pool) {
    let (name, vcpu, gib, usd) = POOLS[at];
    let name = PoolName::parse(name).expect("the pool's name is one");
    let pool = Pool {
        name: name.clone(),
        node: crowd::size(vcpu, gib),
        price: Price::of_usd(usd),
        ..template.clone()
    };
    (name, pool)
}

#[expect(clippy::cast_precision_loss, reason = "prices are small")]
fn usd(pool: &Pool) -> f64 {
    pool.price.0 as f64 / 1e6
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % n.max(1)
    }
}
