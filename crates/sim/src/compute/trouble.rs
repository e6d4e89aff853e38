//! Inputs from outside: what agents report, and every kind of bad luck.

use super::auto_scaling;
use super::ec2::{self, Shortage, Surcharge};
use super::ecs::{self, ContainerExit};
use super::machine::Machine;
use super::time::Time;
use super::timers::Timer;
use std::collections::BTreeMap;

/// What agents report. Tasks and instances nobody knows are passed over, as reports come late.
impl Machine {
    /// The agent of a running instance registers, in `cluster` or where its launch template says.
    /// Answers the container instance's ARN, if there is such an instance and such a cluster.
    pub fn agent_registered(
        &mut self,
        instance_id: &str,
        cluster: Option<&str>,
        attributes: BTreeMap<String, String>,
        now: Time,
    ) -> Option<String> {
        self.pass(now);
        ecs::register_node(self, instance_id, cluster, attributes)
    }

    pub fn agent_disconnected(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        self.connect(instance_id, false);
    }

    pub fn agent_reconnected(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        self.connect(instance_id, true);
    }

    /// Every container of the task runs.
    pub fn task_started(&mut self, task_arn: &str, now: Time) {
        self.pass(now);
        ecs::containers_run(self, task_arn);
    }

    /// A container ended. If it is essential the rest is told to stop.
    pub fn container_exited(&mut self, task_arn: &str, exit: &ContainerExit, now: Time) {
        self.pass(now);
        ecs::container_exited(self, task_arn, exit);
    }

    /// Every container of the task has ended.
    pub fn task_stopped(&mut self, task_arn: &str, now: Time) {
        self.pass(now);
        ecs::task_stopped(self, task_arn);
    }

    /// The task never ran: `CannotPullContainerError: …` and its like.
    pub fn task_failed_to_start(&mut self, task_arn: &str, reason: &str, now: Time) {
        self.pass(now);
        ecs::task_failed_to_start(self, task_arn, reason);
    }

    fn impair(&mut self, instance_id: &str, is_impaired: bool) {
        self.hosts_of(instance_id).iter().for_each(|arn| ecs::set_impaired(self, arn, is_impaired));
    }

    fn connect(&mut self, instance_id: &str, connected: bool) {
        self.hosts_of(instance_id).iter().for_each(|arn| ecs::set_agent_connected(self, arn, connected));
    }

    fn hosts_of(&self, instance_id: &str) -> Vec<String> {
        let hosts = self.ecs.container_instances.values().filter(|it| it.ec2_instance_id == instance_id);
        hosts.map(|it| it.arn.clone()).collect()
    }
}

/// Bad luck.
impl Machine {
    /// Takes the place of an earlier shortage of the same type, zone and market.
    pub fn short_of(&mut self, shortage: Shortage) {
        self.end_shortage(&shortage);
        self.ec2.shortages.push(shortage);
    }

    /// There is capacity again of that type, zone and market.
    pub fn end_shortage(&mut self, shortage: &Shortage) {
        let key = |it: &Shortage| (it.instance_type.clone(), it.availability_zone.clone(), it.market);
        let ended = key(shortage);
        self.ec2.shortages.retain(|it| key(it) != ended);
    }

    /// What one of them cost at least in any zone since then; nothing, if there is no such type.
    pub(crate) fn least_spot_price(&self, instance_type: &str, since: Time) -> Option<f64> {
        ec2::least_spot_price(self, instance_type, since)
    }

    /// From now on spot machines cost so much more, or less; takes the place of what was so of the same zone.
    pub fn surcharge(&mut self, surcharge: Surcharge) {
        let zone = surcharge.availability_zone.clone();
        self.ec2.surcharges.retain(|it| it.availability_zone != zone);
        self.ec2.surcharges.push(surcharge);
    }

    /// EC2 warns that it takes a Spot instance back, and does so when the warning is over.
    pub fn reclaim_spot(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        if ec2::warn_of_reclaim(self, instance_id) {
            self.set(self.settings.timing.spot_warning, Timer::SpotReclaimed(instance_id.to_owned()));
        }
    }

    /// EC2 sees a raised risk for a Spot instance.
    pub fn recommend_rebalance(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        ec2::recommend_rebalance(self, instance_id);
    }

    /// Fargate, or Fargate Spot, has no capacity until it has again.
    pub fn fargate_is_short(&mut self, is_spot: bool, is_short: bool) {
        let provider = if is_spot { "FARGATE_SPOT" } else { "FARGATE" };
        if is_short {
            self.ecs.fargate_short.insert(provider);
        } else {
            self.ecs.fargate_short.remove(provider);
        }
    }

    /// Fargate Spot takes back all that it has given. How many tasks that were.
    pub fn interrupt_fargate_spot(&mut self, now: Time) -> usize {
        self.pass(now);
        let tasks = ecs::on_spot(self);
        tasks.iter().filter(|arn| ecs::interrupt(self, arn)).count()
    }

    /// Somebody takes the machine out of its group, which is to have one less; it goes on. Only what is in service
    /// can be taken out.
    pub fn detach(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        auto_scaling::detach(self, instance_id);
    }

    /// The machine's container runtime fails: it is IMPAIRED, and ECS ends its tasks.
    pub fn impair_host(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        self.impair(instance_id, true);
    }

    /// Its container runtime answers again.
    pub fn mend_host(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        self.impair(instance_id, false);
    }

    /// Somebody stops the machine, and does not terminate it. On Spot nobody can.
    pub fn stop_host(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        if self.ec2.instances.get(instance_id).is_some_and(|it| !it.is_spot) {
            ec2::halt(self, instance_id);
        }
    }

    /// The machine is lost without a word.
    pub fn lose_host(&mut self, instance_id: &str, now: Time) {
        self.pass(now);
        let reason = ("Server.InternalError", "Server.InternalError: Internal error on launch");
        ec2::shut_down(self, instance_id, reason);
    }
}
