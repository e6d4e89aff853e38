//! What goes wrong: every fault that the world has, in an operator's words.

use model::label::Release;

use super::function;
use super::job::{one_of_name, some_of_name};
use super::setup::zone;
use super::words::{Words, Wrong, release};
use crate::compute::{Market, Shortage, Surcharge};
use crate::github::{self, Action, ApiFault, ApiMishap, HookMatch, HookMishap};
use crate::installation::{self, Function, Installation, Mishap, Skew};
use crate::port::{CallFault, Side};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    Webhooks {
        action: Option<Action>,
        mishap: HookMishap,
        times: Option<u32>,
        job: Option<String>,
    },
    /// What was held comes now, in this order; the rest after it.
    Released(Vec<Action>),
    /// Webhooks come as they should again.
    WebhooksAreWell,
    /// Somebody says this of a job, and GitHub never did.
    Forged(Action, String),
    /// Somebody else's runner takes the job, and ends it.
    Stranger {
        job: String,
        /// Unless one of ours was faster.
        if_free: bool,
    },
    /// This job goes to the runner that was registered for that one.
    Bind {
        job: String,
        runner_of: String,
    },
    GitHubAnswers {
        mishap: ApiMishap,
        times: Option<u32>,
        operation: Option<String>,
    },
    GitHubIsAway,
    GitHubIsBack,
    AwsWell,
    Aws {
        call: &'static str,
        fault: CallFault,
        times: u32,
    },
    Shortage(Shortage),
    ShortageIsOver(Shortage),
    FargateIsShort {
        /// Of one price or of both.
        market: Option<Market>,
        is_short: bool,
    },
    FargateSpotIsTakenBack,
    /// Spot machines cost so many hundredths of what they would.
    SpotPrice {
        zone: Option<String>,
        percent: u32,
    },
    Node {
        which: Which,
        fate: Fate,
    },
    Function(Function, Mishap, u64, Side),
    Clock(Skew),
    Luck(Luck, u32),
    /// A message that is none of ours stands at the head of the doorbell.
    Unreadable,
    Publish(Release),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// Counted from none, as they were launched.
    The(usize),
    /// Whichever has this number, if there is any: counted on from the first after the last.
    Any(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Lost without a word.
    Dies,
    /// Taken back after the warning.
    Reclaimed,
    Rebalance,
    Disconnects,
    Reconnects,
    /// Its container runtime fails: ECS ends its tasks.
    Impaired,
    Mended,
    /// Stopped by hand, not terminated.
    Stopped,
    /// Taken out of its group by hand; it goes on.
    Detached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    Announcements,
    Stops,
    Warnings,
    ClaimAnswers,
    Boots,
    TaskStarts,
    Listeners,
    HungEnds,
    HungJobs,
}

const ACTIONS: [(&str, Option<Action>); 5] = [
    ("all", None),
    ("queued", Some(Action::Queued)),
    ("waiting", Some(Action::Waiting)),
    ("in_progress", Some(Action::InProgress)),
    ("completed", Some(Action::Completed)),
];

impl Trouble {
    /// Nothing, if the line is about something else.
    pub(crate) fn read(words: &mut Words<'_>) -> Result<Option<Self>, Wrong> {
        Ok(Some(match words.verb() {
            "webhooks" => webhooks(words)?,
            "forged" => {
                let said = [
                    ("waiting", Action::Waiting),
                    ("in_progress", Action::InProgress),
                    ("completed", Action::Completed),
                ];
                let said = words.one_of("what is said of a job", &said)?;
                words.literally("of")?;
                Self::Forged(said, words.word("the name of a job")?.to_owned())
            }
            "stranger" => {
                words.literally("takes")?;
                let job = words.word("the name of a job")?.to_owned();
                let if_free = words.peek() == Some("if");
                if if_free {
                    words.literally("if free")?;
                }
                Self::Stranger { job, if_free }
            }
            "bind" => {
                let job = words.word("the name of a job")?.to_owned();
                words.literally("to the runner of")?;
                Self::Bind { job, runner_of: words.word("the name of a job")?.to_owned() }
            }
            "github" => github(words)?,
            "aws" => aws(words)?,
            "shortage" => shortage(words)?,
            "fargate" => fargate(words)?,
            "price" => spot_price(words)?,
            "node" => node(words)?,
            "function" => function::befallen(words)?,
            "clock" => function::wrong_clock(words)?,
            "lose" => {
                let all = [
                    ("announcement", Luck::Announcements),
                    ("stop", Luck::Stops),
                    ("warning", Luck::Warnings),
                    ("claim-answer", Luck::ClaimAnswers),
                ];
                Self::Luck(words.one_of("what is lost", &all)?, words.number("times")?.unwrap_or(1))
            }
            "fail" => {
                let what = words.one_of(
                    "what fails",
                    &[("task-start", Luck::TaskStarts), ("boot", Luck::Boots), ("listener", Luck::Listeners)],
                )?;
                Self::Luck(what, words.number("times")?.unwrap_or(1))
            }
            "hang" => {
                let when = words.one_of(
                    "when the runner hangs",
                    &[("after-job", Luck::HungEnds), ("in-job", Luck::HungJobs)],
                )?;
                Self::Luck(when, words.number("times")?.unwrap_or(1))
            }
            "unreadable" => {
                words.literally("message")?;
                Self::Unreadable
            }
            "publish" => Self::Publish(release(words.word("a release, like `v0.19.5`")?)?),
            _ => return Ok(None),
        }))
    }

