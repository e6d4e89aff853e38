//! Trouble that a test orders, and what puts it right.

use model::id::JobId;
use sim::github::Outcome;
use world::{Fault, Trouble};

use super::{Scene, Told};

/// More calls than anybody makes.
pub(crate) const ALWAYS: u32 = 1_000;

/// A failed delivery and a stopped tick are taken up by the clock; here it rings once a second or so.
const SWEEP_EVERY: u32 = 40;

const MESSAGES: &str = "
sqs, count = boto3.client('sqs'), 0
names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
for url in ('DOORBELL', 'DOORBELL'.replace('.fifo', '-dead-letters.fifo')):
    count += sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)['Attributes'].values()))
print(count)
";

impl Scene {
    /// The story of a job that met trouble: once that is over failed deliveries are sent again, and the
    /// clock rings.
    pub(crate) fn recovered(&self, job: JobId) -> Told {
        let mut looks = 0_u32;
        self.until(&format!("job {job} to be history after all"), || {
            self.redeliver();
            looks += u32::from(self.world().faults().pending().is_empty());
            if looks.is_multiple_of(SWEEP_EVERY) && looks > 0 {
                self.installation.sweep().unwrap();
            }
            self.history(job)
        })
    }

    /// What was not received is sent once more.
    fn redeliver(&self) {
        let made = self.github().deliveries();
        let is_received =
            |guid: &str| made.iter().any(|it| it.guid == guid && it.outcome().is_none_or(Outcome::is_ok));
        for lost in made.iter().filter(|it| !it.redelivery && !is_received(&it.guid)) {
            self.github().act(|github, now| github.redeliver(lost.id, now)).unwrap();
        }
    }

    /// Rings the clock once a second until it is found.
    pub(crate) fn swept<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let mut looks = 0_u32;
        self.until(what, || {
            if looks.is_multiple_of(SWEEP_EVERY) {
                self.installation.sweep().unwrap();
            }
            looks += 1;
            look()
        })
    }

    /// How many messages wait, are being worked on, or are dead.
    pub(crate) fn messages(&self) -> u32 {
        self.boto(&MESSAGES.replace("DOORBELL", &self.installation.output("doorbell"))).parse().unwrap()
    }

    /// Lets this many of a function's calls fail, of one action or of all.
    pub(crate) fn fail(&self, function: &str, action: Option<&str>, times: u32) {
        let (caller, action) = (format!("quillon-{function}"), action.map(str::to_owned));
        self.world().faults().order(Fault { caller, action, nth: 1, times, trouble: Trouble::Fail });
    }
}
