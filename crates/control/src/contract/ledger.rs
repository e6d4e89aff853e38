//! The suite every [`Ledger`] passes. Each case keeps to jobs of its own, so that all of them may run on
//! one ledger, at once or after each other; it must be new.

mod row;

use model::id::{JobId, LaunchId};
use wire::ledger::field::{self, state};
use wire::ledger::{Key, Row, Value};

use crate::PortError;
use crate::port::{Change, Ledger, Refused, Set, What, When, WriteError};
use crate::write::{check, delete, put, put_new, set};
use row::{ended, ended_launch, job, node, noted};

/// All cases, one after the other.
pub async fn every_case(ledger: &dyn Ledger) {
    a_row_of_every_kind_is_read_as_it_was_written(ledger).await;
    rows_come_in_the_order_asked_for(ledger).await;
    what_was_written_is_open_at_once(ledger).await;
    what_is_over_is_not_open(ledger).await;
    a_put_if_absent_wins_once(ledger).await;
    of_many_at_once_one_wins(ledger).await;
    a_refusal_shows_the_row_as_it_stood(ledger).await;
    a_condition_on_a_field_compares_its_value(ledger).await;
    every_condition_of_a_change_must_hold(ledger).await;
    one_refused_change_refuses_all(ledger).await;
    a_check_alone_writes_nothing(ledger).await;
    a_put_replaces_the_whole_row(ledger).await;
    set_changes_what_it_names_and_no_more(ledger).await;
    set_makes_the_row_if_there_is_none(ledger).await;
    add_counts_up_and_down(ledger).await;
    a_row_is_deleted_on_condition(ledger).await;
    one_row_twice_in_a_transaction_is_refused(ledger).await;
    a_row_that_cannot_be_read_is_never_taken_for_absent(ledger).await;
    history_is_told_oldest_first(ledger).await;
    ringing_is_allowed_again_and_again(ledger).await;
}

pub async fn a_row_of_every_kind_is_read_as_it_was_written(ledger: &dyn Ledger) {
    let rows = row::of_every_kind(JobId(100));
    let puts: Vec<_> = rows.iter().cloned().map(put_new).collect();
    written(ledger, &puts).await;
    let keys: Vec<_> = rows.iter().map(Row::key).collect();
    let read = ledger.get(&keys).await.expect("a ledger answers");
    assert_eq!(read, rows.into_iter().map(Some).collect::<Vec<_>>());
}

pub async fn rows_come_in_the_order_asked_for(ledger: &dyn Ledger) {
    let (first, second) = (job(JobId(200)), job(JobId(201)));
    written(ledger, &[put_new(first.clone()), put_new(second.clone())]).await;
    let keys = [second.key(), Key::Job(JobId(299)), first.key(), second.key()];
    let read = ledger.get(&keys).await.expect("a ledger answers");
    assert_eq!(read, [Some(second.clone()), None, Some(first), Some(second)]);
    assert_eq!(ledger.get(&[]).await.expect("a ledger answers"), []);
}

pub async fn what_was_written_is_open_at_once(ledger: &dyn Ledger) {
    for n in 300..310 {
        written(ledger, &[put_new(job(JobId(n)))]).await;
        assert!(open(ledger).await.contains(&job(JobId(n))), "the query is consistent");
        written(ledger, &[delete(Key::Job(JobId(n)), vec![])]).await;
        assert!(!open(ledger).await.contains(&job(JobId(n))), "the query is consistent");
    }
}

pub async fn what_is_over_is_not_open(ledger: &dyn Ledger) {
    let over = [ended(JobId(350), 5), ended_launch(launch_id(350, 1), 4)];
    written(ledger, &over.clone().map(put_new)).await;
    let open = open(ledger).await;
    assert!(over.iter().all(|row| !open.contains(row)));
}

