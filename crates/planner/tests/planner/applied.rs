//! The world once a plan has been carried out, as far as the ledger tells it.

use model::cordon::CordonReason;
use model::id::{InstanceId, JobId};
use model::job::{Failed, Job, JobState};
use model::launch::LaunchState;
use model::node::{NodeState, PoolMemory};
use model::observation::Observation;
use model::plan::{NewLaunch, Over, Plan, Repair, Rerun, Settle};
use model::registration::ScopeMemory;
use model::run::LostState;

use crate::scenario::NOW;

/// Without what is asked for until the provider's lists show it, and what is done a few at a time.
pub(crate) fn lasting(plan: Plan) -> Plan {
    let mut cordon = plan.cordon;
    // What was placed on a node that takes one launch spends it, as the next tick sees.
    cordon.retain(|_, cordon| ![CordonReason::Outdated, CordonReason::Spent].contains(&cordon.why));
    Plan {
        cordon,
        drain: [].into(),
        terminate: [].into(),
        hold: [].into(),
        scrap: [].into(),
        dismiss: [].into(),
        hung: [].into(),
        ..plan
    }
}

/// Every step on the conditions it would be written on: a step that would be refused is a fault.
#[track_caller]
pub(crate) fn applied(seen: &Observation, plan: &Plan) -> Observation {
    let mut seen = seen.clone();
    for (job, settled) in &plan.settle {
        settle(&mut seen, *job, settled);
    }
    seen.answers.retain(|job, _| !plan.settle.contains_key(job));
    for scope in &plan.remember {
        seen.scopes.insert(scope.id.clone(), ScopeMemory { scope: scope.clone(), at: NOW });
    }
    seen.scopes.retain(|id, _| !plan.forget.contains(id));
    for task in plan.stop.keys() {
        seen.strays.remove(task).expect("it was looked at");
        seen.survey.as_mut().and_then(|survey| survey.tasks.remove(task)).expect("it was listed");
    }
    for tell in &plan.tell {
        waiting(&mut seen, tell.job).told_at = Some(NOW);
    }
    if let Some(redeliver) = &plan.redeliver {
        seen.delivered = Some(redeliver.then.clone());
        seen.deliveries = None;
    }
    for (node, repaired) in &plan.repair {
        repair(&mut seen, node, repaired);
    }
    for (id, took) in &plan.busy {
        let launch = seen.launches.get_mut(id).expect("only launches there are are at work");
        let LaunchState::Claimed { task, .. } = launch.state.clone() else {
            panic!("launch {id} has no runner")
        };
        launch.state = LaunchState::Busy { task, took: *took };
    }
    for (id, over) in &plan.over {
        let launch = seen.launches.get_mut(id).expect("only launches there are are noted");
        assert!(matches!(launch.state, LaunchState::Busy { .. }), "launch {id} has no runner");
        launch.at.over = (*over == Over::Noted).then_some(NOW);
    }
    for (node, cordon) in &plan.cordon {
        let node = seen.nodes.get_mut(node).expect("only nodes there are are cordoned");
        node.cordon = Some(*cordon);
        node.version += 1;
    }
    for (pool, spent) in &plan.spend {
        seen.pools.get_mut(pool).expect("only pools that were ordered from have cost").spent = Some(*spent);
    }
    if let Some(prices) = &plan.prices {
        seen.prices = Some(prices.clone());
        seen.quoted = None;
    }
    runs(&mut seen, plan);
    end(&mut seen, plan);
    for assign in &plan.assign {
        let job = waiting(&mut seen, assign.job);
        assert_eq!(job.launch, assign.instead_of, "job {} changed", job.id);
        job.launch = Some(assign.launch);
        job.reason = None;
        seen.launches.get_mut(&assign.launch).expect("only launches there are are assigned").job =
            Some(assign.job);
    }
    place(&mut seen, plan);
    serve(&mut seen, plan);
    for new in &plan.order {
        let id = &new.order.id;
        let none = || PoolMemory { version: 0, ..PoolMemory::first(id.pool.clone()) };
        let memory = seen.pools.entry(id.pool.clone()).or_insert_with(none);
        assert_eq!(memory.version, id.version, "pool {} changed", id.pool);
        memory.version += 1;
        assert_eq!(seen.orders.insert(id.clone(), new.order.clone()), None, "order {id} exists");
    }
    stand(&mut seen, plan);
    shrink(&mut seen, plan);
    for (job, reason) in &plan.explain {
        waiting(&mut seen, *job).reason = Some(reason.clone());
    }
    seen
}

