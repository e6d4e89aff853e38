//! Registrations of runners.

use model::job::Repository;
use model::registration::Scope;
use secrecy::ExposeSecret as _;

use super::{Head, OWNERS, Outside, Owner, name, texts};
use crate::PortError;
use crate::port::{Forge, Removed};

pub async fn labels_are_taken_as_they_are_written(forge: &dyn Forge, outside: &dyn Outside) {
    let labels = texts(&["Dagger-v0.19.4-16C", "self-hosted", "b", "a"]);
    for owner in OWNERS {
        let at = outside.repository(owner);
        forge.register(&at, name(100), &labels).await.expect("the name is free");
        let registered = outside.registrations(&at, name(100));
        assert_eq!(registered.len(), 1);
        assert_eq!(registered[0].labels, labels, "no more, no less, as they are written");
    }
}

pub async fn a_name_registered_again_replaces_the_older(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let first = register(forge, &at, 200).await;
        let older = outside.registrations(&at, name(200));
        let second = register(forge, &at, 200).await;
        let newer = outside.registrations(&at, name(200));
        assert_eq!((older.len(), newer.len()), (1, 1));
        assert_ne!(older[0].id, newer[0].id, "the older is gone");
        assert_ne!(first, second, "and so is what its holder could do");
    }
}

pub async fn a_registration_whose_answer_was_lost_is_replaced(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    acquainted(forge, outside, &at).await;
    outside.lose_next_answer();
    let lost = forge.register(&at, name(300), &texts(&["bare"])).await;
    assert!(matches!(lost, Err(PortError::Transient { .. })), "{lost:?}");
    let older = outside.registrations(&at, name(300));
    assert_eq!(older.len(), 1, "it was registered all the same");
    register(forge, &at, 300).await;
    let newer = outside.registrations(&at, name(300));
    assert_eq!(newer.len(), 1);
    assert_ne!(older[0].id, newer[0].id);
}

pub async fn a_runner_at_work_is_neither_removed_nor_replaced(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let (_, job) = outside.queue(&at, Head::Own, &["bare"]);
        register(forge, &at, 400).await;
        outside.take(&at, &name(400).to_string(), job);
        let working = outside.registrations(&at, name(400));
        assert_eq!(
            forge.remove(&Scope::of(&at), name(400)).await.expect("a removal is answered"),
            Removed::Busy
        );
        let again = forge.register(&at, name(400), &texts(&["bare"])).await;
        assert!(matches!(again, Err(PortError::Refused { .. })), "{again:?}");
        assert_eq!(outside.registrations(&at, name(400)), working);
        outside.complete(job);
        assert_eq!(
            forge.remove(&Scope::of(&at), name(400)).await.expect("a removal is answered"),
            Removed::Gone
        );
    }
}

pub async fn removing_what_is_not_there_is_done(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        register(forge, &at, 500).await;
        register(forge, &at, 501).await;
        for _ in 0..2 {
            assert_eq!(
                forge.remove(&Scope::of(&at), name(500)).await.expect("a removal is answered"),
                Removed::Gone
            );
            assert_eq!(outside.registrations(&at, name(500)), []);
        }
        assert_eq!(outside.registrations(&at, name(501)).len(), 1, "the other is left alone");
    }
}

/// A first call, after which whatever the forge wants of newcomers is settled.
pub(super) async fn acquainted(forge: &dyn Forge, outside: &dyn Outside, at: &Repository) {
    let (_, job) = outside.queue(at, Head::Own, &["bare"]);
    forge.job(at, job).await.expect("a job is told");
}

async fn register(forge: &dyn Forge, at: &Repository, job: u64) -> String {
    let config = forge.register(at, name(job), &texts(&["bare"])).await.expect("the name is free, or ours");
    let config = config.0.expose_secret().to_owned();
    assert!(!config.is_empty());
    config
}
