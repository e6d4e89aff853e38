//! `quillon config check`.

use std::{fs, path::Path};

use anyhow::Context;
use model::{rules::Pool, size::Shape};
use wire::config::{self, Configuration};

use crate::Answer;

pub(crate) fn check(file: &Path) -> anyhow::Result<Answer> {
    let document = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(match config::check(&document) {
        Ok(configuration) => Answer { text: summary(&configuration), is_good: true },
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            Answer { text: lines.join("\n"), is_good: false }
        }
    })
}

fn summary(configuration: &Configuration) -> String {
    let settings = &configuration.settings;
    let n_pools = configuration.rules.pools.len();
    let pools = if n_pools == 1 { "pool" } else { "pools" };
    let head = format!("ok: {} in {}, {n_pools} {pools}", settings.installation, settings.region);
    let pools = configuration.rules.pools.values().map(|pool| {
        let types =
            settings.pools.get(&pool.name).map(|pool| pool.instance_types.join(", ")).unwrap_or_default();
        line(pool, &types)
    });
    std::iter::once(head).chain(pools).collect::<Vec<_>>().join("\n")
}

fn line(pool: &Pool, types: &str) -> String {
    format!(
        "  {}: {} {} {}{}, up to {} of {types}, {}",
        pool.name,
        pool.trust,
        pool.arch,
        pool.purchase,
        if pool.has_gpu { " with GPU" } else { "" },
        pool.max_nodes,
        Shape::largest_in(pool.node).map_or_else(
            || "too small for any job".to_owned(),
            |largest| format!("the largest job is {largest}")
        )
    )
}
