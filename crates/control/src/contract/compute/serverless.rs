//! Tasks without a node.

use futures::future::join_all;
use model::id::InstanceId;
use model::label::Kind;
use model::launch::Launch;
use model::observation::DefinitionKey;
use model::{Carrier, task_size};

use super::case::{key, launch, size, started, stopped, survey};
use super::{SERVERLESS, pool};
use crate::port::{Compute, Started};

pub async fn a_launch_without_a_node_is_one_task(compute: &dyn Compute) {
    let launch = without_a_node(compute, 30).await;
    let before = survey(compute).await.tasks;
    let task = started(compute, &launch).await;
    for again in join_all((0..3).map(|_| compute.start(&launch))).await {
        assert_eq!(again.expect("a start is answered"), Started::Task(task.clone()));
    }
    let mut after = survey(compute).await.tasks;
    assert!(after.remove(&task).is_some(), "it is listed at once");
    assert_eq!(after, before, "and is the only one");
    stopped(compute, &task).await;
    assert_eq!(survey(compute).await.tasks, before);
}

pub async fn every_size_of_a_task_without_a_node_can_be_had(compute: &dyn Compute) {
    let smallest = task_size::holding(size(1, 1)).expect("something is the smallest");
    for (job, size) in [(3101, smallest), (3102, task_size::LARGEST)] {
        let launch = Launch { size, ..without_a_node(compute, job).await };
        let task = started(compute, &launch).await;
        stopped(compute, &task).await;
    }
}

async fn without_a_node(compute: &dyn Compute, job: u64) -> Launch {
    let key = DefinitionKey { kind: Kind::Bare, version: None, carrier: Carrier::Serverless, ..key(0) };
    let revision = compute.definition(&key).await.expect("a definition without an engine needs no release");
    let nowhere = InstanceId::from("i-00000000000000000");
    let launch = launch(compute, job, &nowhere).await;
    Launch { pool: pool(SERVERLESS), node: None, size: size(2048, 4096), revision, ..launch }
}
