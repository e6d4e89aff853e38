//! What somebody else is changing: whoever would change it too is refused until that is over.

use super::machine::Machine;
use super::refusal::{Refusal, client};
use super::time::Time;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changing {
    /// An Auto Scaling group, by name.
    Group(String),
    /// An order of `LaunchInstances`, by its client token: it is being carried out.
    Order(String),
    /// The capacity providers of a cluster, by its name.
    Cluster(String),
    /// A family of task definitions: it gets a revision.
    Family(String),
}

impl Machine {
    /// Somebody else changes this until then.
    pub fn changed_by_another(&mut self, what: Changing, until: Time) {
        self.changing.insert(what, until);
    }

    pub(crate) fn is_changing(&self, what: &Changing) -> bool {
        self.changing.get(what).is_some_and(|until| self.now < *until)
    }

    /// Refuses in the words of the service while somebody else changes it.
    pub(crate) fn check_free(&self, what: &Changing) -> Result<(), Refusal> {
        if self.is_changing(what) { Err(refusal(what)) } else { Ok(()) }
    }
}

fn refusal(what: &Changing) -> Refusal {
    match what {
        Changing::Group(_) => Refusal::new(
            "ResourceContention",
            500,
            "You already have a pending update to an Amazon EC2 Auto Scaling resource (for example, an Auto Scaling \
             group, instance, or load balancer).",
        ),
        Changing::Order(_) => {
            Refusal::new("IdempotentCallInProgress", 500, "A call with this client token is in progress.")
        }
        Changing::Cluster(_) => Refusal::new(
            "UpdateInProgressException",
            400,
            "The specified cluster is in a busy state. Cluster attachments must be in UPDATE_COMPLETE or UPDATE_FAILED \
             state before they can be updated. Wait and try again.",
        ),
        Changing::Family(_) => {
            client("Too many concurrent attempts to create a new revision of the specified family.")
        }
    }
}
