//! Whatever the planner sees, it breaks no rule. The oracle is written from the rules alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use model::id::JobId;
use model::job::{Job, JobState};
use model::label::{self, Kind, Spec, Verdict};
use model::launch::{Launch, LaunchState};
use model::node::{Node, NodeState};
use model::observation::Observation;
use model::plan::Plan;
use model::price::Price;
use model::reason::{Code, Reason};
use model::rules::{Pool, Rules};
use model::shared::Shared;
use model::size::Size;
use model::time::Timestamp;
use model::{Arch, Carrier, Trust, task_size};
use planner::{lint, plan};
use proptest::prelude::*;

use crate::applied::{applied, lasting};
use crate::scenario::{NOW, World, world};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_breaks_a_rule(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let planned = plan(&seen, &rules, NOW);
        prop_assert_eq!(lint::lint(&seen, &rules, &planned.plan, NOW), Vec::<String>::new());
        prop_assert_eq!(&plan(&seen, &rules, NOW), &planned);
    }

    #[test]
    fn nothing_is_bought_once_a_pool_has_spent_its_day(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let plan = plan(&seen, &rules, NOW).plan;
        let after = applied(&seen, &plan);
        for pool in rules.pools.values() {
            let Some((budget, last)) = pool.daily_budget.zip(dearest(&plan, pool)) else { continue };
            // The last of them may be paid for in part.
            let before = cost(&after, pool) - in_an_hour(last);
            prop_assert!(before < u128::from(budget.0) * HOUR_MS, "{}", pool.name);
        }
    }

    #[test]
    fn every_job_that_waits_is_served_or_told_why(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let plan = plan(&seen, &rules, NOW).plan;
        let after = applied(&seen, &plan);
        for job in after.jobs.values().filter(|job| job.state.is_queued()) {
            let is_served = is_served(&after, job);
            let is_told = plan.explain.contains_key(&job.id);
            prop_assert!(is_served != is_told, "job {}: served {is_served}, told {is_told}", job.id);
        }
        let told = plan.explain.keys().filter(|job| !after.jobs.contains_key(job));
        prop_assert_eq!(told.count(), 0);
    }

    #[test]
    fn every_reason_is_true(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let plan = plan(&seen, &rules, NOW).plan;
        let after = applied(&seen, &plan);
        for (job, reason) in &plan.explain {
            prop_assert!(is_true(&after, &rules, &after.jobs[job], reason), "job {job}: {reason:?}");
        }
    }

    #[test]
    fn no_job_waits_while_a_ready_node_has_room_for_it(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let plan = plan(&seen, &rules, NOW).plan;
        let after = applied(&seen, &plan);
        // What others do not allow yet keeps the places of its jobs.
        let is_short = plan.explain.values().any(|reason| reason.text.contains("may be registered"));
        // Room that was made in this plan is given away by the next.
        let gave_way = plan.end.iter().any(|end| end.why.starts_with("it stood by"));
        for (job, reason) in plan.explain.iter().filter(|_| !is_short && !gave_way) {
            if matches!(reason.code, Code::Starting | Code::PoolFull | Code::NoCapacity) {
                prop_assert_eq!(with_room(&after, &rules, &after.jobs[job]), None, "job {}", job);
            }
        }
    }

    #[test]
    fn no_job_that_needs_no_node_waits_while_a_pool_without_any_has_room(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let plan = plan(&seen, &rules, NOW).plan;
        let after = applied(&seen, &plan);
        for (job, reason) in &plan.explain {
            let Verdict::Ours(spec) = label::parse(&seen.jobs[job].labels, None) else { continue };
            let Some(trust) = after.jobs[job].trust else { continue };
            let has_room = |pool: &&Pool| {
                pool.is_serverless()
                    && !is_refused(&after, pool)
                    && !is_spent(&after, pool)
                    && n_of(&after, pool) < pool.max_nodes
            };
            if matches!(reason.code, Code::Starting | Code::PoolFull | Code::NoCapacity) {
                let idle = for_whom(&rules, &spec, trust).into_iter().find(has_room);
                prop_assert_eq!(idle.map(|pool| &pool.name), None, "job {}", job);
            }
        }
    }

    #[test]
    fn what_is_done_is_not_planned_again(scenario in scenarios()) {
        let World { seen, rules } = world(&scenario);
        let first = plan(&seen, &rules, NOW).plan;
        let again = plan(&applied(&seen, &first), &rules, NOW).plan;
        // What waits may be seated otherwise among nodes to come; what was decided stays.
        let again = Plan { order: Vec::new(), explain: [].into(), is_partial: false, ..lasting(again) };
        // A job whose room has just been made takes it then.
        let gave_way = first.end.iter().any(|end| end.why.starts_with("it stood by"));
        prop_assert!(again.is_empty() || gave_way, "{}", crate::text::of(&again));
    }
}

