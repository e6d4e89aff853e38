//! A world in a few lines of text.
//!
//! ```text
//! pool x64 16c-32g max=2 zones=a,b          arm64, on-demand, untrusted, gpu, default=4c-8g, min=1,
//!                                           idle_after=30m, max_age=24h, price=100, fallback=od@10m, standby=dagger-4c-8g*2,
//!                                           schedule=UTC;mon..fri@08:00-18:00:min:3
//! pool tasks serverless max=2               arm64, on-demand, untrusted, default=4c-8g
//! node n1 x64 a ago=10m                     ordered, draining, cordoned=at-risk, size=8c-16g, v=3, idle=5m, lost=5m, failed=2
//! job 7 dagger-v0.19.4-4c ago=30s           of=shop, untrusted, unasked, launch=7-1, n=1, failed=5s, doubted=5s, running=7-1-1,
//!                                           ran=5s, checked=5s, committed, told=5s
//! launch 7-1 n1 asked=t1 ago=2m             planned, claimed=t1, busy=t1, over=5m, took=8 or nothing, job=none, at=acme, attempt=2; counts on its node;
//!                                           in a serverless pool, that stands for the node
//! order x64 a 2
//! spent x64 900 ago=1m                      millionths of a dollar, as budget= of a pool
//! price x64 a=90 b=200 ago=10m              what spot costs by zone, as it was told; also: quoted x64 a=90, just now
//! limits max_jobs=2 registrations=3          cluster=5; shop=1 is the repository's own
//! refused x64 a 60s no such machines        also: 60s*3 for the third time
//! missing v0.19.9 there is no such release  also: unread
//! stopped t1 the engine has ended           also: stopped of=7-1, host
//! lost 1 jobs=7 ago=5m                      attempt=1, asked=2m, n=1, over=2h; of run 1, as all jobs are (or run=2)
//! fate 1 failure jobs=7:failure@1m          running, attempt=2; how the forge says that it ended
//! broken x64 a n=2 pauses=1 for=5m          of an offering that was lost twice since its last pause
//! failing dagger-x86_64 3 moves=1 on=n1      a revision, and how often it failed; ago=10s
//! warned n1 reclaimed                       or at-risk
//! answer 7 queued                           waiting, running=7-1-1, ended on=quillon-7-1-1, gone
//! survey
//! member n1 x64 a                           of the survey: registered=16c-32g, away, old, tasks=1
//! registered m1 16c-32g                     of the survey, a machine that is no member: away, tasks=1
//! held x64 2                                of the survey
//! drained n1                                of the survey
//! task t1                                   of the survey; of=7-1 began=10m at=acme, where it was looked at
//! runs_asked 7                              about whose code they are
//! machine m1 launched=1h                    that no group has
//! roll acme                                 whose runners are listed; absent
//! runner 7-1-1 acme                         of the roll: busy, over
//! delivered until=2m rest=page3             stubborn=e1 n=3
//! delivery 9 e1 ago=1m                      failed, refused, again; the newest first
//! more page4                                of the deliveries
//! scope acme ago=10m                        where runners were registered
//! ```
//!
//! All of it happens at one moment; `ago` is before it.

use std::collections::BTreeMap;
use std::time::Duration;

use model::budget::AMinute;
use model::cordon::{Cordon, CordonReason, Warned};
use model::delivery::{Delivery, DeliveryMemory, Outcome, Rest, Stubborn};
use model::failing::Failing;
use model::id::{
    DeliveryId, InstallationId, InstanceId, JobId, LaunchId, OrderId, RegistrationId, RepositoryId, Revision,
    RunId, RunnerName, ScopeId, TaskId, Zone,
};
use model::job::{Failed, Job, JobState, Repository};
use model::label::{self, Kind, Spec, Verdict};
use model::launch::{Claim, Launch, LaunchState, Times};
use model::money::{Spent, Usd};
use model::node::{Breaker, Node, NodeState, Order, PoolMemory, Refusal};
use model::observation::{
    Cause, Definition, DefinitionKey, Member, Observation, Registration, Stopped, Stray, Survey,
};
use model::price::{Price, SpotPrices};
use model::registration::{Registered, Roll, Scope, ScopeMemory};
use model::rules::{Limits, Rules};
use model::size::Size;
use model::time::Timestamp;
use model::{Arch, Carrier, Trust};

