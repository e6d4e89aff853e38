//! Runners as a list.

use std::collections::{BTreeMap, BTreeSet};

use model::id::{RegistrationId, RunnerName};
use model::registration::{Registered, Scope};

use super::{Head, OWNERS, Outside, Owner, name, texts};
use crate::PortError;
use crate::port::{Forge, Removed};

/// More than one page holds.
const OTHERS: usize = 120;

pub async fn all_runners_with_names_like_ours_are_listed(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let scope = Scope::of(&at);
        assert_eq!(forge.runners(&scope).await.expect("there is a list"), []);
        forge.register(&at, name(600), &texts(&["bare"])).await.expect("the name is free");
        for n in 0..OTHERS {
            outside.register_other(&at, &format!("somebodys-{n}"), &["bare"]);
        }
        forge.register(&at, name(601), &texts(&["bare"])).await.expect("the name is free");
        let (_, job) = outside.queue(&at, Head::Own, &["bare"]);
        outside.take(&at, &name(601).to_string(), job);
        let listed = listed(forge, &scope).await;
        let names: BTreeSet<RunnerName> = listed.keys().copied().collect();
        assert_eq!(names, BTreeSet::from([name(600), name(601)]));
        assert_eq!([600, 601].map(|n| listed[&name(n)].is_busy), [false, true]);
        let registered = outside.registrations(&at, name(600));
        assert_eq!(RegistrationId(registered[0].id), listed[&name(600)].id);
        outside.complete(job);
    }
}

pub async fn what_was_listed_is_removed_unless_it_is_at_work(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        let scope = Scope::of(&at);
        for job in [700, 701] {
            forge.register(&at, name(job), &texts(&["bare"])).await.expect("the name is free");
        }
        let (_, job) = outside.queue(&at, Head::Own, &["bare"]);
        outside.take(&at, &name(701).to_string(), job);
        let listed = listed(forge, &scope).await;
        let dismiss = async |job| forge.dismiss(&scope, listed[&name(job)].id).await.expect("it is answered");
        assert_eq!(dismiss(701).await, Removed::Busy);
        for _ in 0..2 {
            assert_eq!(dismiss(700).await, Removed::Gone);
        }
        assert_eq!(outside.registrations(&at, name(700)), []);
        assert_eq!(outside.registrations(&at, name(701)).len(), 1);
        outside.complete(job);
    }
}

/// A name that was registered anew is another runner.
pub async fn a_newer_registration_is_not_removed_for_an_older(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    let scope = Scope::of(&at);
    forge.register(&at, name(800), &texts(&["bare"])).await.expect("the name is free");
    let older = listed(forge, &scope).await[&name(800)].id;
    forge.register(&at, name(800), &texts(&["bare"])).await.expect("the name is ours");
    assert_eq!(forge.dismiss(&scope, older).await.expect("it is answered"), Removed::Gone);
    assert_eq!(outside.registrations(&at, name(800)).len(), 1);
}

pub async fn nothing_is_listed_with_the_last_of_an_hour(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    forge.runners(&Scope::of(&at)).await.expect("there is a list");
    outside.use_up_the_hour();
    let listed = forge.runners(&Scope::of(&at)).await;
    outside.calm();
    assert!(matches!(listed, Err(PortError::Throttled { .. })), "{listed:?}");
}

async fn listed(forge: &dyn Forge, at: &Scope) -> BTreeMap<RunnerName, Registered> {
    let listed = forge.runners(at).await.expect("there is a list");
    listed.into_iter().map(|runner| (runner.name, runner)).collect()
}