/// A launch stands for the job that has not been taken by another.
fn is_served(seen: &Observation, job: &Job) -> bool {
    let launch = job.launch.and_then(|launch| seen.launches.get(&launch));
    launch.is_some_and(|launch| match &launch.state {
        LaunchState::Busy { took, .. } => *took == Some(job.id),
        LaunchState::Planned | LaunchState::Asked { .. } | LaunchState::Claimed { .. } => {
            launch.job == Some(job.id)
        }
    })
}

fn is_true(after: &Observation, rules: &Rules, job: &Job, reason: &Reason) -> bool {
    if job.doubted_at.is_some() {
        return reason.code == Code::Doubted;
    }
    let Verdict::Ours(spec) = label::parse(&job.labels, None) else {
        return reason.code == Code::WrongLabel;
    };
    let Some(trust) = job.trust else { return reason.code == Code::Unknown };
    let pools = for_whom(rules, &spec, trust);
    let large_enough = |pool: &&Pool| wants(&spec, pool).fits_in(pool.node);
    let holding: Vec<&Pool> = pools.iter().copied().filter(large_enough).collect();
    match reason.code {
        Code::NoPool => pools.is_empty(),
        Code::TooLarge => !pools.is_empty() && holding.is_empty(),
        Code::Starting => holding.iter().any(|pool| is_one_coming(after, pool)),
        Code::PoolFull => {
            !holding.is_empty() && holding.iter().all(|pool| n_of(after, pool) >= pool.max_nodes)
        }
        Code::NoCapacity => holding.iter().any(|pool| is_refused(after, pool)),
        Code::RepositoryLimit => {
            let of_it = |other: &&Shared<Job>| other.repository.id == job.repository.id;
            let has = |other: &&Shared<Job>| {
                matches!(other.state, JobState::Running { runner: Some(_), .. }) || is_served(after, other)
            };
            let n = after.jobs.values().filter(of_it).filter(has).count();
            let n_told = after.jobs.values().filter(of_it).filter(|other| is_to_be_served(other)).count();
            let max = rules.limits.max_jobs_of(&job.repository);
            max.is_some_and(|max| n + n_told >= usize::try_from(max).unwrap())
        }
        Code::Budget if holding.iter().any(|pool| is_spent(after, pool)) => true,
        Code::Budget => {
            let n = after.launches.values().filter(|launch| launch.at.planned == NOW).count();
            n >= usize::try_from(rules.limits.registrations.0).unwrap()
        }
        Code::Paused => job.failed.is_some() && job.n_launches > 1,
        Code::Quarantined | Code::WrongLabel | Code::NoSuchVersion | Code::Unknown | Code::Doubted => false,
    }
}

/// A machine is on its way for it, or it waits for one of its pools': it has its part of the limit.
fn is_to_be_served(job: &Job) -> bool {
    let counts = [Code::Starting, Code::PoolFull, Code::NoCapacity, Code::Budget];
    job.reason.as_ref().is_some_and(|reason| counts.contains(&reason.code))
}