fn waiting(seen: &mut Observation, job: JobId) -> &mut Job {
    let job = seen.jobs.get_mut(&job).expect("only jobs there are are served");
    assert!(job.state.is_queued(), "job {} does not wait", job.id);
    job
}

fn settle(seen: &mut Observation, id: JobId, settle: &Settle) {
    let job = seen.jobs.get_mut(&id).expect("only jobs there are are settled");
    job.doubted_at = None;
    match settle {
        Settle::Same => job.checked_at = Some(NOW),
        Settle::Queued => job.state = JobState::Queued,
        Settle::Running { runner } => job.state = JobState::Running { runner: *runner, at: NOW },
        Settle::Forget | Settle::Ended(_) => drop(seen.jobs.remove(&id)),
    }
}

fn repair(seen: &mut Observation, id: &InstanceId, repair: &Repair) {
    match repair {
        Repair::Adopt(node) => {
            let known = seen.nodes.insert(id.clone(), (**node).clone());
            assert_eq!(known, None, "{id} is known");
        }
        Repair::Ready(size) => {
            let node = seen.nodes.get_mut(id).expect("only nodes there are are repaired");
            assert_eq!(node.state, NodeState::Ordered, "{id}");
            node.state = NodeState::Ready;
            node.size = *size;
            node.ready_at = Some(NOW);
            node.idle_since = Some(NOW);
            node.version += 1;
        }
        Repair::Lost | Repair::Found => {
            let node = seen.nodes.get_mut(id).expect("only nodes there are are repaired");
            assert_eq!(node.state, NodeState::Ready, "{id}");
            node.lost_at = matches!(repair, Repair::Lost).then_some(NOW);
            node.version += 1;
        }
        Repair::Gone => assert!(seen.nodes.remove(id).is_some(), "{id} is not known"),
    }
}

fn runs(seen: &mut Observation, plan: &Plan) {
    for (pool, breakers) in &plan.breakers {
        seen.pools.get_mut(pool).expect("only pools there are are remembered").breakers.clone_from(breakers);
    }
    for (revision, failing) in &plan.failing {
        match failing {
            Some(failing) => drop(seen.failing.insert(revision.clone(), failing.clone())),
            None => drop(seen.failing.remove(revision)),
        }
    }
    seen.runs.extend(plan.lose.clone());
    for (id, rerun) in &plan.rerun {
        let run = seen.runs.get_mut(id).expect("only runs there are are decided");
        run.state = match rerun {
            Rerun::Ask => LostState::Asked { at: NOW, n: 1 },
            Rerun::Over(_) => LostState::Over { at: NOW },
            Rerun::Forget => {
                seen.runs.remove(id);
                continue;
            }
        };
    }
    // The next sweep asks anew.
    seen.fates.retain(|id, _| !plan.rerun.contains_key(id));
}

fn end(seen: &mut Observation, plan: &Plan) {
    for end in &plan.end {
        let launch = seen.launches.remove(&end.launch).expect("a launch ends once");
        match &launch.node {
            Some(node) => {
                if let Some(node) = seen.nodes.get_mut(node) {
                    node.used = node.used.checked_sub(launch.size).expect("it gives back what it took");
                    node.n_launches -= 1;
                    node.idle_since = Some(NOW);
                }
            }
            None => {
                let pool = seen.pools.get_mut(&launch.pool).expect("its pool counts it");
                pool.n_launches -= 1;
            }
        }
        if let Some(job) = end.fails {
            let job = waiting(seen, job);
            assert_eq!(job.launch, Some(end.launch), "job {} waits for another launch", job.id);
            job.launch = None;
            job.failed = Some(Failed { at: NOW, why: end.why.clone() });
        }
    }
}

