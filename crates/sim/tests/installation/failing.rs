//! What keeps failing costs little, and says what to do.

use std::time::Duration;

use model::Purchase;
use model::cordon::CordonReason;
use model::node::{Node, PoolMemory};
use model::reason::{Code, Reason};
use model::rules::{Fallback, Pool};
use sim::compute::{Market, Shortage};
use sim::installation::{Installation, Settings, pool};
use wire::ledger::Row;

use crate::common::{HOUR, check, finish, installation, job, jobs, seconds_to};

fn nodes(of: &Installation) -> Vec<Node> {
    let rows = of.ledger.rows().into_iter();
    rows.filter_map(|row| if let Row::Node(node) = row { Some(node) } else { None }).collect()
}

fn reasons(of: &Installation) -> Vec<Reason> {
    let rows = of.ledger.rows().into_iter();
    rows.filter_map(|row| if let Row::Job(job) = row { job.reason } else { None }).collect()
}

fn n_started(of: &Installation) -> u32 {
    of.told.started.values().sum()
}

#[test]
fn a_bad_image_costs_few_launches_however_many_jobs_want_it() {
    let mut of = installation();
    of.luck.failed_starts = u32::MAX;
    let ids = of.push(jobs(60));
    of.run_for(HOUR);
    let first = n_started(&of);
    assert!(first <= 60 + 20, "{first} launches in the first hour");
    of.run_for(2 * HOUR);
    let more = n_started(&of) - first;
    assert!(more <= 2 * 7, "{more} launches in two hours more");
    assert!(nodes(&of).len() <= 10, "no node is bought for it");
    let quarantined = reasons(&of).into_iter().find(|reason| reason.code == Code::Quarantined);
    let text = quarantined.expect("somebody is told").text;
    for part in ["in a row", "CannotPullContainerError", "tried", "Look at the images"] {
        assert!(text.contains(part), "{text}");
    }
    // Somebody has mended it.
    of.luck.failed_starts = 0;
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 60);
    assert!(took < 20 * 60, "{took} s");
    finish(&mut of, &ids);
}

#[test]
fn a_node_on_which_nothing_starts_takes_no_more() {
    let mut of = installation();
    let mut ids = of.push(jobs(1));
    finish(&mut of, &ids);
    let bad = nodes(&of)[0].id.0.clone();
    of.bad_node = Some(bad.clone());
    ids.extend(of.push(jobs(2)));
    finish(&mut of, &ids);
    let failed = of.told.started.len() - ids.len();
    assert!(failed <= 4, "{failed} launches were lost on it");
    let gone_or_cordoned = nodes(&of).into_iter().filter(|node| node.id.0 == bad);
    for node in gone_or_cordoned {
        assert_eq!(node.cordon.map(|cordon| cordon.why), Some(CordonReason::Failing));
    }
}

fn with_fallback() -> Installation {
    let lasting = Pool { purchase: Purchase::OnDemand, ..pool("arm64-od") };
    let fallback = Fallback { pool: lasting.name.clone(), after: Duration::from_mins(10) };
    let spot = Pool { fallback: Some(fallback), ..pool("arm64-spot") };
    Installation::new(Settings { pools: vec![spot, lasting], ..Settings::default() })
}

fn on_demand(of: &Installation) -> usize {
    nodes(of).iter().filter(|node| node.pool.as_str() == "arm64-od").count()
}

#[test]
fn no_spot_anywhere_is_no_reason_to_wait() {
    let mut of = with_fallback();
    let market = Some(Market::Spot);
    of.machine().short_of(Shortage { instance_type: None, availability_zone: None, market, left: 0 });
    let ids = of.push(jobs(3));
    of.run_for(Duration::from_secs(20));
    let texts: Vec<String> = reasons(&of).into_iter().map(|reason| reason.text).collect();
    assert!(texts.iter().all(|text| text.contains("because pool `arm64-spot` gets no node")), "{texts:?}");
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 3);
    assert!(took < 90, "{took} s");
    assert_eq!(on_demand(&of), 1);
    finish(&mut of, &ids);
}

#[test]
fn a_pool_that_is_full_for_long_sends_its_jobs_on() {
    let mut of = with_fallback();
    let mut rules = (*of.rules).clone();
    rules.pools.values_mut().filter(|pool| pool.fallback.is_some()).for_each(|pool| pool.max_nodes = 1);
    of.rules = std::sync::Arc::new(rules);
    let mut ids = of.push((0..4).map(|i| job(&format!("long {i}"), 3000)).collect());
    assert!(of.run_until(HOUR, |of| of.told.taken.len() == 4));
    ids.extend(of.push(jobs(1)));
    of.run_for(Duration::from_mins(9));
    assert_eq!(on_demand(&of), 0);
    let text = reasons(&of).remove(0).text;
    assert!(text.contains("may go to pool `arm64-od` after 10 min"), "{text}");
    let took = seconds_to(&mut of, |of| of.told.taken.len() == 5);
    assert!(took < 4 * 60, "{took} s");
    assert_eq!(on_demand(&of), 1);
    assert!(of.run_until(3 * HOUR, crate::common::is_quiet));
    check(&of, &ids);
}

fn memory(of: &Installation, pool: &str) -> PoolMemory {
    let rows = of.ledger.rows().into_iter();
    let mut memories = rows.filter_map(|row| if let Row::Pool(memory) = row { Some(memory) } else { None });
    memories.find(|memory| memory.name.as_str() == pool).expect("the pool has ordered")
}

/// Whatever is bought there is taken back after a few minutes, all day long.
#[test]
fn a_spot_storm_is_not_fed() {
    let mut of = with_fallback();
    let mut bought: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for round in 0..60_u64 {
        let _ = of.push(vec![job(&format!("round {round}"), 1)]);
        of.run_for(Duration::from_mins(2));
        let at = Duration::from_millis(of.clock.now().0);
        for node in nodes(&of).into_iter().filter(|node| node.pool.as_str() == "arm64-spot") {
            if bought.insert(node.id.0.clone()) {
                of.machine().reclaim_spot(&node.id.0, at);
            }
        }
    }
    let n_orders = memory(&of, "arm64-spot").version;
    // Three to a pause, in each of two zones, and the pauses of two hours are 10, 20, 40 and 80 minutes.
    assert!(n_orders <= 3 * 4 * 2, "{n_orders} orders in two hours");
    assert!(on_demand(&of) > 0, "the jobs run elsewhere meanwhile");
    let breakers = memory(&of, "arm64-spot").breakers;
    assert!(breakers.iter().any(|breaker| breaker.n_pauses > 0), "{breakers:?}");
    assert!(of.run_until(4 * HOUR, crate::common::is_quiet), "{:#?}", of.ledger.rows());
    assert_eq!(of.told.faults, Vec::<String>::new());
}