/// Pools that the label and the run's trust admit; where it says no architecture, x86-64 before others.
fn for_whom<'a>(rules: &'a Rules, spec: &Spec, trust: Trust) -> Vec<&'a Pool> {
    let admits = |pool: &&Pool, arch: Arch| {
        pool.arch == arch
            && pool.trust == trust
            && pool.has_gpu == spec.gpu
            && (pool.carrier == Carrier::Nodes || spec.kind == Kind::Bare)
            && spec.purchase.is_none_or(|purchase| pool.purchase == purchase)
    };
    let of = |arch: Arch| rules.pools.values().filter(|pool| admits(pool, arch)).collect::<Vec<_>>();
    match spec.arch {
        Some(arch) => of(arch),
        None if of(Arch::X86_64).is_empty() => of(Arch::Arm64),
        None => of(Arch::X86_64),
    }
}

fn wants(spec: &Spec, pool: &Pool) -> Size {
    spec.shape.map_or(pool.default_size, |shape| shape.size())
}

fn is_one_coming(after: &Observation, pool: &Pool) -> bool {
    let is_ordered = |node: &Node| {
        let is_away = node.state == NodeState::Ready && node.lost_at.is_some();
        node.pool == pool.name && (node.state == NodeState::Ordered || is_away) && node.cordon.is_none()
    };
    after.nodes.values().any(is_ordered) || after.orders.keys().any(|order| order.pool == pool.name)
}

fn n_of(after: &Observation, pool: &Pool) -> u32 {
    if pool.is_serverless() {
        return after.pools.get(&pool.name).map_or(0, |memory| memory.n_launches);
    }
    let nodes = after.nodes.values().filter(|node| node.pool == pool.name).count();
    let orders: u32 = after.orders.values().filter(|order| order.id.pool == pool.name).map(|it| it.n).sum();
    u32::try_from(nodes).unwrap() + orders
}

fn is_refused(after: &Observation, pool: &Pool) -> bool {
    let refusals = after.pools.get(&pool.name).map_or(&[][..], |memory| &memory.refusals);
    if pool.is_serverless() {
        return refusals.iter().any(|it| it.until > NOW);
    }
    let refused: BTreeSet<_> = refusals.iter().filter(|it| it.until > NOW).map(|it| &it.zone).collect();
    pool.zones.iter().all(|zone| refused.contains(zone))
}

const HOUR_MS: u128 = 3_600_000;

fn in_an_hour(price: Price) -> u128 {
    u128::from(price.0) * HOUR_MS
}

/// What the pool has cost since midnight, with the first hour of each node or task, in millionths of a dollar
/// times the milliseconds of an hour.
fn cost(after: &Observation, pool: &Pool) -> u128 {
    let midnight = NOW.0 - NOW.0 % 86_400_000;
    let spent = after.pools.get(&pool.name).and_then(|memory| memory.spent);
    let spent = spent.filter(|spent| spent.until.0 >= midnight);
    let (counted, until) = spent.map_or((0, midnight), |spent| (spent.usd.0, spent.until.0));
    let since = |price: Price, began: Timestamp| {
        let to = NOW.0.max(began.0 + 3_600_000);
        u128::from(price.0) * u128::from(to - began.0.max(until))
    };
    let nodes = after.nodes.values().filter(|node| node.pool == pool.name);
    let nodes: u128 = nodes.map(|node| since(pool.price, node.ordered_at)).sum();
    let orders = after.orders.values().filter(|order| order.id.pool == pool.name);
    let orders: u128 = orders.map(|order| in_an_hour(pool.price) * u128::from(order.n)).sum();
    let tasks = after.launches.values().filter(|launch| launch.node.is_none() && launch.pool == pool.name);
    let began = |launch: &Launch| launch.at.asked.unwrap_or(launch.at.planned);
    let tasks: u128 = tasks.map(|launch| since(task_price(launch, pool), began(launch))).sum();
    u128::from(counted) * HOUR_MS + nodes + orders + tasks
}

