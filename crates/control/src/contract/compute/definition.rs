//! Task definitions.

use model::label::Kind;
use model::observation::DefinitionKey;

use super::Outside;
use super::case::{key, release};
use crate::port::{Compute, DefinitionError};

pub async fn a_definition_asked_for_twice_is_one_revision(compute: &dyn Compute, outside: &dyn Outside) {
    outside.publish(release(1)).await;
    let first = compute.definition(&key(1)).await.expect("the release is there");
    let again = compute.definition(&key(1)).await.expect("the release is there");
    assert_eq!(first, again);
}

pub async fn another_definition_is_another_revision(compute: &dyn Compute, outside: &dyn Outside) {
    outside.publish(release(2)).await;
    outside.publish(release(3)).await;
    let keys = [
        key(2),
        key(3),
        DefinitionKey { has_dind: true, ..key(2) },
        DefinitionKey { kind: Kind::Docker, version: None, ..key(2) },
        DefinitionKey { kind: Kind::Bare, version: None, ..key(2) },
    ];
    let mut revisions = Vec::new();
    for key in &keys {
        revisions.push(compute.definition(key).await.expect("the release is there"));
    }
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), keys.len(), "{revisions:?}");
}

pub async fn a_release_that_is_not_there_is_missing(compute: &dyn Compute, outside: &dyn Outside) {
    let asked = compute.definition(&key(99)).await;
    let Err(DefinitionError::Missing(why)) = asked else { panic!("there is no such release: {asked:?}") };
    assert!(why.contains(&release(99).to_string()), "says what was looked for: {why}");
    outside.publish(release(99)).await;
    compute.definition(&key(99)).await.expect("it is published now");
}
