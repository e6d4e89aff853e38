//! `quillon why`.

use std::path::Path;

use anyhow::{Context, anyhow};
use control::why::why;
use model::id::JobId;
use model::time::Timestamp;
use wire::ledger::{Row, record};

use crate::Answer;

/// From a recorded ledger: a row a line.
pub(crate) fn tell(job: u64, file: &Path) -> anyhow::Result<Answer> {
    let rows = read(file)?;
    Ok(match why(&rows, JobId(job)) {
        Some(why) => Answer { text: why.text(clock).trim_end().to_owned(), is_good: true },
        None => {
            Answer { text: format!("no row of `{}` speaks of job {job}", file.display()), is_good: false }
        }
    })
}

fn read(file: &Path) -> anyhow::Result<Vec<Row>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let rows = lines.map(|(place, line)| {
        record::row(line).with_context(|| format!("`{}`, line {}", file.display(), place + 1))
    });
    Ok(rows.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// As UTC, to the millisecond.
fn clock(at: Timestamp) -> String {
    let ms = i64::try_from(at.0).map_err(|_| anyhow!("a time beyond all calendars"));
    let at_utc = ms.and_then(|ms| Ok(jiff::Timestamp::from_millisecond(ms)?));
    at_utc.map_or_else(|_| at.to_string(), |at| format!("{at:.3}"))
}