/// Whatever is counted is rounded up.
fn is_spent(after: &Observation, pool: &Pool) -> bool {
    let n_rounded = 1 + after.launches.values().filter(|launch| launch.pool == pool.name).count() as u128;
    let cost = cost(after, pool) + n_rounded * HOUR_MS;
    pool.daily_budget.is_some_and(|budget| cost >= u128::from(budget.0) * HOUR_MS)
}

/// What the dearest costs in an hour that the plan buys of the pool.
fn dearest(plan: &Plan, pool: &Pool) -> Option<Price> {
    let stood = plan.standby.values().flat_map(|stand| &stand.place);
    let stood = stood.filter(|(node, _)| node.is_none()).map(|(_, placement)| placement);
    let started = plan.serverless.values().chain(stood).flat_map(|placement| &placement.launches);
    let started = started.filter(|new| new.launch.pool == pool.name);
    let tasks = started.map(|new| task_price(&new.launch, pool));
    let ordered = plan.order.iter().filter(|new| new.order.id.pool == pool.name);
    tasks.chain(ordered.map(|_| pool.price)).max()
}

fn task_price(launch: &Launch, pool: &Pool) -> Price {
    task_size::price(launch.size, pool.arch, pool.purchase)
}

/// A node that could have taken the job.
fn with_room(after: &Observation, rules: &Rules, job: &Job) -> Option<String> {
    let Verdict::Ours(spec) = label::parse(&job.labels, None) else { return None };
    let pools = for_whom(rules, &spec, job.trust?);
    let is_untrusted = job.trust == Some(Trust::Untrusted);
    let is_alone = |labels: &[String]| match label::parse(labels, None) {
        Verdict::Ours(spec) => spec.single_tenant || spec.gpu || is_untrusted,
        Verdict::Foreign | Verdict::Wrong(_) => is_untrusted,
    };
    let mut ready = after.nodes.values().filter(|node| node.is_open());
    let node = ready.find(|node| {
        let Some(pool) = pools.iter().find(|pool| pool.name == node.pool) else { return false };
        let mut others = after.launches.values().filter(|launch| launch.is_on(&node.id)).peekable();
        let is_shared = others.peek().is_some();
        wants(&spec, pool).fits_in(pool.node)
            && wants(&spec, pool).fits_in(node.free())
            && !others.any(|launch| is_alone(&launch.labels))
            && !(is_shared && (spec.single_tenant || spec.gpu || is_untrusted))
    })?;
    Some(node.id.to_string())
}

const LABELS: [&str; 14] = [
    "bare-2c-4g",
    "bare-1c-2g-arm64-st",
    "dagger-4c-8g",
    "dagger-16c-32g",
    "dagger-8c-16g-arm64",
    "dagger-8c-16g-x64-spot",
    "dagger-4c-8g-od",
    "dagger-2c-4g-st",
    "dagger-2c-4g-gpu",
    "dagger",
    "docker-3c-10g",
    "dagger-64c-8g",
    "dagger-4c-arm64-gpu",
    "dagger-1c-30g",
];
const POOLS: [&str; 8] = [
    "x64 16c-32g standby=dagger-4c-8g*2,dagger-2c-4g-st*1",
    "x64-od 8c-16g on-demand",
    "arm 16c-32g arm64 schedule=UTC;mon@08:00-18:00:standby:dagger-8c-16g-arm64*1;tue@08:00-18:00:min:4",
    "arm-od 4c-8g arm64 on-demand default=1c-2g",
    "strangers 16c-32g untrusted",
    "gpus 16c-32g gpu",
    "tasks serverless standby=bare-2c-4g*2",
    "tasks-od serverless arm64 on-demand default=1c-2g",
];

const STATES: [&str; 12] = [
    "",
    "ordered",
    "draining",
    "",
    "cordoned=reclaimed",
    "cordoned=at-risk",
    "idle=60m",
    "lost=1m",
    "lost=20m",
    "ordered ago=20m",
    "",
    "ordered",
];

