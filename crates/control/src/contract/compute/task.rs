//! Tasks that start, or do not, and stop.

use futures::future::join_all;
use model::Trust;
use model::id::{InstanceId, TaskId};
use model::launch::Launch;

use super::case::{launch, node, promised, refused, size, started, stopped, survey};
use super::{NODE_CPU, NODE_MIB, Outside, TRUST};
use crate::port::{Compute, Started};

pub async fn a_launch_asked_for_again_and_again_is_one_task(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 20).await;
    let launch = launch(compute, 20, &node).await;
    let before = survey(compute).await.tasks;
    let task = started(compute, &launch).await;
    for again in join_all((0..5).map(|_| compute.start(&launch))).await {
        assert_eq!(again.expect("a start is answered"), Started::Task(task.clone()));
    }
    let mut after = survey(compute).await.tasks;
    assert!(after.remove(&task).is_some(), "it is listed at once");
    assert_eq!(after, before, "and is the only one");
    let another = Launch { id: model::id::LaunchId { n: 2, ..launch.id }, ..launch };
    assert_ne!(started(compute, &another).await, task);
}

pub async fn a_launch_that_finds_no_room_is_refused(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 21).await;
    let of_size = async |job, cpu, memory| {
        let launch = launch(compute, job, &node).await;
        Launch { size: size(cpu, memory), ..launch }
    };
    let too_large = refused(compute, &of_size(2101, 1024, NODE_MIB).await).await;
    assert!(too_large.contains("RESOURCE:MEMORY"), "{too_large}");
    started(compute, &of_size(2102, NODE_CPU.0 - 1024, 1024).await).await;
    let too_many = refused(compute, &of_size(2103, 2048, 1024).await).await;
    assert!(too_many.contains("RESOURCE:CPU"), "{too_many}");
    started(compute, &of_size(2104, 1024, 1024).await).await;
}

/// Whether others have registered or not.
pub async fn a_launch_on_a_node_that_never_registered_is_refused(
    compute: &dyn Compute,
    outside: &dyn Outside,
) {
    let promised = promised(compute, 22).await;
    let unknown = InstanceId::from("i-00000000000000000");
    for (job, id) in [(2201, &promised), (2202, &unknown)] {
        let why = refused(compute, &launch(compute, job, id).await).await;
        assert!(!why.is_empty());
    }
    node(compute, outside, 23).await;
    for (job, id) in [(2203, &promised), (2204, &unknown)] {
        let why = refused(compute, &launch(compute, job, id).await).await;
        assert!(why.contains("MemberOf"), "{why}");
    }
    let in_an_empty_cluster = Launch { trust: Trust::Untrusted, ..launch(compute, 2205, &promised).await };
    refused(compute, &in_an_empty_cluster).await;
}

pub async fn a_stopped_task_gives_its_room_back(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 24).await;
    let whole = |launch: Launch| Launch { size: size(NODE_CPU.0, 1024), ..launch };
    let task = started(compute, &whole(launch(compute, 2401, &node).await)).await;
    stopped(compute, &task).await;
    assert!(!survey(compute).await.tasks.contains_key(&task), "what is told to stop is not listed");
    started(compute, &whole(launch(compute, 2402, &node).await)).await;
}

pub async fn a_task_that_was_stopped_is_not_started_again(compute: &dyn Compute, outside: &dyn Outside) {
    let node = node(compute, outside, 25).await;
    let launch = launch(compute, 25, &node).await;
    let task = started(compute, &launch).await;
    stopped(compute, &task).await;
    stopped(compute, &task).await;
    let before = survey(compute).await.tasks;
    assert_eq!(started(compute, &launch).await, task, "the launch has had its task");
    assert_eq!(survey(compute).await.tasks, before);
}

pub async fn stopping_what_is_not_there_is_done(compute: &dyn Compute) {
    let nobodys = TaskId("0123456789abcdef0123456789abcdef".to_owned());
    let long = "because ".repeat(100);
    compute.stop(TRUST, &nobodys, &long).await.expect("it is not there, and so it is stopped");
    compute.stop(Trust::Untrusted, &nobodys, &long).await.expect("nor there");
}
