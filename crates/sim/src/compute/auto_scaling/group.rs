//! One group: what it should have and what it has.

use super::activity::Activity;
use super::hook::Hook;
use super::launch_source::LaunchSource;
use super::member::Member;
use super::scheduled_action::ScheduledAction;
use crate::compute::machine::Machine;
use crate::compute::time::{Time, text_to_the_second};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(super) name: String,
    pub(crate) arn: String,
    pub(super) created_at: Time,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) desired: i64,
    /// Zone and subnet pairs it may launch in.
    pub(super) places: Vec<(String, String)>,
    pub(super) vpc_zone_identifier: Option<String>,
    pub(crate) launch: LaunchSource,
    /// What only has to come back as it was given.
    pub(super) given: Map<String, Value>,
    pub(super) protects_new: bool,
    /// Process and reason.
    pub(super) suspended: BTreeMap<String, String>,
    pub(super) warm_pool: Option<Map<String, Value>>,
    pub(super) metrics: Vec<String>,
    pub(super) tags: BTreeMap<String, Tag>,
    pub(super) members: Vec<Member>,
    /// Oldest first.
    pub(super) activities: Vec<Activity>,
    pub(super) hooks: BTreeMap<String, Hook>,
    pub(super) scheduled_actions: BTreeMap<String, ScheduledAction>,
    /// `LaunchInstances` by client token: request and answer.
    pub(crate) launch_tokens: BTreeMap<String, (Value, Value)>,
    /// Why the capacity differs from the desired one, for the next activities' causes.
    pub(super) cause: Option<String>,
    /// Since when every launch has failed.
    pub(super) failing_since: Option<Time>,
    /// It was said already that protection keeps it from scaling in.
    pub(super) told_protected: bool,
    pub(super) is_being_deleted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(super) value: String,
    pub(super) propagates: bool,
}

impl Group {
    pub(crate) fn protects_new_instances(&self) -> bool {
        self.protects_new
    }

    pub(crate) fn tag_values(&self) -> BTreeMap<String, String> {
        self.tags.iter().map(|(key, tag)| (key.clone(), tag.value.clone())).collect()
    }

    /// Members that are not on their way out.
    pub(super) fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !member.lifecycle.is_leaving())
    }

    pub(crate) fn n_present(&self) -> i64 {
        i64::try_from(self.present().count()).unwrap_or(i64::MAX)
    }

    pub(super) fn member_mut(&mut self, instance_id: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.instance_id == instance_id)
    }

    pub(super) fn runs(&self, process: &str) -> bool {
        !self.suspended.contains_key(process)
    }

    pub(super) fn zones(&self) -> Vec<String> {
        let mut zones: Vec<String> = self.places.iter().map(|(zone, _)| zone.clone()).collect();
        zones.sort();
        zones.dedup();
        zones
    }

    /// Present members per zone of the group, the emptiest first.
    pub(super) fn zones_by_members(&self) -> Vec<(usize, String)> {
        let n_in = |zone: &String| self.present().filter(|member| member.zone == *zone).count();
        let mut zones: Vec<_> = self.zones().into_iter().map(|zone| (n_in(&zone), zone)).collect();
        zones.sort();
        zones
    }

    /// Changes the desired capacity and remembers why.
    pub(super) fn set_desired(&mut self, desired: i64, now: Time, why: &str) {
        if desired != self.desired {
            let at = text_to_the_second(now);
            let change = format!("changing the desired capacity from {} to {desired}", self.desired);
            self.cause = Some(format!("At {at} {why} {change}.  "));
            self.told_protected = false;
        }
        self.desired = desired;
    }
}

/// Has the group compare what it has with what it wants, soon.
pub(super) fn stir(m: &mut Machine, group: &str) {
    m.set(m.settings.timing.group_reacts, crate::compute::timers::Timer::GroupReacts(group.to_owned()));
}