pub async fn a_put_if_absent_wins_once(ledger: &dyn Ledger) {
    let row = job(JobId(400));
    written(ledger, &[put_new(row.clone())]).await;
    // The very same row: whoever repeats himself is told so, too.
    assert_eq!(refused(ledger, &[put_new(row.clone())]).await, [found(0, row)]);
}

pub async fn of_many_at_once_one_wins(ledger: &dyn Ledger) {
    let changes: Vec<_> = (0..12).map(|n| [put_new(with_trials(JobId(450), n))]).collect();
    let writes = futures::future::join_all(changes.iter().map(|change| ledger.write(change))).await;
    let winners: Vec<_> =
        writes.iter().zip(&changes).filter_map(|(write, [change])| write.is_ok().then_some(change)).collect();
    let [winner] = winners[..] else { panic!("one winner, not {}", winners.len()) };
    let stands = ledger.get(&[Key::Job(JobId(450))]).await.expect("a ledger answers").pop().flatten();
    assert_eq!(stands.map(|row| What::Put(Box::new(row))), Some(winner.what.clone()));
    for write in writes {
        assert!(!matches!(write, Err(WriteError::Port(_))), "the others lost, and know it: {write:?}");
    }
}

pub async fn a_refusal_shows_the_row_as_it_stood(ledger: &dyn Ledger) {
    let row = job(JobId(500));
    written(ledger, &[put_new(row.clone())]).await;
    let changes = [
        put_new(job(JobId(501))),
        check(row.key(), vec![When::Absent]),
        set(Key::Job(JobId(502)), vec![When::Present], vec![Set::Clear(field::LAUNCH)]),
    ];
    let nothing = Refused { index: 2, found: None };
    assert_eq!(refused(ledger, &changes).await, [found(1, row), nothing]);
}

pub async fn a_condition_on_a_field_compares_its_value(ledger: &dyn Ledger) {
    let row = job(JobId(550));
    written(ledger, &[put_new(row.clone())]).await;
    let holding = [
        When::Is(field::STATE, state::QUEUED.into()),
        When::Is(field::RUN, 7_u64.into()),
        When::Is(field::IS_PRIVATE, true.into()),
        When::Is(field::LABELS, Value::Texts(vec!["dagger-v0-19-4".into(), "b".into()])),
        When::Lacks(field::LAUNCH),
        When::Present,
    ];
    for when in holding {
        written(ledger, &[check(row.key(), vec![when])]).await;
    }
    let failing = [
        When::Is(field::STATE, state::RUNNING.into()),
        When::Is(field::RUN, 8_u64.into()),
        // A number is no text of digits.
        When::Is(field::RUN, "7".into()),
        When::Is(field::LAUNCH, "550-1".into()),
        When::Lacks(field::STATE),
        When::Absent,
    ];
    for when in failing {
        assert_eq!(refused(ledger, &[check(row.key(), vec![when])]).await, [found(0, row.clone())]);
    }
    let nobody = Key::Job(JobId(551));
    written(ledger, &[check(nobody.clone(), vec![When::Lacks(field::STATE)])]).await;
    let queued = When::Is(field::STATE, state::QUEUED.into());
    assert_eq!(refused(ledger, &[check(nobody, vec![queued])]).await, [Refused { index: 0, found: None }]);
}

pub async fn every_condition_of_a_change_must_hold(ledger: &dyn Ledger) {
    let row = job(JobId(600));
    written(ledger, &[put_new(row.clone())]).await;
    let queued = When::Is(field::STATE, state::QUEUED.into());
    let when = vec![queued, When::Is(field::RUN, 8_u64.into())];
    let change = set(row.key(), when, vec![Set::To(field::LAUNCH, "600-1".into())]);
    assert_eq!(refused(ledger, &[change]).await, [found(0, row)]);
}

