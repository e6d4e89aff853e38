//! Bad weather, a line or two at a time.

use super::Dice;

/// The calls that are refused or lose their answer now and then.
const CALLS: [&str; 20] = [
    "RunTask",
    "RunTask",
    "LaunchInstances",
    "ListTasks",
    "DescribeTaskDefinition",
    "ListContainerInstances",
    "DescribeAutoScalingGroups",
    "StopTask",
    "DescribeTasks",
    "DescribeInstances",
    "DescribeAutoScalingInstances",
    "TerminateInstances",
    "DescribeSpotPriceHistory",
    "SetDesiredCapacity",
    "UpdateContainerInstancesState",
    "TerminateInstanceInAutoScalingGroup",
    "Query",
    "TransactGetItems",
    "TransactWriteItems",
    "SendMessage",
];

/// What becomes of nodes.
const FATES: [&str; 8] =
    ["dies", "reclaimed", "rebalance", "disconnects", "reconnects", "detached", "impaired", "stopped"];

/// `n_pushes` runs were begun.
pub(super) fn trouble(dice: &mut Dice, lines: &mut Vec<String>, n_pushes: u64) {
    let times = 1 + dice.below(4);
    let line = match dice.below(22) {
        0..=4 => webhooks(dice, times),
        5 => {
            let call = dice.of(&CALLS);
            match dice.of(&["throttle", "error", "lost"]) {
                "lost" => format!("aws loses {call} times={times}"),
                how => format!("aws refuses {call} with={how} times={times}"),
            }
        }
        6 => format!("github answers {} times={times}", dice.of(&["502", "429", "nothing"])),
        7 => dice.of(&["shortage zone=a", "shortage zone=a left=1", "shortage"]).to_owned(),
        8 => dice.of(&["shortage over zone=a", "shortage over"]).to_owned(),
        9 => function(dice),
        10 => format!("lose {} times={times}", dice.of(&["announcement", "stop", "claim-answer", "warning"])),
        // As a bad image does.
        11 if dice.one_in(6) => "fail task-start times=12".to_owned(),
        11 => format!("fail {} times={times}", dice.of(&["task-start", "task-start", "boot", "listener"])),
        12 => "unreadable message".to_owned(),
        13 if n_pushes > 0 => {
            let fate = dice.of(&FATES);
            // Nothing befalls a node that is not there.
            let which = if dice.one_in(6) { "all".to_owned() } else { format!("any{}", 1 + dice.below(4)) };
            format!("node {which} {fate}")
        }
        14 => {
            let whose = dice.of(&["webhook", "scaler", "scaler", "claim", "announce"]);
            let way = dice.of(&["ahead", "behind"]);
            format!("clock of {whose} {way} by={}s times={times}", 1 + dice.below(120))
        }
        15 => format!("hang {} times={times}", dice.of(&["after-job", "after-job", "in-job"])),
        16 => format!("price {}%{}", 30 + dice.below(300), dice.of(&["", " zone=a", " zone=b"])),
        17 => "new image".to_owned(),
        // As after a key was changed.
        18 => format!("github answers 401 times={}", 5 * times),
        19 => {
            lines.push("runners are refused".to_owned());
            lines.push(format!("after {}s", 10 + dice.below(900)));
            "runners are welcome".to_owned()
        }
        20 if lines.iter().any(|line| line.starts_with("pool tasks")) => dice
            .of(&[
                "fargate shortage",
                "fargate shortage market=spot",
                "fargate shortage over",
                "fargate interruption",
            ])
            .to_owned(),
        _ => {
            lines.push("github away".to_owned());
            let longest = if dice.one_in(4) { 3600 } else { 600 };
            lines.push(format!("after {}s", 10 + dice.below(longest)));
            "github back".to_owned()
        }
    };
    lines.push(line);
}

fn webhooks(dice: &mut Dice, times: u64) -> String {
    let action = dice.of(&["queued", "in_progress", "completed", "all"]);
    match dice.below(5) {
        0 => format!("webhooks {action} failed times={times}"),
        1 => format!("webhooks {action} doubled times={times}"),
        2 => format!("webhooks {action} late by={}s times={times}", 1 + dice.below(60)),
        3 => format!("webhooks {action} held times={times}"),
        // One that never was made is missed by what it would have ended; that a job waits, nobody else tells.
        _ => format!("webhooks {} lost times={times}", dice.of(&["in_progress", "completed"])),
    }
}

fn function(dice: &mut Dice) -> String {
    let function = dice.of(&["webhook", "scaler", "scaler", "claim", "announce"]);
    let mishap = match dice.below(5) {
        0 => "stops".to_owned(),
        1 => "hangs for=3s".to_owned(),
        2 => "hangs for=25s".to_owned(),
        _ => format!("overtaken by={} ticks={}", dice.of(&["ring", "sweep"]), 1 + dice.below(4)),
    };
    let side = dice.of(&["before", "after"]);
    format!("function {function} {mishap} call={} side={side}", 1 + dice.below(40))
}
