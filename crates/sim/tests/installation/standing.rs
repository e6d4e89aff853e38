//! Tasks that wait for a job: no two of them are ever taken for the same one.

use std::time::Duration;

use model::id::LaunchId;
use model::launch::{EndedLaunch, Launch};
use model::rules::Pool;
use model::schedule::Standby;
use sim::installation::{Installation, Settings, pool};
use wire::ledger::Row;

use crate::common::{HOUR, LABEL};

fn with_two_on_standby() -> Installation {
    let standby = Standby::from([(LABEL.to_owned(), 2)]);
    let pools = vec![Pool { standby, ..pool("arm64-spot") }];
    Installation::new(Settings { pools, ..Settings::default() })
}

fn stand(of: &Installation) -> Vec<Launch> {
    let launches = of.ledger.rows().into_iter();
    launches.filter_map(|row| if let Row::Launch(launch) = row { Some(launch) } else { None }).collect()
}

/// Numbers come from the clock, and run ahead of it where many begin within a second.
#[test]
fn the_number_of_one_that_is_over_is_not_given_again() {
    let mut of = with_two_on_standby();
    assert!(of.run_until(HOUR, |of| stand(of).len() == 2), "{:#?}", of.ledger.rows());
    let used = stand(&of)[1].clone();

    let mut of = with_two_on_standby();
    let over =
        Row::EndedLaunch(EndedLaunch { at: of.clock.now(), why: "it failed".to_owned(), launch: used });
    let key = over.key();
    of.ledger.put_raw(&key.partition(), &key.sort(), over.to_item());
    assert!(of.run_until(HOUR, |of| stand(of).len() == 2), "{:#?}", of.ledger.rows());
    of.run_for(Duration::from_mins(2));
    let numbers: Vec<LaunchId> = stand(&of).iter().map(|launch| launch.id).collect();
    let used =
        of.ledger.row(&key).and_then(|row| if let Row::EndedLaunch(it) = row { Some(it) } else { None });
    let used = used.expect("the ledger keeps what is over").launch.id;
    assert!(numbers.len() == 2 && !numbers.contains(&used), "{numbers:?} with {used} over");
    assert_eq!(of.told.faults, Vec::<String>::new());
}
