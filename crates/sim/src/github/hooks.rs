//! Deliveries: made from events, sent once, kept for three days, sent again when asked.

use super::delivery::{Action, Delivery, DeliveryState, Event, Outcome};
use super::fault::{self, HookFault, HookMatch, HookMishap};
use super::id::{DeliveryId, InstallationId, JobId, RunId};
use super::job::Job;
use super::time::Timestamp;
use super::{GitHub, Output, Refusal, Timer};

impl GitHub {
    /// What came of a delivery. After its time-out it is too late to say.
    pub fn delivered(&mut self, id: DeliveryId, outcome: Outcome, now: Timestamp) {
        self.advance(now);
        if let Some(delivery) = self.deliveries.get_mut(&id) {
            delivery.end(outcome, now);
        }
    }

    /// Sends the same bytes with the same GUID again, as a new attempt.
    pub fn redeliver(&mut self, id: DeliveryId, now: Timestamp) -> Result<DeliveryId, Refusal> {
        self.advance(now);
        let first = self.deliveries.get(&id).ok_or(Refusal::NotFound)?;
        let again = Delivery {
            id: DeliveryId(self.ids.delivery.next()),
            redelivery: true,
            delivered_at: now,
            state: DeliveryState::Pending { sent: false },
            ..first.clone()
        };
        let id = again.id;
        self.deliveries.insert(id, again);
        self.schedule(id, now);
        self.advance(now);
        Ok(id)
    }

    /// Lets held deliveries go, in this order; those not named follow as they came.
    pub fn release_held(&mut self, order: &[DeliveryId], now: Timestamp) {
        self.advance(now);
        let rest = std::mem::take(&mut self.held);
        let named = order.iter().filter(|id| rest.contains(id));
        let others = rest.iter().filter(|id| !order.contains(id));
        for id in named.chain(others) {
            self.after(now, Timer::Send(*id));
        }
        self.advance(now);
    }

    /// The attempts that have ended, the newest first: those before this one, or all.
    pub fn ended_deliveries(
        &self,
        before: Option<DeliveryId>,
    ) -> impl Iterator<Item = (&Delivery, &Outcome)> {
        let ended = self.deliveries.values().rev().filter_map(|it| it.outcome().map(|outcome| (it, outcome)));
        ended.filter(move |(it, _)| before.is_none_or(|before| it.id < before))
    }

    pub fn held_deliveries(&self) -> &[DeliveryId] {
        &self.held
    }

    /// Orders trouble for the next deliveries that match.
    pub fn trouble_hooks(&mut self, which: HookMatch, mishap: HookMishap, times: Option<u32>) {
        self.hook_faults.push(HookFault { which, mishap, times });
    }

    pub(super) fn tell_job(&mut self, id: JobId, action: Action, now: Timestamp) {
        let Some(job) = self.jobs.get(&id).cloned() else { return };
        self.tell(job.run, Some(job), action, now);
    }

    pub(super) fn tell_run(&mut self, id: RunId, action: Action, now: Timestamp) {
        self.tell(id, None, action, now);
    }

    pub(super) fn send(&mut self, id: DeliveryId, now: Timestamp) {
        let Some(delivery) = self.deliveries.get_mut(&id) else { return };
        if delivery.state != (DeliveryState::Pending { sent: false }) {
            return;
        }
        delivery.state = DeliveryState::Pending { sent: true };
        delivery.delivered_at = now;
        self.after(now + self.settings.timing.hook_timeout, Timer::DeliveryDeadline(id));
        self.outputs.push(Output::Deliver(id));
    }

    pub(super) fn delivery_deadline(&mut self, id: DeliveryId, now: Timestamp) {
        if let Some(delivery) = self.deliveries.get_mut(&id) {
            delivery.end(Outcome::TimedOut, now);
        }
    }

    pub(super) fn forget_old_deliveries(&mut self, now: Timestamp) {
        let kept = self.settings.timing.hook_retention;
        while let Some((&id, oldest)) = self.deliveries.first_key_value() {
            if now.since(oldest.delivered_at) <= kept {
                return;
            }
            self.deliveries.remove(&id);
        }
    }

    fn tell(&mut self, run: RunId, job: Option<Job>, action: Action, now: Timestamp) {
        let Some((event, name)) = self.event(run, job, action, now) else { return };
        if !self.settings.events.contains(name) {
            return;
        }
        let mishap = fault::take(&mut self.hook_faults, |f| f.which.fits(&event), |f| &mut f.times);
        let copies = match mishap.as_ref().map(|fault| &fault.mishap) {
            Some(HookMishap::Lose) => return,
            Some(HookMishap::Twice) => 2,
            Some(HookMishap::Fail | HookMishap::Delay(_) | HookMishap::Hold) | None => 1,
        };
        let guid = self.dice.guid();
        for _ in 0..copies {
            let id = DeliveryId(self.ids.delivery.next());
            let mut delivery = Delivery {
                id,
                guid: guid.clone(),
                redelivery: false,
                delivered_at: now,
                event: event.clone(),
                state: DeliveryState::Pending { sent: false },
            };
            match mishap.as_ref().map(|fault| &fault.mishap) {
                Some(HookMishap::Fail) => {
                    delivery.end(Outcome::CannotConnect("the fault was ordered".to_owned()), now);
                }
                Some(HookMishap::Hold) => self.held.push(id),
                Some(HookMishap::Delay(span)) => self.after(now + *span, Timer::Send(id)),
                Some(HookMishap::Twice | HookMishap::Lose) | None => self.schedule(id, now),
            }
            self.deliveries.insert(id, delivery);
        }
    }

    fn event(
        &self,
        run: RunId,
        job: Option<Job>,
        action: Action,
        now: Timestamp,
    ) -> Option<(Event, &'static str)> {
        let run = self.runs.get(&run)?.clone();
        let repository = self.repositories.get(&run.repository)?.clone();
        let installation: InstallationId = self.installation_of(&repository)?.id;
        let event = Event { action, at: now, installation, repository, run, job };
        let name = event.name();
        Some((event, name))
    }

    fn schedule(&mut self, id: DeliveryId, now: Timestamp) {
        let (least, most) = self.settings.timing.hook_latency;
        let spread = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX);
        let more = if spread == 0 { 0 } else { self.dice.below(spread + 1) };
        self.after(now + least + std::time::Duration::from_millis(more), Timer::Send(id));
    }
}

impl Delivery {
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            DeliveryState::Pending { .. } => None,
            DeliveryState::Ended { outcome, .. } => Some(outcome),
        }
    }

    fn end(&mut self, outcome: Outcome, now: Timestamp) {
        if let DeliveryState::Pending { .. } = self.state {
            self.state = DeliveryState::Ended { outcome, duration: now.since(self.delivered_at) };
        }
    }
}