use crate::line::{Line, before, duration, number};
use crate::pools::{kept_labels, pool, pool_name, size_of};
use crate::told::{answer, fate, lost};

pub(crate) const NOW: Timestamp = Timestamp(1_000_000_000);

pub(crate) struct World {
    pub(crate) seen: Observation,
    pub(crate) rules: Rules,
}

pub(crate) fn world(text: &str) -> World {
    let mut world = World {
        seen: Observation::default(),
        rules: Rules {
            min_version: None,
            private_repositories_allow_forks: true,
            pools: BTreeMap::new(),
            limits: Limits::default(),
        },
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (exceptions, lines): (Vec<_>, Vec<_>) =
        lines.partition(|line| line.starts_with("missing ") || line.starts_with("unread "));
    for line in lines {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        world.line(what, &Line::new(rest));
    }
    define(&mut world.seen, &world.rules, &exceptions);
    world
}

impl World {
    fn line(&mut self, what: &str, line: &Line<'_>) {
        let seen = &mut self.seen;
        match what {
            "pool" => drop(self.rules.pools.insert(pool_name(line.at(0)), pool(line))),
            "node" => {
                let node = node(line, &self.rules);
                seen.nodes.insert(node.id.clone(), node);
            }
            "job" => drop(seen.jobs.insert(JobId(number(line.at(0))), job(line).into())),
            "launch" => launch(seen, &self.rules, line),
            "order" => {
                let id = OrderId { pool: pool_name(line.at(0)), version: 0 };
                let order = Order { id: id.clone(), zone: line.at(1).into(), n: number(line.at(2)), at: NOW };
                seen.pools.entry(id.pool.clone()).or_insert_with(|| memory(line.at(0), 1));
                seen.orders.insert(id, order);
            }
            "refused" => {
                let pool = seen.pools.entry(pool_name(line.at(0))).or_insert_with(|| memory(line.at(0), 0));
                let (pause, n) = line.at(2).split_once('*').unwrap_or((line.at(2), "1"));
                let (until, n) = (NOW.after(duration(pause)), number(n));
                pool.refusals.push(Refusal { zone: line.at(1).into(), until, n, why: line.from(3) });
            }
            "stopped" => seen.stopped.push(Stopped {
                task: if line.get("of").is_some() { "unknown" } else { line.at(0) }.into(),
                launch: line.get("of").map(|id| id.parse().unwrap()),
                cause: if line.says("host") { Cause::Machine } else { Cause::Other },
                why: line.from(1),
            }),
            "spent" => {
                let memory = seen.pools.entry(pool_name(line.at(0))).or_insert_with(|| memory(line.at(0), 1));
                memory.spent = Some(Spent { usd: Usd(number(line.at(1))), until: line.ago(Duration::ZERO) });
            }
            "price" => {
                let at = line.ago(Duration::ZERO);
                let prices = seen.prices.get_or_insert(SpotPrices { at, pools: BTreeMap::new() });
                prices.pools.insert(pool_name(line.at(0)), zone_prices(line));
            }
            "quoted" => {
                seen.quoted.get_or_insert_default().insert(pool_name(line.at(0)), zone_prices(line));
            }
            "lost" => drop(seen.runs.insert(RunId(number(line.at(0))), lost(line))),
            "fate" => drop(seen.fates.insert(RunId(number(line.at(0))), fate(line))),
            "limits" => self.rules.limits = limits(line),
            "answer" => drop(seen.answers.insert(JobId(number(line.at(0))), answer(line))),
            "survey" => seen.survey = Some(Survey::default()),
            "member" => {
                let survey = seen.survey.get_or_insert_default();
                let pool = pool_name(line.at(1));
                let member = Member { pool, zone: line.at(2).into(), is_outdated: line.says("old") };
                survey.members.insert(line.at(0).into(), member);
                let registered =
                    line.get("registered").map(|size| (line.at(0).into(), registration(line, size)));
                survey.registered.extend(registered);
            }
            "runs_asked" => drop(seen.runs_asked.insert(repository("shop").installation, number(line.at(0)))),
            "machine" => drop(seen.loose.insert(line.at(0).into(), before(line.get("launched").unwrap()))),
            "registered" => {
                let survey = seen.survey.get_or_insert_default();
                survey.registered.insert(line.at(0).into(), registration(line, line.at(1)));
            }
            "roll" => {
                let scope = scope(line.at(0));
                let roll = seen.roll.get_or_insert_default();
                roll.absent.extend(line.says("absent").then(|| scope.id.clone()));
                roll.listed.insert(scope.id.clone(), scope);
            }
            "runner" => runner(seen.roll.get_or_insert_default(), line),
            "delivered" => {
                let memory = DeliveryMemory {
                    until: before(line.get("until").unwrap()),
                    rest: line.get("rest").map(|page| Rest { page: page.to_owned(), began: before("5m") }),
                    stubborn: line
                        .get("stubborn")
                        .map(|event| Stubborn { event: event.to_owned(), n: number(line.get("n").unwrap()) })
                        .into_iter()
                        .collect(),
                };
                seen.delivered = Some(memory);
                seen.deliveries.get_or_insert_default();
            }
            "delivery" => seen.deliveries.get_or_insert_default().list.push(Delivery {
                id: DeliveryId(number(line.at(0))),
                event: line.at(1).to_owned(),
                at: line.ago(Duration::ZERO),
                is_again: line.says("again"),
                outcome: match () {
                    () if line.says("failed") => Outcome::Failed,
                    () if line.says("refused") => Outcome::Refused,
                    () => Outcome::Received,
                },
            }),
            "more" => seen.deliveries.get_or_insert_default().rest = Some(line.at(0).to_owned()),
            "scope" => {
                let scope = scope(line.at(0));
                let at = line.ago(Duration::from_mins(10));
                seen.scopes.insert(scope.id.clone(), ScopeMemory { scope, at });
            }
            "held" => {
                let survey = seen.survey.get_or_insert_default();
                survey.held.insert(pool_name(line.at(0)), number(line.at(1)));
            }
            "drained" => drop(seen.survey.get_or_insert_default().draining.insert(line.at(0).into())),
            "broken" => {
                let pool = seen.pools.entry(pool_name(line.at(0))).or_insert_with(|| memory(line.at(0), 0));
                pool.breakers.push(Breaker {
                    zone: line.at(1).into(),
                    n: line.get("n").map_or(0, number),
                    at: line.ago(Duration::from_mins(1)),
                    n_pauses: line.get("pauses").map_or(0, number),
                    until: line.get("for").map_or(Timestamp(0), |span| NOW.after(duration(span))),
                });
            }
            "failing" => {
                let failing = Failing {
                    revision: line.at(0).into(),
                    n: number(line.at(1)),
                    n_rounds: line.get("rounds").map_or(1, number),
                    n_moves: line.get("moves").map_or(0, number),
                    node: Some(line.get("on").unwrap_or("n9").into()),
                    at: line.ago(Duration::from_secs(10)),
                    why: "it could not be pulled".to_owned(),
                };
                seen.failing.insert(failing.revision.clone(), failing);
            }
            "warned" => {
                seen.warned.push(Warned { node: line.at(0).into(), why: cordon_reason(line.at(1)) });
            }
            "task" => {
                let task = TaskId::from(line.at(0));
                let survey = seen.survey.get_or_insert_default();
                survey.tasks.insert(task.clone(), Trust::Trusted);
                if let Some(began) = line.get("began") {
                    let launch = line.get("of").unwrap().parse().unwrap();
                    let scope = line.get("at").map(ScopeId::from);
                    let stray = Stray { trust: Trust::Trusted, launch, began: before(began), scope };
                    seen.strays.insert(task, stray);
                }
            }
            other => panic!("`{other}` begins no line of a scenario"),
        }
    }
}

fn zone_prices(line: &Line<'_>) -> BTreeMap<Zone, Price> {
    let zones = ["a", "b", "c"].into_iter();
    zones.filter_map(|zone| Some((zone.into(), Price(number(line.get(zone)?))))).collect()
}

fn node(line: &Line<'_>, rules: &Rules) -> Node {
    let pool = pool_name(line.at(1));
    let state = match () {
        () if line.says("ordered") => NodeState::Ordered,
        () if line.says("draining") => NodeState::Draining,
        () => NodeState::Ready,
    };
    let at = line.ago(Duration::from_mins(10));
    Node {
        id: line.at(0).into(),
        zone: line.at(2).into(),
        state,
        version: line.get("v").map_or(0, number),
        size: line.get("size").map_or_else(|| rules.pools[&pool].node, size_of),
        used: Size::default(),
        n_launches: 0,
        ordered_at: at,
        ready_at: (state != NodeState::Ordered).then_some(at),
        n_failed: line.get("failed").map_or(0, number),
        idle_since: (state != NodeState::Ordered).then(|| line.get("idle").map_or(at, before)),
        lost_at: line.get("lost").map(before),
        cordon: line.get("cordoned").map(|why| Cordon { why: cordon_reason(why), at }),
        pool,
    }
}

fn registration(line: &Line<'_>, size: &str) -> Registration {
    Registration {
        handle: format!("handle-{}", line.at(0)),
        size: size_of(size),
        is_connected: !line.says("away"),
        n_tasks: line.get("tasks").map_or(0, number),
    }
}

pub(crate) fn job(line: &Line<'_>) -> Job {
    let failed = line.get("failed").map(|ago| Failed { at: before(ago), why: "it broke".to_owned() });
    let running = line.get("running").map(|by| JobState::Running {
        runner: RunnerName::parse(by),
        at: line.get("ran").map_or(NOW, before),
    });
    Job {
        id: JobId(number(line.at(0))),
        run: RunId(line.get("run").map_or(1, number)),
        attempt: line.get("attempt").map_or(1, number),
        repository: repository(line.get("of").unwrap_or("shop")),
        labels: line.at(1).split(',').map(str::to_owned).collect(),
        queued_at: line.ago(Duration::from_secs(30)),
        state: running.unwrap_or(JobState::Queued),
        trust: match () {
            () if line.says("unasked") => None,
            () if line.says("untrusted") => Some(Trust::Untrusted),
            () => Some(Trust::Trusted),
        },
        launch: line.get("launch").map(|id| id.parse().unwrap()),
        n_launches: line.get("n").map_or_else(|| line.get("launch").map_or(0, |id| launch_id(id).n), number),
        failed,
        commit: line.says("committed").then(|| "c0ffee".to_owned()),
        checked_at: line.get("checked").map(before),
        told_at: line.get("told").map(before),
        doubted_at: line.get("doubted").map(before),
        reason: None,
    }
}

pub(crate) fn repository(name: &str) -> Repository {
    Repository {
        id: RepositoryId(name.bytes().map(u64::from).sum()),
        installation: InstallationId(1),
        owner: "acme".to_owned(),
        name: name.to_owned(),
        is_organization: true,
        is_private: true,
    }
}

fn limits(line: &Line<'_>) -> Limits {
    let mut limits = Limits::default();
    for (key, n) in line.pairs() {
        match key {
            "max_jobs" => limits.max_jobs = Some(number(n)),
            "cluster" => limits.max_cluster_nodes = number(n),
            "registrations" => limits.registrations = AMinute(number(n)),
            "apps" => limits.n_apps = number(n),
            "points" => limits.points = AMinute(number(n)),
            name => drop(limits.repositories.insert(format!("acme/{name}"), number(n))),
        }
    }
    limits
}

/// A launch is of its job's label, or of the one that is said, and takes its room on the node.
fn launch(seen: &mut Observation, rules: &Rules, line: &Line<'_>) {
    let id = launch_id(line.at(0));
    let node = seen.nodes.get_mut(&InstanceId::from(line.at(1)));
    let pool = &rules.pools[&node.as_ref().map_or_else(|| pool_name(line.at(1)), |node| node.pool.clone())];
    let label = line.get("as").map_or_else(|| seen.jobs[&id.job].labels[0].clone(), str::to_owned);
    let task = |of: &str| TaskId::from(line.get(of).unwrap());
    let claim = Claim { nonce_hash: "hash".to_owned(), attempt: line.get("attempt").map_or(1, number) };
    let state = match () {
        () if line.get("asked").is_some() => LaunchState::Asked { task: task("asked") },
        () if line.get("claimed").is_some() => LaunchState::Claimed { task: task("claimed"), claim },
        () if line.get("busy").is_some() => LaunchState::Busy {
            task: task("busy"),
            took: match line.get("took") {
                Some("nothing") => None,
                Some(other) => Some(JobId(number(other))),
                None => Some(id.job),
            },
        },
        () => LaunchState::Planned,
    };
    let at = line.ago(Duration::from_mins(2));
    let size = pool.fit(spec(&label).size(pool.default_size)).expect("it fits");
    let on = node.as_ref().map(|node| node.id.clone());
    match node {
        Some(node) => {
            node.used = node.used.checked_add(size).unwrap();
            node.n_launches += 1;
        }
        None => {
            let none = || PoolMemory::first(pool.name.clone());
            seen.pools.entry(pool.name.clone()).or_insert_with(none).n_launches += 1;
        }
    }
    let launch = Launch {
        id,
        job: match line.get("job") {
            Some("none") => None,
            Some(other) => Some(JobId(number(other))),
            None => Some(id.job),
        },
        pool: pool.name.clone(),
        node: on,
        trust: pool.trust,
        size,
        revision: line.get("image").unwrap_or("any").into(),
        labels: vec![label],
        scope: line.get("at").map(ScopeId::from),
        at: Times {
            planned: at,
            asked: state.task().map(|_| at),
            claimed: line.get("claimed").map(|_| at),
            busy: matches!(state, LaunchState::Busy { .. }).then_some(at),
            over: line.get("over").map(before),
        },
        state,
    };
    seen.launches.insert(id, launch.into());
}

fn runner(roll: &mut Roll, line: &Line<'_>) {
    let name = RunnerName::parse(&format!("quillon-{}", line.at(0))).unwrap();
    let id = RegistrationId(roll.runners.len() as u64 + 1);
    let registered = Registered { id, name, is_busy: line.says("busy") };
    roll.runners.insert(name, (line.at(1).into(), registered));
    if line.says("over") {
        roll.over.insert(name);
    }
}

fn scope(text: &str) -> Scope {
    Scope { id: text.into(), installation: InstallationId(1) }
}

/// Every task definition that a job of the scenario could need is there, on either architecture.
fn define(seen: &mut Observation, rules: &Rules, exceptions: &[&str]) {
    let of_jobs = seen.jobs.values().map(|job| job.labels.clone());
    let stands = rules.pools.values().flat_map(kept_labels).map(|label| vec![label]);
    for labels in of_jobs.chain(stands).collect::<Vec<_>>() {
        let Verdict::Ours(spec) = label::parse(&labels, None) else { continue };
        for (arch, carrier) in Arch::ALL.into_iter().flat_map(|arch| Carrier::ALL.map(|it| (arch, it))) {
            let key = DefinitionKey {
                kind: spec.kind,
                version: spec.engine().cloned(),
                arch,
                carrier,
                has_gpu: spec.gpu,
                has_dind: spec.dind || spec.kind == Kind::Docker,
            };
            let revision = Definition::Ready(Revision(format!("{}-{arch}", spec.kind)));
            seen.definitions.insert(key, revision);
        }
    }
    for exception in exceptions {
        let mut words = exception.splitn(3, ' ');
        let mut word = || words.next().expect("an exception has three parts");
        let (what, version, text) = (word(), word(), word().to_owned());
        for (key, definition) in &mut seen.definitions {
            if key.version.as_ref().is_some_and(|it| it.to_string() == version) {
                *definition = match what {
                    "missing" => Definition::Missing(text.clone()),
                    _ => Definition::Unknown(text.clone()),
                };
            }
        }
    }
}

pub(crate) fn spec(label: &str) -> Spec {
    match label::parse(&[label], None) {
        Verdict::Ours(spec) => spec,
        Verdict::Foreign | Verdict::Wrong(_) => panic!("`{label}` is no label of ours"),
    }
}

fn memory(pool: &str, version: u64) -> PoolMemory {
    PoolMemory { version, ..PoolMemory::first(pool_name(pool)) }
}

fn cordon_reason(text: &str) -> CordonReason {
    CordonReason::from_name(text).unwrap()
}

fn launch_id(text: &str) -> LaunchId {
    text.parse().unwrap()
}
