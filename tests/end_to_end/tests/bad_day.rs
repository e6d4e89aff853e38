//! What nobody tells us is found, and what is taken away is made up for, by the deployed functions.

mod common;

use std::time::Duration;

use common::{SMALL, Scene};
use model::cordon::CordonReason;
use model::id::{InstanceId, JobId};
use sim::github::{Action, HookMatch, HookMishap};
use wire::ledger::Row;

/// Of the groups that still have members or want some: how many they want, and which they have.
const GROUPS: &str = "
groups = boto3.client('autoscaling').describe_auto_scaling_groups()['AutoScalingGroups']
print(json.dumps([
    [group['DesiredCapacity'], [instance['InstanceId'] for instance in group['Instances']]]
    for group in groups if group['DesiredCapacity'] or group['Instances']
]))
";

fn node_of(scene: &Scene, job: JobId) -> InstanceId {
    scene.until(&format!("job {job} to run"), || {
        let is_running = scene.job(job).is_some_and(|job| !job.state.is_queued());
        let rows = scene.rows();
        let mut launches = rows.iter().filter_map(|row| {
            let Row::Launch(launch) = row else { return None };
            (launch.job == Some(job)).then_some(launch)
        });
        launches.find(|_| is_running)?.node.clone()
    })
}

#[test]
fn a_lost_webhook_is_sent_again_and_a_node_that_is_taken_back_takes_no_job_and_is_ended_when_it_is_empty() {
    let scene = Scene::open();
    scene.stop_the_clock();
    let queued = HookMatch { action: Some(Action::Queued), ..HookMatch::default() };
    scene.github().trouble_hooks(queued, HookMishap::Fail, Some(1));
    let first = scene.queue_for(SMALL, Duration::from_secs(12));
    scene.delivered(first, 0);
    assert_eq!(scene.rows().iter().filter(|row| matches!(row, Row::Job(_))).count(), 0);
    scene.swept("the event that failed to be sent again", || scene.job(first));

    let lost = node_of(&scene, first);
    scene.world().compute().with(|machine, now| machine.reclaim_spot(&lost.0, now));
    scene.until("the warning to be heard", || {
        scene.rows().into_iter().find_map(|row| {
            let Row::Node(node) = row else { return None };
            node.cordon.filter(|it| node.id == lost && it.why == CordonReason::Reclaimed)
        })
    });

    // There is room for fifteen more where the first job runs.
    let second = scene.run(SMALL);
    second.assert_ran_once();
    let kept = second.launches[0].launch.node.clone().unwrap();
    assert_ne!(kept, lost);
    let first = scene.told(first);
    first.assert_ran_once();
    assert_eq!(first.launches[0].launch.node.as_ref(), Some(&lost));

    scene.swept("the node to be ended", || {
        let is_there = |row: &Row| matches!(row, Row::Node(node) if node.id == lost);
        (!scene.rows().iter().any(is_there)).then_some(())
    });
    let groups: serde_json::Value = serde_json::from_str(&scene.boto(GROUPS)).unwrap();
    assert_eq!(groups, serde_json::json!([[1, [kept.0]]]));
    // Two minutes are not over: it was not the provider.
    let calls = scene.take_calls().by_name;
    let ended = calls.keys().filter(|call| call.ends_with(":TerminateInstanceInAutoScalingGroup")).count();
    assert_eq!(ended, 1, "{calls:?}");
    assert_eq!(scene.world().troubles(), Vec::<String>::new());
    assert_eq!(scene.github().asked_wrong(), []);
}
