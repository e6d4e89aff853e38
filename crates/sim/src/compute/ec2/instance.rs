//! One instance's life, from pending to forgotten.

use super::describe;
use crate::compute::auto_scaling;
use crate::compute::ecs;
use crate::compute::machine::Machine;
use crate::compute::output::{EventKind, NodeBooted, Output};
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal};
use crate::compute::time::Time;
use crate::compute::timers::Timer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }

    fn code(self) -> u32 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    pub(super) fn json(self) -> Value {
        json!({ "code": self.code(), "name": self.name() })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(super) reservation_id: String,
    pub(crate) instance_type: String,
    pub(crate) availability_zone: String,
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(super) private_ip: String,
    pub(crate) image_id: String,
    pub(super) instance_profile: Option<String>,
    pub(crate) is_spot: bool,
    pub(crate) state: State,
    pub(crate) launched_at: Time,
    /// Its operating system is up; an agent may ask for a cluster.
    pub(crate) is_booted: bool,
    pub(super) state_reason: Option<(&'static str, &'static str)>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) group: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) client_token: String,
}

const BY_USER: (&str, &str) =
    ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");

impl Instance {
    pub(crate) fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Pending or running.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.state, State::Pending | State::Running)
    }

    /// Stopped, or about to be: it can be started again.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopping | State::Stopped)
    }
}

impl Machine {
    /// The cluster an instance's agent joins: what its launch template says, else the only one there
    /// is, else `default`.
    pub(crate) fn cluster_of(&self, instance: &Instance) -> String {
        let mut active = self.ecs.clusters.values().filter(|cluster| cluster.is_active);
        let only = active.next().filter(|_| active.next().is_none());
        let cluster = instance.cluster.clone().or_else(|| only.map(|cluster| cluster.name.clone()));
        cluster.unwrap_or_else(|| "default".to_owned())
    }
}

pub(super) fn terminate(m: &mut Machine, params: &Params<'_>) -> Answer {
    let ids = describe::known_ids(m, &params.texts("InstanceId"))?;
    if ids.is_empty() {
        params.need("InstanceId")?;
    }
    Ok(change(m, &ids, |m, id| shut_down(m, id, BY_USER)))
}

/// Only what runs On-Demand can be stopped: a group's Spot instances are asked for once.
pub(super) fn stop(m: &mut Machine, params: &Params<'_>) -> Answer {
    let ids = describe::known_ids(m, &params.texts("InstanceId"))?;
    if ids.is_empty() {
        params.need("InstanceId")?;
    }
    if let Some(id) = ids.iter().find(|id| m.ec2.instances.get(*id).is_some_and(|it| it.is_spot)) {
        let message = format!(
            "You can't stop the Spot Instance '{id}' because it is associated with a one-time Spot Instance request. \
             You can only stop Spot Instances associated with persistent Spot Instance requests."
        );
        return Err(Refusal::new("UnsupportedOperation", 400, message));
    }
    check_state(m, &ids, "stopped", |it| it.is_running() || it.is_stopped())?;
    Ok(change(m, &ids, halt))
}

pub(super) fn start(m: &mut Machine, params: &Params<'_>) -> Answer {
    let ids = describe::known_ids(m, &params.texts("InstanceId"))?;
    if ids.is_empty() {
        params.need("InstanceId")?;
    }
    check_state(m, &ids, "started", |it| it.is_alive() || it.state == State::Stopped)?;
    Ok(change(m, &ids, boot))
}

fn check_state(m: &Machine, ids: &[String], to_be: &str, may: fn(&Instance) -> bool) -> Result<(), Refusal> {
    let other = ids.iter().find(|id| m.ec2.instances.get(*id).is_none_or(|it| !may(it)));
    let Some(id) = other else { return Ok(()) };
    let message = format!("The instance '{id}' is not in a state from which it can be {to_be}.");
    Err(Refusal::new("IncorrectInstanceState", 400, message))
}

/// What each was before and is after.
fn change(m: &mut Machine, ids: &[String], how: impl Fn(&mut Machine, &str)) -> Value {
    let state = |m: &Machine, id: &String| m.ec2.instances.get(id).map_or(State::Terminated, |it| it.state);
    let mut changes = Vec::new();
    for id in ids {
        let before = state(m, id);
        how(m, id);
        let after = state(m, id);
        changes.push(json!({
            "instanceId": id, "currentState": after.json(), "previousState": before.json(),
        }));
    }
    json!({ "instancesSet": changes })
}

pub(crate) fn instance_runs(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get_mut(id).filter(|it| it.state == State::Pending) else { return };
    instance.state = State::Running;
    tell_state(m, id);
    m.set(m.settings.timing.agent_registers, Timer::InstanceBooted(id.to_owned()));
    auto_scaling::instance_runs(m, id);
}