fn start(seen: &mut Observation, new: &NewLaunch) {
    let job = waiting(seen, new.launch.job.expect("a new launch is for a job"));
    assert_eq!(job.launch, new.instead_of, "job {} changed", job.id);
    assert_eq!(job.doubted_at, None, "job {} is doubted", job.id);
    job.launch = Some(new.launch.id);
    job.n_launches = new.launch.id.n;
    job.trust = Some(new.launch.trust);
    job.reason = None;
    assert_eq!(seen.launches.insert(new.launch.id, new.launch.clone().into()), None, "it exists");
}

fn serve(seen: &mut Observation, plan: &Plan) {
    for (name, placement) in &plan.serverless {
        placement.launches.iter().for_each(|new| start(seen, new));
        let none = || PoolMemory { version: 0, ..PoolMemory::first(name.clone()) };
        let pool = seen.pools.entry(name.clone()).or_insert_with(none);
        assert_eq!(pool.version, placement.version, "{name} changed");
        pool.version += 1;
        pool.n_launches += u32::try_from(placement.launches.len()).unwrap();
    }
}

/// After the orders, on the rows as jobs have left them.
fn stand(seen: &mut Observation, plan: &Plan) {
    for (name, stand) in &plan.standby {
        let mut version = stand.version;
        for (node, placement) in &stand.place {
            let none = || PoolMemory { version: 0, ..PoolMemory::first(name.clone()) };
            let pool = seen.pools.entry(name.clone()).or_insert_with(none);
            assert_eq!(pool.version, version, "{name} changed");
            (pool.version, version) = (version + 1, version + 1);
            match node {
                None => pool.n_launches += u32::try_from(placement.launches.len()).unwrap(),
                Some(id) => {
                    let node = seen.nodes.get_mut(id).expect("only nodes there are take launches");
                    assert_eq!(
                        (node.state, node.version),
                        (NodeState::Ready, placement.version),
                        "{id} changed"
                    );
                    node.version += 1;
                    for new in &placement.launches {
                        node.used = node.used.checked_add(new.launch.size).expect("sizes are small");
                        node.n_launches += 1;
                    }
                }
            }
            for NewLaunch { launch, .. } in &placement.launches {
                assert_eq!((&launch.node, launch.job), (node, None), "{}", launch.id);
                assert_eq!(seen.launches.insert(launch.id, launch.clone().into()), None, "it exists");
            }
        }
    }
}

fn shrink(seen: &mut Observation, plan: &Plan) {
    for (id, drain) in &plan.drain {
        let node = seen.nodes.get_mut(id).expect("only nodes there are drain");
        assert_eq!(node.version, drain.version, "{id} changed");
        assert_eq!(node.n_launches, 0, "{id} has launches");
        node.state = NodeState::Draining;
        node.version += 1;
    }
    for (pool, refusals) in &plan.refuse {
        let memory = PoolMemory::first(pool.clone());
        seen.pools.entry(pool.clone()).or_insert(memory).refusals.clone_from(refusals);
    }
    for id in plan.terminate.keys() {
        assert_eq!(seen.nodes[id].n_launches, 0, "{id} has launches");
        assert_eq!(seen.nodes[id].state, NodeState::Draining, "{id} takes launches");
    }
}

fn place(seen: &mut Observation, plan: &Plan) {
    for (id, placement) in &plan.place {
        for new in &placement.launches {
            start(seen, new);
            let node = seen.nodes.get_mut(id).expect("only nodes there are take launches");
            node.used = node.used.checked_add(new.launch.size).expect("sizes are small");
            node.n_launches += 1;
        }
        let node = seen.nodes.get_mut(id).expect("only nodes there are take launches");
        assert_eq!((node.state, node.version), (NodeState::Ready, placement.version), "{id} changed");
        node.version += 1;
    }
}
