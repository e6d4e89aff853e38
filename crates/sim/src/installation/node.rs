//! The program on each node: its agent registers, then it says so.

use std::collections::BTreeMap;

use control::node::{Heard, Said, announce};
use model::Trust;
use model::id::InstanceId;
use model::size::Size;
use serde_json::json;

use super::function::Function;
use super::setup::cluster;
use super::{Due, Installation, Who, take};
use crate::compute::{NodeBooted, Service};
use crate::numbers::node as number;
use crate::port::registered_size;

impl Installation {
    pub(super) fn boot(&mut self, node: &NodeBooted) {
        if take(&mut self.luck.dead_boots) {
            return;
        }
        let now = self.clock.of_compute();
        let cluster = Some(node.cluster.as_str());
        if self.machine().agent_registered(&node.instance_id, cluster, BTreeMap::new(), now).is_some() {
            self.tell(Who::Node, "registration", || {
                format!("the agent of node {} has registered", node.instance_id)
            });
            self.after(number::ANNOUNCES_AFTER, Due::Announce(node.instance_id.clone()));
        }
    }

    pub(super) fn announce(&mut self, node: &str) {
        let Some((size, tier)) = self.registered(node) else { return };
        if take(&mut self.luck.lost_announcements) {
            return self.tell(Who::Node, "lost announcement", || {
                format!("node {node} says that it is ready, and nobody hears it")
            });
        }
        let (id, rules, now) = (InstanceId::from(node), self.rules.clone(), self.time_of(Function::Node));
        let heard = self.run(Function::Node, async |ports| {
            announce(ports.ledger.as_ref(), &rules, (&id, tier), Said::Ready(size), now).await
        });
        let answer = match &heard {
            Some(Ok(Heard::Ok)) => "it is written down",
            Some(Ok(Heard::Refused)) => "it is refused, for it is of another tier than its pool",
            Some(Ok(Heard::Later)) => "nobody knows it yet, it asks again",
            Some(Err(_)) | None => "it gets no answer, and asks again",
        };
        self.tell(Who::Node, "announcement", || format!("node {node} says that it is ready: {answer}"));
        match heard {
            Some(Ok(Heard::Ok | Heard::Refused)) => {}
            Some(Ok(Heard::Later) | Err(_)) | None => {
                self.after(number::ASKS_AGAIN_AFTER, Due::Announce(node.to_owned()));
            }
        }
    }

    /// Its agent takes the machine out of service; the tasks on it go on.
    pub(super) fn drain(&mut self, node: &str) {
        let now = self.clock.of_compute();
        let filter = format!("ec2InstanceId == {node}");
        for cluster in Trust::ALL.map(cluster) {
            let asked = json!({ "cluster": cluster, "filter": filter });
            let mut machine = self.machine();
            let Ok(listed) = machine.call(Service::Ecs, "ListContainerInstances", &asked, now) else {
                continue;
            };
            if listed["containerInstanceArns"][0].is_string() {
                let arns = &listed["containerInstanceArns"];
                let asked = json!({ "cluster": cluster, "containerInstances": arns, "status": "DRAINING" });
                // It may be gone by now, or draining already.
                let _ = machine.call(Service::Ecs, "UpdateContainerInstancesState", &asked, now);
            }
        }
    }

    /// The machine is gone with everything on it; nothing is reported.
    pub(super) fn lose_node(&mut self, node: &str) {
        if self.compute.has_terminated(node) {
            let at = self.clock.now();
            let live = self.tasks.iter().filter(|(_, task)| task.node == node && !task.is_ending);
            let live = live.map(|(arn, _)| format!("{at}: {node} was ended with task {arn} on it"));
            let live: Vec<String> = live.collect();
            self.told.faults.extend(live);
        }
        self.vain.ended(node, self.clock.now());
        self.bill.ended(node, self.clock.now());
        self.tell(Who::Cloud, "node gone", || format!("node {node} is gone with everything on it"));
        self.tasks.retain(|_, task| task.node != node);
    }

    /// What its agent has registered, if it still is, and in which tier's cluster: its role is bound to that.
    fn registered(&self, node: &str) -> Option<(Size, Trust)> {
        let now = self.clock.of_compute();
        let filter = format!("ec2InstanceId == {node}");
        let mut machine = self.machine();
        for tier in Trust::ALL {
            let cluster = cluster(tier);
            let asked = json!({ "cluster": cluster, "filter": filter });
            let listed = machine.call(Service::Ecs, "ListContainerInstances", &asked, now).ok()?;
            if listed["containerInstanceArns"][0].is_string() {
                let asked =
                    json!({ "cluster": cluster, "containerInstances": listed["containerInstanceArns"] });
                let shown = machine.call(Service::Ecs, "DescribeContainerInstances", &asked, now).ok()?;
                return Some((registered_size(&shown["containerInstances"][0])?, tier));
            }
        }
        None
    }
}
