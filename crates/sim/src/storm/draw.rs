//! A world drawn from a seed, written as a scenario: what fails can be read, shortened and kept.

mod trouble;

use trouble::trouble;

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

/// Without these a job may wait for ever, and rightly.
pub(super) const ALL_IS_WELL: [&str; 10] = [
    "github back",
    "aws well",
    "node all reconnects",
    "node all mended",
    "webhooks well",
    "webhooks released",
    "shortage over",
    "shortage over zone=a",
    "fargate shortage over",
    "runners are welcome",
];

pub(crate) fn draw(seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut lines = vec![format!("seed {seed}")];
    let drawn = pools(&mut dice, &mut lines);
    let mut left = 1 + dice.below(JOBS);
    if !dice.one_in(4) {
        // Most trouble needs few jobs to show, and few are fast.
        left = left.min(1 + dice.below(24));
    }
    // A job that is lost with its machine runs again, and its gate closes again: nobody would open it.
    let has_gates = dice.one_in(3);
    let (mut n_pushes, mut gated) = (0, Vec::new());
    while left > 0 {
        for _ in 0..dice.below(4) {
            trouble(&mut dice, &mut lines, n_pushes);
        }
        let n = (1 + dice.below(40)).min(left);
        left -= n;
        n_pushes += 1;
        let mut line = push(&mut dice, n_pushes, n, &drawn);
        if has_gates && dice.one_in(3) {
            line.push_str(" environment=production");
            gated.push(n_pushes);
        }
        lines.push(line);
        if dice.one_in(10) {
            // Of many one, or there is none of that name.
            let which = if n == 1 { String::new() } else { format!("-{}", 1 + dice.below(n)) };
            lines.push(match dice.one_in(2) || gated.contains(&n_pushes) {
                true => {
                    let said = dice.of(&["completed", "in_progress", "waiting"]);
                    format!("forged {said} of w{n_pushes}{which}")
                }
                false => format!("stranger takes w{n_pushes}{which} if free"),
            });
        } else if dice.one_in(20) {
            let which = if n == 1 { String::new() } else { format!("-{}", 1 + dice.below(n)) };
            lines.push(format!("namesake of w{n_pushes}{which}"));
        }
        lines.push(format!("after {}s", dice.below(90)));
        if dice.one_in(3) {
            let which = 1 + dice.below(n_pushes);
            if !gated.contains(&which) {
                lines.push(format!("cancel w{which}"));
            }
        }
        if dice.one_in(2)
            && let Some(which) = gated.pop()
        {
            lines.push(format!("approve w{which}"));
        }
    }
    for _ in 0..dice.below(4) {
        trouble(&mut dice, &mut lines, n_pushes);
        lines.push(format!("after {}s", dice.below(400)));
    }
    if has_gates {
        lines.retain(|line| !line.starts_with("node "));
    }
    if lines.iter().any(|line| line.starts_with("lag ")) {
        // Whether an answer is older than the last event, clocks tell: one that is two minutes wrong cannot.
        lines.retain(|line| !line.starts_with("clock of"));
    }
    lines.extend(gated.into_iter().map(|which| format!("approve w{which}")));
    // What nobody ended ends now: rules hold in trouble, and all is well after it.
    lines.extend(ALL_IS_WELL.map(str::to_owned));
    lines.push(END.to_owned());
    // GitHub fails a job that it has given to runners of a version that it refuses.
    let may_fail = lines.iter().any(|line| line == "runners are refused");
    lines.push(if may_fail { "expect jobs have ended" } else { "expect every job ran" }.to_owned());
    lines
}

/// What jobs may ask for, so that a pool has it.
struct Drawn {
    labels: Vec<&'static str>,
    repositories: Vec<&'static str>,
    /// Whether there is a pool for what comes from a fork.
    has_forks: bool,
}

fn pools(dice: &mut Dice, lines: &mut Vec<String>) -> Drawn {
    let mut repositories = vec!["octo-org/octo-repo"];
    let mut labels =
        vec!["dagger-v0-19-4-4c-8g-arm64-spot", "dagger-v0-19-4-2c-4g-arm64", "docker-8c-16g-arm64-spot"];
    let max = 1 + dice.below(12);
    let fallback =
        if dice.one_in(3) { format!(" fallback=arm64-od@{}m", 1 + dice.below(15)) } else { String::new() };
    let has_budget = dice.one_in(6);
    let budget = if has_budget { format!(" budget={}.50", 2 + dice.below(5)) } else { String::new() };
    lines.push(format!("pool arm64-spot max={max}{fallback}{budget}"));
    if !fallback.is_empty() {
        lines.push(format!("pool arm64-od purchase=on-demand max={}", 1 + dice.below(6)));
    }
    if has_budget {
        // Midnight comes before GitHub gives up what has waited for a day.
        lines.push("begins 2026-11-21T18:00:00Z".to_owned());
    } else {
        window(dice, lines, max);
    }
    if dice.one_in(2) {
        lines.push(format!("pool x64 arch=x86_64 purchase=on-demand max={}", 1 + dice.below(6)));
        labels.extend(["dagger-v0-19-4-4c-8g-x64-od", "docker-1c-2g-x64"]);
    }
    if dice.one_in(2) {
        lines.push("repository octo-org/other".to_owned());
        repositories.push("octo-org/other");
    }
    if dice.one_in(3) {
        let max = 1 + dice.below(6);
        let budget = if has_budget { format!(" budget=0.{:02}", 4 + dice.below(20)) } else { String::new() };
        lines.push(format!("pool tasks carrier=serverless arch=arm64 max={max}{budget}"));
        labels.extend(["bare-1c-2g-arm64", "bare-2c-4g-arm64-spot"]);
    }
    let has_forks = dice.one_in(3);
    if has_forks {
        lines.push(format!("pool forks trust=untrusted max={}", 1 + dice.below(6)));
    }
    let latency = dice.of(&["0s", "0s..2s", "200ms..5s"]);
    lines.push(format!("latency {latency}"));
    if dice.one_in(3) {
        lines.push(format!("lag {}s", 1 + dice.below(20)));
    }
    // One job at a time, on a node that may be bought tomorrow, is more than a day for many.
    if dice.one_in(4) && !has_budget {
        let whose = dice.of(&["", "octo-org/octo-repo "]);
        lines.push(format!("limit {whose}jobs={}", 1 + dice.below(6)));
    }
    if dice.one_in(5) {
        lines.push(format!("registrations a-minute={} apps={}", 20 + dice.below(40), 1 + dice.below(3)));
    }
    if dice.one_in(3) {
        lines.push("throttling on".to_owned());
    }
    Drawn { labels, repositories, has_forks }
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

fn push(dice: &mut Dice, place: u64, n: u64, drawn: &Drawn) -> String {
    let label = dice.of(&drawn.labels);
    let takes = dice.of(&["1s", "5s", "30s", "90s", "10m"]);
    let ends = dice.of(&["success", "success", "success", "failure", "crash"]);
    let repository = dice.of(&drawn.repositories);
    let from = if drawn.has_forks && !label.contains("x64") && dice.one_in(2) { " from=fork" } else { "" };
    format!("push w{place} jobs={n} labels={label} takes={takes} ends={ends} repository={repository}{from}")
}
