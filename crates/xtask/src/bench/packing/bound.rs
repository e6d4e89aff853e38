//! What a batch costs at least, and at best where it is small: not as the planner finds it.

use model::size::Size;

use super::Node;

/// No set of whole nodes that holds the batch costs less.
///
/// Whatever a job takes of CPU and memory, it takes that part of some node and of its price. Where jobs
/// above a threshold exclude each other, each of them takes a whole node, and those that then fit beside
/// none take none: the functions of Martello and Toth. The sum is then made up of whole prices.
pub(super) fn least(sizes: &[Size], nodes: &[Node]) -> f64 {
    let mut least: f64 = 0.0;
    for step in 0..=10 {
        let threshold = f64::from(step) / 20.0;
        for weight in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let part = |size: &Size, node: &Node| {
                let (cpu, memory) = parts(*size, node.0);
                weight * rounded(cpu, threshold) + (1.0 - weight) * rounded(memory, threshold)
            };
            let of_one = |size: &Size| {
                let fitting = nodes.iter().filter(|node| size.fits_in(node.0));
                fitting.map(|node| part(size, node) * node.1).fold(f64::INFINITY, f64::min)
            };
            least = least.max(sizes.iter().map(of_one).sum());
        }
    }
    whole(least, nodes)
}

fn parts(size: Size, of: Size) -> (f64, f64) {
    let part = |some: u32, all: u32| f64::from(some) / f64::from(all.max(1));
    (part(size.cpu.0, of.cpu.0), part(size.memory.0, of.memory.0))
}

/// Parts that fit beside each other still do after this.
fn rounded(part: f64, threshold: f64) -> f64 {
    if part > 1.0 - threshold {
        1.0
    } else if part < threshold {
        0.0
    } else {
        part
    }
}

/// The least sum of whole prices that is not below this.
fn whole(least: f64, nodes: &[Node]) -> f64 {
    const UNIT: f64 = 1e-4;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a price is small and positive"
    )]
    let units = |usd: f64| (usd / UNIT).round() as usize;
    let prices: Vec<usize> = nodes.iter().map(|node| units(node.1)).collect();
    let most = prices.iter().copied().max().unwrap_or(1);
    let wanted = units(least - UNIT);
    let mut is_sum = vec![false; wanted + most + 1];
    is_sum[0] = true;
    for at in 0..is_sum.len() {
        if is_sum[at] {
            for next in
                prices.iter().map(|price| at + price).filter(|next| *next < is_sum.len()).collect::<Vec<_>>()
            {
                is_sum[next] = true;
            }
        }
    }
    let sum = (wanted..is_sum.len()).find(|at| is_sum[*at]).unwrap_or(wanted);
    #[expect(clippy::cast_precision_loss, reason = "a price is small")]
    let usd = sum as f64 * UNIT;
    usd.max(least)
}

/// The best of all ways to share the batch among nodes.
pub(super) fn cheapest(sizes: &[Size], nodes: &[Node]) -> f64 {
    fn share(rest: &[Size], groups: &mut Vec<Size>, nodes: &[Node], best: &mut f64) {
        let cost = |group: &Size| {
            let holding = nodes.iter().filter(|node| group.fits_in(node.0));
            holding.map(|node| node.1).fold(f64::INFINITY, f64::min)
        };
        let Some((first, rest)) = rest.split_first() else {
            *best = best.min(groups.iter().map(cost).sum());
            return;
        };
        for at in 0..groups.len() {
            let before = groups[at];
            if let Some(sum) = before.checked_add(*first) {
                groups[at] = sum;
                share(rest, groups, nodes, best);
                groups[at] = before;
            }
        }
        groups.push(*first);
        share(rest, groups, nodes, best);
        groups.pop();
    }
    let mut best = f64::INFINITY;
    share(sizes, &mut Vec::new(), nodes, &mut best);
    best
}
