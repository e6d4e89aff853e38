//! The machine: three services and the time that passes in them.

use super::auto_scaling::{self, AutoScaling};
use super::changing::Changing;
use super::ec2::{self, Ec2};
use super::ecs::{self, Ecs};
use super::ids::Ids;
use super::output::{Event, EventKind, Output};
use super::params::Params;
use super::refusal::{Answer, Refusal, Service};
use super::settings::{Agents, BusRule, Settings};
use super::template::{Subnet, Template, TemplateRef};
use super::throttle::Throttle;
use super::time::Time;
use super::timers::{Timer, Timers};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// ECS, Auto Scaling and EC2's instances of one account in one Region.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) settings: Settings,
    pub(crate) now: Time,
    pub(crate) ids: Ids,
    pub(crate) timers: Timers,
    pub(crate) ecs: Ecs,
    pub(crate) auto_scaling: AutoScaling,
    pub(crate) ec2: Ec2,
    pub(crate) templates: BTreeMap<TemplateRef, Template>,
    pub(crate) subnets: BTreeMap<String, Subnet>,
    outputs: Vec<Output>,
    throttle: Throttle,
    faults: BTreeMap<String, VecDeque<Refusal>>,
    /// What somebody else changes, and until when.
    pub(super) changing: BTreeMap<Changing, Time>,
}

impl Machine {
    pub fn new(settings: Settings) -> Self {
        Self {
            ids: Ids::new(settings.seed),
            settings,
            now: Time::ZERO,
            timers: Timers::default(),
            ecs: Ecs::default(),
            auto_scaling: AutoScaling::default(),
            ec2: Ec2::default(),
            templates: BTreeMap::new(),
            subnets: BTreeMap::new(),
            outputs: Vec::new(),
            throttle: Throttle::default(),
            faults: BTreeMap::new(),
            changing: BTreeMap::new(),
        }
    }

    /// Answers one request, members named as the service's own protocol names them.
    /// What it set off is in the next `step`.
    pub fn call(&mut self, service: Service, action: &str, params: &Value, now: Time) -> Answer {
        self.pass(now);
        if self.settings.throttling && !self.throttle.admit(service, action, params, self.now) {
            return Err(Refusal::throttled(service));
        }
        if let Some(fault) = self.faults.get_mut(action).and_then(VecDeque::pop_front) {
            return Err(fault);
        }
        let params = Params::new(service, params);
        match service {
            Service::Ecs => ecs::call(self, action, &params),
            Service::AutoScaling => auto_scaling::call(self, action, &params),
            Service::Ec2 => ec2::call(self, action, &params),
        }
    }

    /// Lets time pass until `now` and hands over everything that happened since the last step.
    pub fn step(&mut self, now: Time) -> Vec<Output> {
        self.pass(now);
        std::mem::take(&mut self.outputs)
    }

    /// When something happens next by itself; a step before that is idle.
    pub fn next_due(&self) -> Option<Time> {
        self.timers.next_due()
    }

    /// Whether a step would hand something over at once.
    pub fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Timings, strictness and agents may change while the world runs; place and seed may not.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// Launch templates and subnets that a request names; tell the machine about them before `call`.
    pub fn mentioned(service: Service, params: &Value) -> (Vec<TemplateRef>, Vec<String>) {
        match service {
            Service::AutoScaling => auto_scaling::mentioned(&Params::new(service, params)),
            Service::Ecs => (Vec::new(), ecs::mentioned(&Params::new(service, params))),
            Service::Ec2 => (Vec::new(), Vec::new()),
        }
    }

    pub fn know_template(&mut self, named: TemplateRef, template: Template) {
        self.templates.insert(named, template);
    }

    pub fn template(&self, named: &TemplateRef) -> Option<&Template> {
        self.templates.get(named)
    }

    pub fn know_subnet(&mut self, subnet: Subnet) {
        self.subnets.insert(subnet.id.clone(), subnet);
    }

    /// The next request for this action is refused with `refusal`; asked twice, the next two are.
    pub fn refuse_next(&mut self, action: &str, refusal: Refusal) {
        self.faults.entry(action.to_owned()).or_default().push_back(refusal);
    }

    /// No more of what was to be refused is.
    pub fn refuse_no_more(&mut self) {
        self.faults.clear();
    }

    pub(crate) fn set(&mut self, after: Time, timer: Timer) {
        self.timers.set(self.now + after, timer);
    }

    pub(crate) fn say(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Whether somebody listens to such events: of others, none are made.
    pub(crate) fn is_heard(&self, kind: EventKind, task_status: Option<&str>) -> bool {
        let hears = |rule: &BusRule| {
            rule.kind == kind && (rule.task_status.is_none() || rule.task_status == task_status)
        };
        self.settings.bus.as_ref().is_none_or(|rules| rules.iter().any(hears))
    }

    pub(crate) fn emit(&mut self, kind: EventKind, resources: Vec<String>, detail: Value) {
        if self.settings.bus.as_ref().is_some_and(|rules| rules.iter().all(|rule| rule.kind != kind)) {
            return;
        }
        let id = self.ids.uuid("event");
        self.say(Output::Event(Event { id, at: self.now, kind, resources, detail }));
    }

    pub(crate) fn agents_are_own(&self) -> bool {
        self.settings.agents == Agents::Own
    }

    /// Fires what is due, in order. Time never runs backwards: an older `now` is the last one.
    pub(crate) fn pass(&mut self, now: Time) {
        let now = now.max(self.now);
        while let Some((at, timer)) = self.timers.pop_due(now) {
            self.now = at.max(self.now);
            self.fire(timer);
        }
        self.now = now;
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::GroupReacts(group) => auto_scaling::react(self, &group),
            Timer::ScheduledAction { group, action } => {
                auto_scaling::run_scheduled_action(self, &group, &action);
            }
            Timer::HookTimesOut { group, instance_id, token } => {
                auto_scaling::hook_times_out(self, &group, &instance_id, &token);
            }
            Timer::InstanceRuns(id) => ec2::instance_runs(self, &id),
            Timer::InstanceBooted(id) => ec2::instance_booted(self, &id),
            Timer::HostLost(id) => ecs::host_lost(self, &id),
            Timer::InstanceTerminated(id) => ec2::instance_terminated(self, &id),
            Timer::InstanceForgotten(id) => ec2::instance_forgotten(self, &id),
            Timer::SpotReclaimed(id) => ec2::spot_reclaimed(self, &id),
            Timer::TaskProvisioned(arn) => ecs::provisioned(self, &arn),
            Timer::TaskPulled(arn) => ecs::task_pulled(self, &arn),
            Timer::TaskStarted(arn) => ecs::task_starts(self, &arn),
            Timer::TaskExits(arn) => ecs::own_agent_stops(self, &arn),
            Timer::TaskGivenUp(arn) => ecs::task_given_up(self, &arn),
            Timer::TaskDeprovisioned(arn) => ecs::deprovisioned(self, &arn),
            Timer::TaskForgotten(arn) => ecs::task_forgotten(self, &arn),
            Timer::TrunkSettled(arn) => ecs::trunk_settled(self, &arn),
            Timer::ContainerInstanceForgotten(arn) => ecs::container_instance_forgotten(self, &arn),
        }
    }
}
