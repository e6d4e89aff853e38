//! The row that counts a launch: its node's, or that of a pool without nodes.

use model::launch::Launch;
use wire::ledger::Key;
use wire::ledger::field;

pub(super) fn counter(launch: &Launch) -> Key {
    match &launch.node {
        Some(node) => Key::Node(node.clone()),
        None => Key::Pool(launch.pool.clone()),
    }
}

/// How much the launches, all counted by this row, take of it: a pool without nodes counts heads only.
pub(super) fn taken<'a>(by: &Key, launches: impl Iterator<Item = &'a Launch>) -> Vec<(&'static str, i64)> {
    let (mut cpu, mut memory, mut n) = (0, 0, 0);
    for launch in launches {
        cpu += i64::from(launch.size.cpu.0);
        memory += i64::from(launch.size.memory.0);
        n += 1;
    }
    let mut taken = vec![(field::N_LAUNCHES, n)];
    if matches!(by, Key::Node(_)) {
        taken.extend([(field::CPU_USED, cpu), (field::MEMORY_USED, memory)]);
    }
    taken
}
