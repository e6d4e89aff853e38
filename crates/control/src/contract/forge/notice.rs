//! Words to authors.

use model::id::JobId;

use super::{Outside, Owner};
use crate::PortError;
use crate::port::{Forge, Notice};

fn notice(job: u64) -> Notice {
    Notice {
        job: JobId(job),
        commit: "3484a3fb816e0859fd6e1cea078d76385ff50625".to_owned(),
        labels: "dagger-4x".to_owned(),
        text: format!("write another label for {job}"),
    }
}

pub async fn an_author_is_told_once_of_each_job(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    for job in [900, 901, 900] {
        forge.tell(&at, &notice(job)).await.expect("we may tell");
    }
    let told = outside.told(&at, &notice(900).commit);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|text| text.contains("another label for 901")), "{told:?}");
}

pub async fn where_we_may_not_tell_nobody_is_told(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    outside.forbid_telling(&at);
    for _ in 0..2 {
        let told = forge.tell(&at, &notice(910)).await;
        assert!(matches!(told, Err(PortError::Denied { .. })), "{told:?}");
    }
    assert_eq!(outside.told(&at, &notice(910).commit), Vec::<String>::new());
}
