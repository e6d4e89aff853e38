//! Apps that share a load.

use std::time::Duration;

use model::job::Repository;

use super::{OWNERS, Outside, Owner, name, texts};
use crate::PortError;
use crate::port::{Forge, JitConfig};

/// Enough for each App to have its turn.
const MANY: u64 = 40;

pub async fn several_apps_share_the_registrations(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        let at = outside.repository(owner);
        for job in 1000..1000 + MANY {
            register(forge, &at, job).await.expect("the name is free");
            assert_eq!(outside.registrations(&at, name(job)).len(), 1);
        }
        let by_each = outside.registered_by_each(&at);
        assert_eq!(by_each.iter().sum::<u64>(), MANY);
        assert!(by_each.iter().all(|n| *n >= MANY / 4), "{by_each:?}");
    }
}

pub async fn what_one_app_may_no_more_another_does(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    for app in 0..2 {
        outside.exhaust(&at, app);
        for job in 1100..1110 {
            let made = register(forge, &at, job).await;
            match app {
                0 => drop(made.expect("the other App may")),
                _ => {
                    let Err(PortError::Throttled { retry_after: Some(wait), .. }) = made else {
                        panic!("no App may, and yet: {made:?}")
                    };
                    assert!(wait <= Duration::from_mins(1), "{wait:?}");
                }
            }
        }
    }
}

pub async fn an_app_that_is_not_installed_is_passed_over(forge: &dyn Forge, outside: &dyn Outside) {
    for owner in OWNERS {
        for app in 0..2 {
            let at = outside.repository(owner);
            outside.uninstall(&at, app);
            for job in 1200..1210 {
                register(forge, &at, job).await.expect("the other App may");
            }
            assert_eq!(outside.registered_by_each(&at)[1 - app], 10);
        }
    }
    let at = outside.repository(Owner::Organization);
    for app in 0..2 {
        outside.uninstall(&at, app);
    }
    let made = register(forge, &at, 1300).await;
    assert!(matches!(made, Err(PortError::Denied { .. } | PortError::NotFound { .. })), "{made:?}");
}

/// Its first registration's answer may have been lost.
pub async fn a_name_is_replaced_by_whichever_app_has_its_turn(forge: &dyn Forge, outside: &dyn Outside) {
    let at = outside.repository(Owner::Organization);
    register(forge, &at, 1400).await.expect("the name is free");
    let older = outside.registrations(&at, name(1400));
    let by_each = outside.registered_by_each(&at);
    let whose = by_each.iter().position(|n| *n == 1).expect("one App has registered it");
    outside.exhaust(&at, whose);
    register(forge, &at, 1400).await.expect("the other App replaces it");
    let newer = outside.registrations(&at, name(1400));
    assert_eq!((older.len(), newer.len()), (1, 1));
    assert_ne!(older[0].id, newer[0].id, "the older is gone");
}

async fn register(forge: &dyn Forge, at: &Repository, job: u64) -> Result<JitConfig, PortError> {
    forge.register(at, name(job), &texts(&["bare"])).await
}
