//! `quillon why`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use aws::ledger::Place;
use aws::{DynamoLedger, Fresh};
use control::why::{Accuracy, rows_of, why};
use model::id::JobId;
use model::time::Timestamp;
use wire::ledger::{Row, record};

use crate::Answer;

/// Which ledger.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Whence {
    /// A recorded ledger, a row a line.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["table", "region"])]
    ledger: Option<PathBuf>,
    /// An installation's table in DynamoDB, Terraform's output `table`. It is read with the credentials of
    /// the environment, as `aws configure export-credentials --format env` prints them.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// Where that table is, if it is not where `AWS_REGION` says.
    #[arg(long, value_name = "REGION", requires = "table")]
    region: Option<String>,
}

pub(crate) fn tell(
    job: u64,
    whence: &Whence,
    environment: BTreeMap<String, String>,
) -> anyhow::Result<Answer> {
    let job = JobId(job);
    let rows = match (&whence.ledger, &whence.table) {
        (Some(file), _) => recorded(file)?,
        (None, Some(table)) => of_table(table, whence.region.as_deref(), environment, job)?,
        (None, None) => bail!("neither `--ledger` nor `--table` says where the ledger is"),
    };
    Ok(match why(&rows, job) {
        Some(why) => Answer { text: why.text(clock).trim_end().to_owned(), is_good: true },
        None => Answer { text: format!("no row of `{whence}` speaks of job {job}"), is_good: false },
    })
}

fn recorded(file: &Path) -> anyhow::Result<Vec<Row>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let rows = lines.map(|(place, line)| {
        record::row(line).with_context(|| format!("`{}`, line {}", file.display(), place + 1))
    });
    Ok(rows.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn of_table(
    table: &str,
    region: Option<&str>,
    environment: BTreeMap<String, String>,
    job: JobId,
) -> anyhow::Result<Vec<Row>> {
    let sdk = aws::startup::sdk(&as_called(environment, region)?);
    // Nobody rings who only reads.
    let place = Place {
        table: table.to_owned(),
        doorbell: String::new(),
        installation: String::new(),
        source: "quillon".to_owned(),
    };
    let ledger = DynamoLedger::new(&sdk, place, Fresh::drawn()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(rows_of(&ledger, job));
    rows.with_context(|| format!("table `{table}` cannot be read"))
}

/// With the region in the one place where it is looked for.
fn as_called(
    mut environment: BTreeMap<String, String>,
    region: Option<&str>,
) -> anyhow::Result<BTreeMap<String, String>> {
    let named = region.map(str::to_owned).or_else(|| environment.get("AWS_REGION").cloned());
    let named = named.or_else(|| environment.get("AWS_DEFAULT_REGION").cloned());
    let Some(region) = named else {
        bail!("AWS_REGION is not set: set it, or say `--region`");
    };
    environment.insert("AWS_REGION".to_owned(), region);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        if environment.get(name).is_none_or(String::is_empty) {
            bail!(
                "{name} is not set: sign in, then `eval \"$(aws configure export-credentials --format env)\"`"
            );
        }
    }
    Ok(environment)
}

impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.ledger.as_ref().map(|file| file.display().to_string());
        f.write_str(file.as_deref().or(self.table.as_deref()).unwrap_or_default())
    }
}

/// As UTC, as exactly as it was told.
fn clock(at: Timestamp, told: Accuracy) -> String {
    let ms = i64::try_from(at.0).map_err(|_| anyhow!("a time beyond all calendars"));
    let at_utc = ms.and_then(|ms| Ok(jiff::Timestamp::from_millisecond(ms)?));
    at_utc.map_or_else(
        |_| at.to_string(),
        |at| match told {
            Accuracy::Second => format!("{:<24}", format!("{at:.0}")),
            Accuracy::Millisecond => format!("{at:.3}"),
        },
    )
}