pub async fn one_refused_change_refuses_all(ledger: &dyn Ledger) {
    let (here, there) = (job(JobId(650)), job(JobId(651)));
    written(ledger, &[put_new(here.clone())]).await;
    let changes = [
        put_new(there.clone()),
        set(here.key(), vec![When::Present], vec![Set::To(field::LAUNCH, "650-1".into())]),
        check(Key::Tombstone(JobId(650)), vec![When::Present]),
    ];
    assert_eq!(refused(ledger, &changes).await, [Refused { index: 2, found: None }]);
    let read = ledger.get(&[here.key(), there.key()]).await.expect("a ledger answers");
    assert_eq!(read, [Some(here), None], "nothing was written");
}

pub async fn a_check_alone_writes_nothing(ledger: &dyn Ledger) {
    let key = Key::Job(JobId(700));
    written(ledger, &[check(key.clone(), vec![When::Absent])]).await;
    written(ledger, &[check(key.clone(), vec![])]).await;
    assert_eq!(ledger.get(&[key]).await.expect("a ledger answers"), [None]);
}

pub async fn a_put_replaces_the_whole_row(ledger: &dyn Ledger) {
    let before = with_trials(JobId(750), 2);
    written(ledger, &[put_new(before.clone())]).await;
    written(ledger, &[set(before.key(), vec![], vec![Set::To(field::LAUNCH, "750-2".into())])]).await;
    let after = with_trials(JobId(750), 3);
    written(ledger, &[put(after.clone())]).await;
    assert_eq!(ledger.get(&[after.key()]).await.expect("a ledger answers"), [Some(after)]);
}

pub async fn set_changes_what_it_names_and_no_more(ledger: &dyn Ledger) {
    let Row::Job(mut expected) = job(JobId(800)) else { unreachable!("a job's row") };
    let key = Key::Job(expected.id);
    written(ledger, &[put_new(Row::Job(expected.clone()))]).await;
    let sets = vec![
        Set::To(field::LAUNCH, "800-1".into()),
        Set::To(field::LABELS, Value::Texts(vec![])),
        Set::Add(field::N_LAUNCHES, 1),
        Set::Clear(field::TRUST),
        // Clearing what is not there is no fault.
        Set::Clear(field::DOUBTED_AT),
    ];
    written(ledger, &[set(key.clone(), vec![When::Lacks(field::LAUNCH)], sets)]).await;
    expected.launch = Some(launch_id(800, 1));
    expected.labels = vec![];
    expected.n_launches += 1;
    expected.trust = None;
    assert_eq!(ledger.get(&[key]).await.expect("a ledger answers"), [Some(Row::Job(expected))]);
}

pub async fn set_makes_the_row_if_there_is_none(ledger: &dyn Ledger) {
    let row = job(JobId(850));
    let sets = row.to_item().into_iter().filter_map(|(name, value)| {
        let name = row::FIELDS_OF_A_JOB.into_iter().find(|field| *field == name)?;
        Some(Set::To(name, value))
    });
    written(ledger, &[set(row.key(), vec![When::Absent], sets.collect())]).await;
    assert_eq!(ledger.get(&[row.key()]).await.expect("a ledger answers"), [Some(row)]);
}

pub async fn add_counts_up_and_down(ledger: &dyn Ledger) {
    let Row::Node(mut expected) = node("i-900") else { unreachable!("a node's row") };
    let key = Key::Node(expected.id.clone());
    written(ledger, &[put_new(Row::Node(expected.clone()))]).await;
    let take =
        vec![Set::Add(field::CPU_USED, 4096), Set::Add(field::N_LAUNCHES, 1), Set::Add(field::VERSION, 1)];
    let give = vec![Set::Add(field::CPU_USED, -1024), Set::Add(field::VERSION, 1)];
    written(ledger, &[set(key.clone(), vec![When::Present], take)]).await;
    written(ledger, &[set(key.clone(), vec![When::Present], give)]).await;
    expected.used.cpu.0 += 3072;
    expected.n_launches += 1;
    expected.version += 2;
    assert_eq!(ledger.get(&[key]).await.expect("a ledger answers"), [Some(Row::Node(expected))]);
}

