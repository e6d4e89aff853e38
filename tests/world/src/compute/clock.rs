//! The one real clock of the model, and the loop that lets its time pass.

use super::service::ComputeService;
use sim::compute::Time;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Asked for the present moment.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// The wall clock.
pub fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "a world that real clients talk to runs on real time")]
    Arc::new(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// Steps the machine whenever something is due, and whenever a call may have changed what is.
pub(super) async fn drive(service: ComputeService) {
    loop {
        let due = service.next_due();
        let wait = due.map_or(Duration::from_secs(60), |at| at.saturating_sub(service.now()));
        // A changed machine wakes the loop early; whether it did makes no difference.
        let _ = tokio::time::timeout(wait, service.changed()).await;
        service.step().await;
    }
}