/// Its operating system is up: the agent, the machine's own or one outside, comes next.
pub(crate) fn instance_booted(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get_mut(id).filter(|it| it.state == State::Running) else { return };
    instance.is_booted = true;
    let instance = instance.clone();
    if m.agents_are_own() {
        ecs::register_node(m, id, None, BTreeMap::new());
        return;
    }
    m.say(Output::NodeBooted(NodeBooted {
        cluster: m.cluster_of(&instance),
        instance_id: instance.id,
        instance_type: instance.instance_type,
        availability_zone: instance.availability_zone,
        private_ip: instance.private_ip,
        group: instance.group,
        instance_profile: instance.instance_profile,
    }));
}

/// Begins the end of an instance; one that is ending already goes on ending.
pub(crate) fn shut_down(m: &mut Machine, id: &str, reason: (&'static str, &'static str)) {
    let is_there = |it: &Instance| it.is_alive() || it.is_stopped();
    if m.ec2.instances.get(id).is_some_and(is_there) {
        go_down(m, id, State::ShuttingDown, reason);
    }
}

/// Begins to stop an instance that runs.
pub(crate) fn halt(m: &mut Machine, id: &str) {
    if m.ec2.instances.get(id).is_some_and(Instance::is_running) {
        go_down(m, id, State::Stopping, BY_USER);
    }
}

/// Starts one that is stopped.
fn boot(m: &mut Machine, id: &str) {
    let now = m.now;
    let is_down = |it: &Instance| it.state == State::Stopped;
    let Some(instance) = m.ec2.instances.get_mut(id).filter(|it| is_down(it)) else { return };
    instance.state = State::Pending;
    instance.state_reason = None;
    instance.launched_at = now;
    tell_state(m, id);
    m.set(m.settings.timing.instance_runs, Timer::InstanceRuns(id.to_owned()));
}

fn go_down(m: &mut Machine, id: &str, to: State, reason: (&'static str, &'static str)) {
    let Some(instance) = m.ec2.instances.get_mut(id) else { return };
    let was_up = instance.is_alive();
    instance.state = to;
    instance.is_booted = false;
    instance.state_reason = Some(reason);
    let group = instance.group.clone();
    tell_state(m, id);
    if was_up {
        m.say(Output::NodeGone { instance_id: id.to_owned() });
    }
    let timing = &m.settings.timing;
    let (noticed, terminates, checked) =
        (timing.host_loss_noticed, timing.instance_terminates, timing.health_check);
    m.set(noticed.min(terminates), Timer::HostLost(id.to_owned()));
    m.set(terminates, Timer::InstanceTerminated(id.to_owned()));
    if let Some(group) = group {
        m.set(checked, Timer::GroupReacts(group));
    }
}

/// It is down: terminated, or stopped if that was all.
pub(crate) fn instance_terminated(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get_mut(id) else { return };
    match instance.state {
        State::Stopping => {
            instance.state = State::Stopped;
            tell_state(m, id);
            return;
        }
        State::ShuttingDown => instance.state = State::Terminated,
        State::Pending | State::Running | State::Stopped | State::Terminated => return,
    }
    tell_state(m, id);
    auto_scaling::instance_terminated(m, id);
    m.set(m.settings.timing.dead_are_shown, Timer::InstanceForgotten(id.to_owned()));
}

pub(crate) fn instance_forgotten(m: &mut Machine, id: &str) {
    m.ec2.instances.remove(id);
}

/// False if it is no Spot instance that could be taken back.
pub(crate) fn warn_of_reclaim(m: &mut Machine, id: &str) -> bool {
    let instance = m.ec2.instances.get(id).filter(|it| it.is_spot && it.is_alive());
    // This ARN carries the zone and no account.
    let arn = instance.map(|it| format!("arn:aws:ec2:{}:instance/{id}", it.availability_zone));
    let detail = json!({ "instance-id": id, "instance-action": "terminate" });
    let is_taken = arn.is_some();
    arn.into_iter().for_each(|arn| m.emit(EventKind::SpotInterruptionWarning, vec![arn], detail.clone()));
    is_taken
}

pub(crate) fn recommend_rebalance(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get(id).filter(|it| it.is_spot && it.is_alive()) else { return };
    let arn = format!("arn:aws:ec2:{}:instance/{id}", instance.availability_zone);
    m.emit(EventKind::RebalanceRecommendation, vec![arn], json!({ "instance-id": id }));
}

/// EC2 takes a Spot instance back; the two minutes are over.
pub(crate) fn spot_reclaimed(m: &mut Machine, id: &str) {
    let reason =
        ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination");
    shut_down(m, id, reason);
}

fn tell_state(m: &mut Machine, id: &str) {
    let Some(instance) = m.ec2.instances.get(id) else { return };
    let detail = json!({ "instance-id": id, "state": instance.state.name() });
    let arn = m.arn("ec2", &format!("instance/{id}"));
    m.emit(EventKind::InstanceStateChange, vec![arn], detail);
}
