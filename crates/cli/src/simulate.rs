//! `quillon simulate`.

use std::path::Path;

use anyhow::{Context, bail};
use sim::scenario::parse;
use wire::ledger::record::line;

use crate::Answer;

pub(crate) fn simulate(file: &Path, seed: Option<u64>, record: Option<&Path>) -> anyhow::Result<Answer> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let mut scenario = match parse(&text) {
        Ok(scenario) => scenario,
        Err(faults) => {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
            bail!("{}", faults.join("\n"));
        }
    };
    if let Some(seed) = seed {
        scenario.set_seed(seed);
    }
    let outcome = scenario.run();
    if let Some(file) = record {
        let lines: String = outcome.rows.iter().map(|row| format!("{}\n", line(row))).collect();
        std::fs::write(file, lines).with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    Ok(Answer { text: outcome.story.trim_end().to_owned(), is_good: outcome.faults.is_empty() })
}