    pub(crate) fn apply(&self, of: &mut Installation) -> Result<(), Wrong> {
        let (for_github, for_compute) = (of.clock.of_github(), of.clock.of_compute());
        match self {
            Self::Webhooks { action, mishap, times, job } => {
                let job = job.as_ref().map(|name| one_of_name(of, name)).transpose()?;
                let which = HookMatch { job: job.map(|job| github::JobId(job.0)), action: *action };
                of.github().trouble_hooks(which, mishap.clone(), *times);
            }
            Self::Released(order) => {
                let mut github = of.github();
                let held = github.held_deliveries().to_vec();
                let place = |id: &github::DeliveryId| {
                    let action = github.deliveries.get(id).map(|delivery| delivery.event.action);
                    order.iter().position(|it| Some(*it) == action).unwrap_or(order.len())
                };
                let mut sorted = held;
                sorted.sort_by_key(place);
                github.release_held(&sorted, for_github);
            }
            Self::WebhooksAreWell => of.github().hook_faults.clear(),
            Self::Forged(said, job) => {
                let job = one_of_name(of, job)?;
                of.forge_event(*said, job);
            }
            Self::Stranger { job, if_free } => {
                let mut jobs = some_of_name(of, job)?;
                jobs.retain(|job| !if_free || of.is_free(*job));
                for job in jobs {
                    of.take_by_stranger(job)?;
                }
            }
            Self::Bind { job, runner_of } => {
                let (job, other) = (one_of_name(of, job)?, one_of_name(of, runner_of)?);
                of.bind(job, other)?;
            }
            Self::GitHubAnswers { mishap, times, operation } => {
                let (operation, mishap) = (operation.clone(), mishap.clone());
                of.github().api_faults.push(ApiFault { operation, mishap, times: *times });
            }
            Self::GitHubIsAway => {
                let mishap = ApiMishap::Status { status: 503, retry_after: None };
                let mut github = of.github();
                github.api_faults.push(ApiFault { operation: None, mishap, times: None });
                github.trouble_hooks(HookMatch::default(), HookMishap::Fail, None);
            }
            Self::GitHubIsBack => {
                let mut github = of.github();
                github.api_faults.clear();
                github.hook_faults.clear();
            }
            Self::AwsWell => of.calls().trouble_no_more(),
            Self::Aws { call, fault, times } => of.calls().trouble(call, *fault, *times),
            Self::Shortage(shortage) => of.machine().short_of(shortage.clone()),
            Self::ShortageIsOver(shortage) => of.machine().end_shortage(shortage),
            Self::FargateIsShort { market, is_short } => {
                for short in [Market::Spot, Market::OnDemand] {
                    if market.is_none_or(|market| market == short) {
                        of.machine().fargate_is_short(short == Market::Spot, *is_short);
                    }
                }
            }
            Self::FargateSpotIsTakenBack => drop(of.machine().interrupt_fargate_spot(for_compute)),
            Self::SpotPrice { zone, percent } => of.machine().surcharge(Surcharge {
                availability_zone: zone.clone(),
                percent: *percent,
                since: for_compute,
            }),
            Self::Node { which, fate } => {
                for node in nodes(of, *which)? {
                    let mut machine = of.machine();
                    match fate {
                        Fate::Dies => machine.lose_host(&node, for_compute),
                        Fate::Reclaimed => machine.reclaim_spot(&node, for_compute),
                        Fate::Rebalance => machine.recommend_rebalance(&node, for_compute),
                        Fate::Disconnects => machine.agent_disconnected(&node, for_compute),
                        Fate::Reconnects => machine.agent_reconnected(&node, for_compute),
                        Fate::Impaired => machine.impair_host(&node, for_compute),
                        Fate::Mended => machine.mend_host(&node, for_compute),
                        Fate::Stopped => machine.stop_host(&node, for_compute),
                        Fate::Detached => machine.detach(&node, for_compute),
                    }
                }
            }
            Self::Function(function, mishap, call, side) => {
                of.trouble = Some(installation::Trouble::new(*function, *call, *side, *mishap));
            }
            Self::Clock(skew) => of.skews.push(*skew),
            Self::Luck(luck, times) => {
                let left = match luck {
                    Luck::Announcements => &mut of.luck.lost_announcements,
                    Luck::Stops => &mut of.luck.lost_stops,
                    Luck::Warnings => &mut of.luck.lost_warnings,
                    Luck::ClaimAnswers => &mut of.luck.lost_claims,
                    Luck::TaskStarts => &mut of.luck.failed_starts,
                    Luck::Listeners => &mut of.luck.ghosts,
                    Luck::Boots => &mut of.luck.dead_boots,
                    Luck::HungEnds => &mut of.luck.hung_ends,
                    Luck::HungJobs => &mut of.luck.hung_jobs,
                };
                *left = left.saturating_add(*times);
            }
            Self::Unreadable => of.put_unreadable_message(),
            Self::Publish(release) => of.compute.publish(release.clone()),
        }
        Ok(())
    }
}