/// Scenarios, so that what fails is told in their words.
fn scenarios() -> impl Strategy<Value = String> {
    let pools = prop::collection::vec((0..3_u32, any::<bool>(), 0..4_u8, 0..5_u8), POOLS.len());
    let nodes = prop::collection::vec((any::<prop::sample::Index>(), 0..12_u8, 0..3_u8), 0..8);
    let jobs = prop::collection::vec((0..LABELS.len(), 0..100_u32, 0..12_u8, 0..6_u8), 0..20);
    let launches =
        prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_u8), 0..8);
    (pools, nodes, jobs, launches, any::<bool>()).prop_map(|(pools, nodes, jobs, launches, is_sweep)| {
        let mut text = String::new();
        let there: Vec<&str> =
            POOLS.iter().zip(&pools).filter(|(_, it)| it.2 > 0).map(|(pool, _)| *pool).collect();
        for (pool, (max, is_refused, n, budget)) in POOLS.iter().zip(&pools).filter(|(_, it)| it.2 > 0) {
            let name = pool.split(' ').next().unwrap();
            let max = max * 2 + u32::from(*n);
            writeln!(text, "pool {pool} zones=a,b max={max} min={} {}", max / 3, budget_of(pool, *budget))
                .unwrap();
            // Whoever has nodes has a row, and only what has a row is counted.
            if *budget > 1 {
                let ago = ["1m", "20h"][usize::from(*n % 2)];
                writeln!(text, "spent {name} {} ago={ago}", 40 * unit(pool)).unwrap();
            }
            if *is_refused {
                writeln!(text, "refused {name} a 60s none left\nrefused {name} b {}s none left", n % 2)
                    .unwrap();
            }
        }
        let of_their_own = there.iter().filter(|pool| pool.starts_with("tasks "));
        let mut hosts: Vec<_> = of_their_own.map(|pool| ("tasks".to_owned(), *pool)).collect();
        for (at, (pool, state, zone)) in nodes.iter().enumerate().filter(|_| !there.is_empty()) {
            let pool = pool.get(&there);
            if pool.contains("serverless") {
                continue;
            }
            let name = pool.split(' ').next().unwrap();
            if *state >= 10 {
                writeln!(text, "warned n{at} {}", ["reclaimed", "at-risk"][usize::from(state % 2)]).unwrap();
            }
            let state = STATES[usize::from(*state)];
            let zone = ["a", "b", "a"][usize::from(*zone)];
            writeln!(text, "node n{at} {name} {zone} {state}").unwrap();
            if is_sweep && at % 3 != 0 {
                let registered = [
                    "registered=16c-32g",
                    "registered=16c-32g away",
                    "registered=16c-32g tasks=1",
                    "",
                    "registered=16c-32g old",
                ];
                writeln!(text, "member n{at} {name} {zone} {}", registered[(at + hosts.len()) % 5]).unwrap();
            }
            if is_sweep {
                let runs = ["", "tasks=1", "away tasks=1"][at % 3];
                writeln!(text, "registered m{at} 16c-32g {runs}").unwrap();
                writeln!(text, "machine m{at} launched={}m\nmachine n{at} launched=1h", 12 + 2 * at).unwrap();
            }
            if !state.starts_with("ordered") {
                hosts.push((format!("n{at}"), *pool));
            }
        }
        // Whatever stands for a number here gives every case in some scenario.
        if let Some((label, ago, ..)) = jobs.first().filter(|(_, ago, ..)| *ago < 50) {
            writeln!(text, "limits max_jobs={} registrations={}", 1 + ago % 7, 1 + label % 6).unwrap();
        }
        job_lines(&mut text, &jobs);
        launch_lines(&mut text, &jobs, &launches, &hosts);
        if is_sweep {
            runner_lines(&mut text, &launches);
        }
        text
    })
}

