//! A word to the authors of jobs that cannot run.

use futures::StreamExt;
use futures::stream;
use model::id::JobId;
use model::job::{Note, Repository};
use model::observation::Observation;
use model::plan::Tell;
use model::time::Timestamp;
use wire::ledger::{Key, field};

use crate::error::{Chain, PortError};
use crate::port::{Notice, Ports, Set, When, WriteError};
use crate::write::{Transaction, note, set, write_most};

const AT_ONCE: usize = 4;

pub(super) fn notices(seen: &Observation, tell: &[Tell]) -> Vec<(Repository, Notice)> {
    let notices = tell.iter().filter_map(|tell| {
        let job = seen.jobs.get(&tell.job)?;
        let notice = Notice {
            job: job.id,
            commit: job.commit.clone()?,
            labels: job.labels.join(", "),
            text: tell.why.text.clone(),
        };
        Some((job.repository.clone(), notice))
    });
    notices.collect()
}

/// Who was told, or may not be, is not told again.
pub(super) async fn tell_all(ports: &Ports, notices: Vec<(Repository, Notice)>, now: Timestamp) {
    let told = stream::iter(notices).map(async |(at, notice)| match ports.forge.tell(&at, &notice).await {
        Ok(()) => Some((notice.job, "its author was told beside the commit".to_owned())),
        Err(error @ (PortError::Denied { .. } | PortError::NotFound { .. } | PortError::Refused { .. })) => {
            tracing::info!(job.id = notice.job.0, error = %Chain(&error), "an author cannot be told");
            Some((notice.job, format!("its author cannot be told beside the commit: {}", Chain(&error))))
        }
        Err(error @ (PortError::Throttled { .. } | PortError::Transient { .. })) => {
            tracing::warn!(job.id = notice.job.0, error = %Chain(&error), "an author could not be told now");
            None
        }
    });
    let told: Vec<(JobId, String)> =
        told.buffer_unordered(AT_ONCE).filter_map(async |told| told).collect().await;
    let written = write_most(ports.ledger.as_ref(), told, |told| {
        let mut transaction = Transaction::default();
        for (item, (job, how)) in told.iter().enumerate() {
            let sets = vec![Set::To(field::TOLD_AT, now.into())];
            transaction.for_item(item, set(Key::Job(*job), vec![When::Present], sets));
            transaction.for_item(item, note(*job, now, Note::Told, how.clone()));
        }
        transaction
    });
    if let Err(error) = written.await {
        tracing::warn!(error = %Chain(&WriteError::Port(error)), "who was told could not be written down");
    }
}