fn webhooks(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    match words.peek() {
        Some("released") => {
            words.next();
            let order =
                words.named("order").map(|order| order.split(',').map(action).collect::<Result<_, _>>());
            return Ok(Trouble::Released(order.transpose()?.unwrap_or_default()));
        }
        Some("well") => {
            words.next();
            return Ok(Trouble::WebhooksAreWell);
        }
        Some(_) | None => {}
    }
    let action = words.one_of("which event, or `released` or `well`", &ACTIONS)?;
    let mishap =
        match words.word("what becomes of them: `lost`, `failed`, `doubled`, `held` or `late by=30s`")? {
            "lost" => HookMishap::Lose,
            "failed" => HookMishap::Fail,
            "doubled" => HookMishap::Twice,
            "held" => HookMishap::Hold,
            "late" => HookMishap::Delay(words.span("by")?.ok_or("`late` needs how late: `by=30s`")?),
            other => {
                return Err(format!(
                    "webhooks are `lost`, `failed`, `doubled`, `held` or `late by=30s`, not `{other}`"
                ));
            }
        };
    let (times, job) = (words.number("times")?, words.named("job").map(str::to_owned));
    Ok(Trouble::Webhooks { action, mishap, times, job })
}

fn action(name: &str) -> Result<Action, Wrong> {
    let found = ACTIONS.iter().find(|(it, _)| *it == name).and_then(|(_, action)| *action);
    found.ok_or_else(|| {
        format!("`{name}` is no event; write `queued`, `waiting`, `in_progress` or `completed`")
    })
}

fn github(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    match words.word("what it does: `away`, `back`, `answers 502` or `answers nothing`")? {
        "away" => Ok(Trouble::GitHubIsAway),
        "back" => Ok(Trouble::GitHubIsBack),
        "answers" => {
            let mishap = match words.word("a status, or `nothing`")? {
                "nothing" => ApiMishap::LoseAnswer,
                status => {
                    let wrong = || {
                        format!("`{status}` is no status of a refusal; write one of 400 to 599, or `nothing`")
                    };
                    let status: u16 = status.parse().map_err(|_| wrong())?;
                    if !(400..600).contains(&status) {
                        return Err(wrong());
                    }
                    ApiMishap::Status { status, retry_after: words.span("retry-after")? }
                }
            };
            let operation = words.named("to").map(str::to_owned);
            Ok(Trouble::GitHubAnswers { mishap, times: words.number("times")?.or(Some(1)), operation })
        }
        other => Err(format!("github is `away` or `back`, or `answers` something, not `{other}`")),
    }
}

/// The calls of the adapters.
const CALLS: [&str; 21] = [
    "RunTask",
    "StopTask",
    "ListTasks",
    "ListContainerInstances",
    "DescribeContainerInstances",
    "UpdateContainerInstancesState",
    "DescribeTasks",
    "DescribeTaskDefinition",
    "RegisterTaskDefinition",
    "LaunchInstances",
    "DescribeAutoScalingGroups",
    "SetDesiredCapacity",
    "TerminateInstanceInAutoScalingGroup",
    "DescribeAutoScalingInstances",
    "DescribeInstances",
    "TerminateInstances",
    "DescribeSpotPriceHistory",
    "Query",
    "TransactGetItems",
    "TransactWriteItems",
    "SendMessage",
];