/// None, one that is spent by what is there, and one that is not.
fn budget_of(pool: &str, n: u8) -> String {
    let hours = [None, None, Some(50), Some(150), Some(450)][usize::from(n)];
    hours.map_or_else(String::new, |n| format!("budget={}", n * unit(pool)))
}

/// A hundredth of what an hour of a node costs, or of a small task.
fn unit(pool: &str) -> u64 {
    if pool.contains("serverless") { 400 } else { 1 }
}

fn job_lines(text: &mut String, jobs: &[(usize, u32, u8, u8)]) {
    for (place, (label, ago, more, _)) in jobs.iter().enumerate() {
        let id = place + 1;
        let of = if id % 3 == 0 { "of=bank" } else { "" };
        let more = match more {
            0 => "untrusted",
            1 => "unasked",
            2 => "doubted=5s",
            3 => "doubted=30s",
            4 => "n=1 failed=1s",
            5 => "n=3 failed=1s",
            6 => "running=somebody",
            _ => "",
        };
        writeln!(text, "job {id} {} ago={ago}s {more} {of} launch={id}-1", LABELS[*label]).unwrap();
        if let Some(answer) =
            ["queued", "running=somebody", "ended", "gone", "waiting"].get(usize::from(jobs[place].3))
        {
            writeln!(text, "answer {id} {answer}").unwrap();
        }
    }
}

fn launch_lines(
    text: &mut String,
    jobs: &[(usize, u32, u8, u8)],
    launches: &[(prop::sample::Index, prop::sample::Index, u8)],
    hosts: &[(String, &str)],
) {
    let mut launched = BTreeSet::new();
    let mut on = BTreeSet::new();
    for (job, node, state) in launches.iter().filter(|_| !jobs.is_empty() && !hosts.is_empty()) {
        let id = job.index(jobs.len()) + 1;
        let (node, pool) = node.get(hosts);
        let label = LABELS[jobs[id - 1].0];
        // One to a node, where it belongs: how many share it is the planner's to decide.
        let belongs = match pool.split(' ').next() {
            Some("x64") => ["dagger-4c-8g", "dagger-2c-4g-st", "dagger"].contains(&label),
            Some("tasks") => label == "bare-2c-4g",
            _ => false,
        };
        if !belongs || !launched.insert(JobId(id as u64)) || !on.insert(node.clone()) {
            continue;
        }
        let state = ["", "asked=t", "claimed=t", "busy=t", "busy=t took=99", "busy=t took=99 over=20m"]
            [usize::from(*state)];
        let state = state.replacen("=t", &format!("=t{id}"), 1);
        writeln!(text, "launch {id}-1 {node} {state} at=acme attempt={}", 1 + id % 2).unwrap();
        if id % 5 == 0 && pool.contains("standby=") {
            let image = if id % 2 == 0 { "any" } else { "dagger-x86_64" };
            writeln!(text, "launch 0-{id} {node} asked=s{id} job=none as=dagger-4c-8g image={image}")
                .unwrap();
        }
        if id % 4 == 0 && !state.is_empty() {
            writeln!(text, "stopped t{id} it broke").unwrap();
        }
    }
}

/// Runners of launches that there are, that there were, and that nobody knows.
fn runner_lines(text: &mut String, launches: &[(prop::sample::Index, prop::sample::Index, u8)]) {
    writeln!(text, "roll acme").unwrap();
    for (id, (_, _, state)) in launches.iter().enumerate().filter(|(_, (_, _, state))| *state > 0) {
        let (id, more) = (id + 1, ["", "", "busy", "over", "over busy", "gone"][usize::from(*state)]);
        if more == "gone" {
            writeln!(text, "task t{id}").unwrap();
            continue;
        }
        writeln!(text, "runner {id}-1-1 acme {more}\nrunner {id}-1-2 acme").unwrap();
        if id % 2 == 0 {
            writeln!(text, "task x{id} of={id}-1 began={}m", 4 + id).unwrap();
        }
    }
}
