//! A world drawn from a seed, written as a scenario: what fails can be read, shortened and kept.

/// Numbers that look drawn, the same for the same seed.
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    /// Less than `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let place = self.below(all.len() as u64);
        usize::try_from(place).ok().and_then(|place| all.get(place)).copied().unwrap_or_default()
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Jobs of a world, at most.
const JOBS: u64 = 200;

/// A day and a half: GitHub keeps a registration whose answer was lost for a day.
const END: &str = "finally nothing is left within=36h";

pub(crate) fn draw(seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut lines = vec![format!("seed {seed}")];
    let (labels, repositories) = pools(&mut dice, &mut lines);
    let mut left = 1 + dice.below(JOBS);
    if !dice.one_in(4) {
        // Most trouble needs few jobs to show, and few are fast.
        left = left.min(1 + dice.below(24));
    }
    let mut n_pushes = 0;
    while left > 0 {
        for _ in 0..dice.below(4) {
            trouble(&mut dice, &mut lines, n_pushes);
        }
        let n = (1 + dice.below(40)).min(left);
        left -= n;
        n_pushes += 1;
        lines.push(push(&mut dice, n_pushes, n, &labels, &repositories));
        lines.push(format!("after {}s", dice.below(90)));
        if dice.one_in(3) {
            lines.push(format!("cancel w{}", 1 + dice.below(n_pushes)));
        }
    }
    for _ in 0..dice.below(4) {
        trouble(&mut dice, &mut lines, n_pushes);
        lines.push(format!("after {}s", dice.below(400)));
    }
    // What nobody ended ends now: rules hold in trouble, and all is well after it.
    lines.extend(
        ["github back", "webhooks well", "webhooks released", "shortage over", "shortage over zone=a"]
            .map(str::to_owned),
    );
    lines.push(END.to_owned());
    lines.push("expect every job ran".to_owned());
    lines
}

/// What jobs may ask for, so that a pool has it.
fn pools(dice: &mut Dice, lines: &mut Vec<String>) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut repositories = vec!["octo-org/octo-repo"];
    let mut labels =
        vec!["dagger-v0-19-4-4c-8g-arm64-spot", "dagger-v0-19-4-2c-4g-arm64", "docker-8c-16g-arm64-spot"];
    let max = 1 + dice.below(12);
    lines.push(format!("pool arm64-spot max={max}"));
    window(dice, lines, max);
    if dice.one_in(2) {
        lines.push(format!("pool x64 arch=x86_64 purchase=on-demand max={}", 1 + dice.below(6)));
        labels.extend(["dagger-v0-19-4-4c-8g-x64-od", "docker-1c-2g-x64"]);
    }
    if dice.one_in(2) {
        lines.push("repository octo-org/other".to_owned());
        repositories.push("octo-org/other");
    }
    let latency = dice.of(&["0s", "0s..2s", "200ms..5s"]);
    lines.push(format!("latency {latency}"));
    if dice.one_in(3) {
        lines.push("throttling on".to_owned());
    }
    (labels, repositories)
}

/// One that opens or closes while jobs come: at times while the clocks are put back.
fn window(dice: &mut Dice, lines: &mut Vec<String>, max: u64) {
    if !dice.one_in(3) {
        return;
    }
    let when = if dice.one_in(3) {
        lines.push("begins 2026-10-25T00:40:00Z".to_owned());
        "sun 02:10-02:50 in=Europe/Berlin".to_owned()
    } else {
        let from = dice.below(12);
        format!("sat 00:{from:02}-00:{:02} in=UTC", from + 4 + dice.below(40))
    };
    let standby = if dice.one_in(2) {
        let label = dice.of(&["dagger-v0-19-4-4c-8g-arm64-spot", "dagger-v0-19-4-2c-4g-arm64"]);
        format!(" standby={label}*{}", 1 + dice.below(4))
    } else {
        String::new()
    };
    lines.push(format!("window arm64-spot {when} min={}{standby}", 1 + dice.below(max.min(3))));
}

fn push(dice: &mut Dice, place: u64, n: u64, labels: &[&str], repositories: &[&str]) -> String {
    let label = dice.of(labels);
    let takes = dice.of(&["1s", "5s", "30s", "90s", "10m"]);
    let ends = dice.of(&["success", "success", "success", "failure", "crash"]);
    let repository = dice.of(repositories);
    format!("push w{place} jobs={n} labels={label} takes={takes} ends={ends} repository={repository}")
}

/// One line, or two, of bad weather. `n_pushes` runs were begun.
fn trouble(dice: &mut Dice, lines: &mut Vec<String>, n_pushes: u64) {
    let times = 1 + dice.below(4);
    let action = dice.of(&["queued", "in_progress", "completed", "all"]);
    let line = match dice.below(14) {
        0 => format!("webhooks {action} failed times={times}"),
        1 => format!("webhooks {action} doubled times={times}"),
        2 => format!("webhooks {action} late by={}s times={times}", 1 + dice.below(60)),
        3 => format!("webhooks {action} held times={times}"),
        4 => {
            let call = dice.of(&[
                "RunTask",
                "RunTask",
                "LaunchInstances",
                "ListTasks",
                "DescribeTaskDefinition",
                "ListContainerInstances",
                "DescribeAutoScalingGroups",
                "StopTask",
            ]);
            format!("aws refuses {call} with={} times={times}", dice.of(&["throttle", "error"]))
        }
        5 => format!("github answers {} times={times}", dice.of(&["502", "429", "nothing"])),
        6 => dice.of(&["shortage zone=a", "shortage zone=a left=1", "shortage"]).to_owned(),
        7 => dice.of(&["shortage over zone=a", "shortage over"]).to_owned(),
        8 => {
            let function = dice.of(&["webhook", "scaler", "scaler", "claim", "announce"]);
            let mishap = dice.of(&[
                "stops",
                "overtaken by=ring",
                "overtaken by=sweep",
                "hangs for=3s",
                "hangs for=25s",
            ]);
            let side = dice.of(&["before", "after"]);
            format!("function {function} {mishap} call={} side={side}", 1 + dice.below(40))
        }
        9 => format!("lose {} times={times}", dice.of(&["announcement", "stop", "claim-answer", "warning"])),
        10 => format!("fail {} times={times}", dice.of(&["task-start", "task-start", "boot"])),
        11 => "unreadable message".to_owned(),
        12 if n_pushes > 0 => {
            let fate = dice.of(&["dies", "reclaimed", "rebalance"]);
            // Nothing befalls a node that is not there.
            format!("node any{} {fate}", 1 + dice.below(4))
        }
        _ => {
            lines.push("github away".to_owned());
            lines.push(format!("after {}s", 10 + dice.below(600)));
            "github back".to_owned()
        }
    };
    lines.push(line);
}
