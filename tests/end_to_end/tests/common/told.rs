//! What is told of a job when it is over.

use model::job::Ended;
use model::launch::EndedLaunch;

/// What history says of a job.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) ended: Option<Ended>,
    pub(crate) launches: Vec<EndedLaunch>,
}

impl Told {
    pub(crate) fn conclusion(&self) -> &str {
        self.ended.as_ref().and_then(|ended| ended.conclusion.as_deref()).unwrap_or("none")
    }

    /// One launch was enough, whatever was lost of what was told on the way.
    pub(crate) fn assert_launched_once(&self) {
        assert_eq!(self.conclusion(), "success", "{self:?}");
        let [ended] = &self.launches[..] else { panic!("{self:?}") };
        let runner = self.ended.as_ref().and_then(|ended| ended.runner.as_deref()).unwrap_or_default();
        assert!(runner.starts_with(&format!("quillon-{}-", ended.launch.id)), "{self:?}");
    }

    /// Exactly one task ran it.
    pub(crate) fn assert_ran_once(&self) {
        assert_eq!(self.conclusion(), "success", "{self:?}");
        let ran = self.launches.iter().filter(|launch| launch.launch.at.busy.is_some()).count();
        assert_eq!(ran, 1, "{self:?}");
    }
}