fn aws(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    if words.peek() == Some("well") {
        words.next();
        return Ok(Trouble::AwsWell);
    }
    let is_lost = words.one_of("what it does", &[("refuses", false), ("loses", true)])?;
    let call = words.one_of("a call", &CALLS.map(|name| (name, name)))?;
    let refusal = if is_lost { None } else { Some(words.named("with").unwrap_or("throttle")) };
    let fault = match refusal {
        None => CallFault::Lost,
        Some("throttle") => CallFault::Throttled,
        Some("error") => CallFault::Failed,
        Some("denied") => CallFault::Denied,
        Some(other) => {
            return Err(format!("a call is refused `with=throttle`, `error` or `denied`, not `{other}`"));
        }
    };
    Ok(Trouble::Aws { call, fault, times: words.number("times")?.unwrap_or(1) })
}

fn shortage(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    let is_over = words.peek() == Some("over");
    if is_over {
        words.next();
    }
    let shortage = Shortage {
        instance_type: words.named("type").map(str::to_owned),
        availability_zone: words.named("zone").map(zone).transpose()?.map(|zone| zone.0),
        market: market(words)?,
        left: words.number("left")?.unwrap_or(0),
    };
    Ok(if is_over { Trouble::ShortageIsOver(shortage) } else { Trouble::Shortage(shortage) })
}

fn market(words: &mut Words<'_>) -> Result<Option<Market>, Wrong> {
    match words.named("market") {
        None => Ok(None),
        Some("spot") => Ok(Some(Market::Spot)),
        Some("on-demand") => Ok(Some(Market::OnDemand)),
        Some(other) => Err(format!("the market is `spot` or `on-demand`, not `{other}`")),
    }
}

fn fargate(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    match words.word("what becomes of it: `shortage`, `shortage over` or `interruption`")? {
        "interruption" => Ok(Trouble::FargateSpotIsTakenBack),
        "shortage" => {
            let is_over = words.peek() == Some("over");
            if is_over {
                words.next();
            }
            Ok(Trouble::FargateIsShort { market: market(words)?, is_short: !is_over })
        }
        other => {
            Err(format!("fargate has a `shortage`, a `shortage over` or an `interruption`, not `{other}`"))
        }
    }
}

fn spot_price(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    let percent = words.word("hundredths of what spot machines would cost, like `150%`")?;
    let wrong =
        || format!("`{percent}` is no price; write it as hundredths of what it would be, like `150%`");
    let percent = percent.strip_suffix('%').and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    let zone = words.named("zone").map(zone).transpose()?.map(|zone| zone.0);
    Ok(Trouble::SpotPrice { zone, percent })
}

fn node(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    let name = words.word("a node, like `n1`, or `all`")?;
    let wrong = || {
        format!("`{name}` is no node; they are `n1`, `n2` and so on as they were launched, `any1`, or `all`")
    };
    let place = |n: &str| n.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(wrong);
    let which = match (name, name.strip_prefix("any"), name.strip_prefix('n')) {
        ("all", ..) => Which::All,
        (_, Some(n), _) => Which::Any(place(n)?),
        (_, None, Some(n)) => Which::The(place(n)?),
        (_, None, None) => return Err(wrong()),
    };
    let fates = [
        ("dies", Fate::Dies),
        ("impaired", Fate::Impaired),
        ("mended", Fate::Mended),
        ("stopped", Fate::Stopped),
        ("reclaimed", Fate::Reclaimed),
        ("rebalance", Fate::Rebalance),
        ("disconnects", Fate::Disconnects),
        ("reconnects", Fate::Reconnects),
        ("detached", Fate::Detached),
    ];
    Ok(Trouble::Node { which, fate: words.one_of("what becomes of it", &fates)? })
}

/// All is all that were ever launched: what is gone feels nothing.
fn nodes(of: &Installation, which: Which) -> Result<Vec<String>, Wrong> {
    let node = |place: usize| of.nodes.get(place).map(|node| node.0.clone());
    match which {
        Which::All => Ok(of.nodes.iter().map(|node| node.0.clone()).collect()),
        Which::Any(place) => Ok(place.checked_rem(of.nodes.len()).and_then(node).into_iter().collect()),
        Which::The(place) => {
            let known = || format!("there is no node n{}; {} were launched", place + 1, of.nodes.len());
            Ok(vec![node(place).ok_or_else(known)?])
        }
    }
}