pub async fn a_row_is_deleted_on_condition(ledger: &dyn Ledger) {
    let row = job(JobId(950));
    written(ledger, &[put_new(row.clone())]).await;
    let running = vec![When::Is(field::STATE, state::RUNNING.into())];
    assert_eq!(refused(ledger, &[delete(row.key(), running)]).await, [found(0, row.clone())]);
    written(ledger, &[delete(row.key(), vec![When::Present]), put_new(ended(JobId(950), 9))]).await;
    assert_eq!(ledger.get(&[row.key()]).await.expect("a ledger answers"), [None]);
    let again = refused(ledger, &[delete(row.key(), vec![When::Present])]).await;
    assert_eq!(again, [Refused { index: 0, found: None }]);
    written(ledger, &[delete(row.key(), vec![])]).await;
}

pub async fn one_row_twice_in_a_transaction_is_refused(ledger: &dyn Ledger) {
    let row = job(JobId(1000));
    let changes = [put_new(row.clone()), check(row.key(), vec![When::Absent])];
    let written = ledger.write(&changes).await;
    assert!(matches!(written, Err(WriteError::Port(PortError::Refused { .. }))), "{written:?}");
    assert_eq!(ledger.get(&[row.key()]).await.expect("a ledger answers"), [None]);
}

pub async fn a_row_that_cannot_be_read_is_never_taken_for_absent(ledger: &dyn Ledger) {
    let key = Key::Job(JobId(1050));
    written(ledger, &[set(key.clone(), vec![], vec![Set::To(field::STATE, "odd".into())])]).await;
    let read = ledger.get(std::slice::from_ref(&key)).await;
    assert!(matches!(read, Err(PortError::Refused { .. })), "{read:?}");
    let unreadable = ledger.open().await.expect("a ledger answers").unreadable;
    assert!(unreadable.iter().any(|error| error.key == key.to_string()), "{unreadable:?}");
    let there = check(key.clone(), vec![When::Absent]);
    assert_eq!(refused(ledger, &[there]).await, [Refused { index: 0, found: None }]);
    written(ledger, &[delete(key, vec![])]).await;
}

pub async fn history_is_told_oldest_first(ledger: &dyn Ledger) {
    let id = JobId(1100);
    let told: Vec<_> = (1..=11).map(|n| ended_launch(launch_id(1100, n), u64::from(n) * 10)).collect();
    let told: Vec<_> = told.into_iter().chain([noted(id, 112), ended(id, 115)]).collect();
    let puts: Vec<_> = told.iter().rev().cloned().map(put_new).collect();
    written(ledger, &puts).await;
    written(ledger, &[put_new(job(id)), put_new(ended(JobId(1101), 1))]).await;
    assert_eq!(ledger.history(id).await.expect("a ledger answers"), told);
    assert_eq!(ledger.history(JobId(1199)).await.expect("a ledger answers"), []);
}

pub async fn ringing_is_allowed_again_and_again(ledger: &dyn Ledger) {
    for _ in 0..3 {
        ledger.ring().await.expect("a bell rings");
    }
}

async fn open(ledger: &dyn Ledger) -> Vec<Row> {
    ledger.open().await.expect("a ledger answers").rows
}

async fn written(ledger: &dyn Ledger, changes: &[Change]) {
    ledger.write(changes).await.expect("these conditions hold");
}

async fn refused(ledger: &dyn Ledger, changes: &[Change]) -> Vec<Refused> {
    match ledger.write(changes).await {
        Err(WriteError::Refused(refused)) => refused,
        other => panic!("a condition does not hold, and yet: {other:?}"),
    }
}

fn found(index: usize, row: Row) -> Refused {
    Refused { index, found: Some(row) }
}

fn with_trials(id: JobId, n_launches: u32) -> Row {
    let Row::Job(job) = job(id) else { unreachable!("a job's row") };
    Row::Job(model::job::Job { n_launches, ..job })
}

fn launch_id(job: u64, n: u32) -> LaunchId {
    LaunchId { job: JobId(job), n }
}
