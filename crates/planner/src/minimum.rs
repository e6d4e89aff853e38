//! How many nodes a pool is to have though nothing is on them.

use model::rules::Pool;
use model::time::Timestamp;

/// Whoever gives nodes back, replaces them or buys ahead asks here and nowhere else.
pub fn minimum(pool: &Pool, _now: Timestamp) -> u32 {
    pool.min_nodes
}
