//! One real job, end to end: applied, run, told and destroyed. What `cargo xtask demo` runs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a demonstration is for the eyes")]
#![expect(clippy::disallowed_methods, reason = "a demonstration runs by the real clock")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use control::port::Ledger;
use end_to_end::{Installation, ORGANIZATION, RELEASE, REPOSITORY, options};
use model::id::JobId;
use model::job::JobState;
use model::node::NodeState;
use model::time::Timestamp;
use sim::github::DeliveryState;
use wire::ledger::Row;
use world::World;

const LABEL: &str = "dagger-v0-19-4-16c-32g-arm64-spot";

/// In the order in which they happen; the demonstration has failed if one is missing.
const STEPS: [&str; 10] =
    ["webhook", "ledger", "plan", "order", "node", "RunTask", "claim", "JIT", "job", "completed"];

/// A cold job takes some ten seconds here; three times as long means that it is stuck.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(40);

fn main() -> ExitCode {
    let started = Instant::now();
    match demonstrate(started) {
        Ok(()) => {
            println!("\n{:>6.1} s  done, and nothing is left", started.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\nthe demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(started: Instant) -> Result<()> {
    let say = |text: &str| println!("{:>6.1} s  {text}", started.elapsed().as_secs_f64());
    let mut options = options()?;
    // What a person can follow: a machine is there within seconds, not at once and not in a minute.
    options.compute.timing.instance_runs = Duration::from_secs(2);
    options.compute.timing.agent_registers = Duration::from_secs(2);
    options.compute.timing.task_starts = Duration::from_millis(500);
    // What is missing is named, all at once, before anything is started.
    options.setup().everything()?;
    say("starting a world: AWS, GitHub and a registry on the loopback");
    let world = World::start(&options)?;
    say(&format!("AWS {}", world.aws_url()));
    let (terraform, variables) = Installation::prepare(&world)?;
    say("terraform apply: the module, three functions from their zips, one pool");
    terraform.init(&mut |_| {})?;
    let mut heard = |line: &str| {
        if line.contains("complete after") || line.starts_with("Apply complete") {
            say(&format!("  {}", line.trim()));
        }
    };
    terraform.apply(&variables, &mut heard)?;
    let outputs = terraform.outputs()?.remove("quillon").context("the root has an output `quillon`")?;
    Installation::tell_secrets(&world, &outputs)?;
    let installation = Installation::open(world, terraform, variables)?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shown = runtime.block_on(job(&installation));
    if let Err(error) = &shown {
        say(&format!("failed: {error:#}"));
        for function in ["webhook", "scaler", "broker"] {
            let log = installation.world.function_log(&format!("quillon-{function}")).unwrap_or_default();
            for line in log.iter().rev().take(12).rev() {
                eprintln!("  {function}: {}", line.trim());
            }
        }
        for trouble in installation.world.troubles() {
            eprintln!("  world: {trouble}");
        }
    }
    say("terraform destroy");
    installation.terraform.destroy(&installation.variables, &mut |line| {
        if line.starts_with("Destroy complete") {
            say(&format!("  {}", line.trim()));
        }
    })?;
    drop(installation);
    shown
}

/// Queues a job and shows each step as the ledger and GitHub have it.
async fn job(installation: &Installation) -> Result<()> {
    let github = installation.world.github().context("the world has a GitHub")?;
    let ledger = installation.ledger()?;
    println!(
        "\na push to {ORGANIZATION}/{REPOSITORY}: a job with `runs-on: {LABEL}` ({RELEASE} was never named before)\n"
    );
    let started = Instant::now();
    let id = github.queue_job(installation.place.repository, &[LABEL]);
    let mut seen = Steps { started, at: BTreeMap::new() };
    while started.elapsed() < PATIENCE && seen.at.len() < STEPS.len() {
        if github.deliveries().iter().any(|delivery| delivery.state != DeliveryState::Pending { sent: false })
        {
            seen.step("webhook", || "GitHub's `workflow_job`, signed, to the HTTP API".to_owned());
        }
        let open = ledger.open().await?;
        for row in open.rows {
            seen.row(&row);
        }
        if github.calls().iter().any(|call| call.path.ends_with("/generate-jitconfig")) {
            seen.step("JIT", || "a runner for exactly one job, made at the last moment".to_owned());
        }
        if let Some(Row::Tombstone(ended)) =
            ledger.get(&[wire::ledger::Key::Tombstone(JobId(id.0))]).await?.pop().flatten()
        {
            // It may have begun and ended between two looks.
            if let Some(runner) = ended.runner.filter(|_| ended.started_at.is_some()) {
                seen.step("job", || format!("ran on {runner}"));
            }
            let conclusion = ended.conclusion.unwrap_or_default();
            seen.step("completed", || format!("GitHub says {conclusion}"));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let missing: Vec<&str> = STEPS.into_iter().filter(|step| !seen.at.contains_key(step)).collect();
    if !missing.is_empty() {
        bail!("never seen: {}", missing.join(", "));
    }
    timeline(&ledger, JobId(id.0), started).await
}

struct Steps {
    started: Instant,
    at: BTreeMap<&'static str, Duration>,
}

impl Steps {
    fn step(&mut self, name: &'static str, what: impl FnOnce() -> String) {
        if self.at.contains_key(name) {
            return;
        }
        let elapsed = self.started.elapsed();
        println!("{:>6.2} s  {name:<10} {}", elapsed.as_secs_f64(), what());
        self.at.insert(name, elapsed);
    }

    fn row(&mut self, row: &Row) {
        match row {
            Row::Job(job) => {
                self.step("ledger", || format!("job {} is queued", job.id));
                if let Some(reason) = &job.reason {
                    self.step("plan", || format!("{} ({})", reason.text, reason.code.as_str()));
                }
                if let JobState::Running { runner: Some(runner), .. } = job.state {
                    self.step("job", || format!("runs on {runner}"));
                }
            }
            Row::Order(order) => {
                self.step("order", || format!("{} node of `{}` in {}", order.n, order.id.pool, order.zone))
            }
            Row::Node(node) => {
                self.step("order", || format!("{} of `{}` in {}", node.id, node.pool, node.zone));
                if node.state == NodeState::Ready {
                    self.step("node", || format!("{} has registered {}", node.id, node.size));
                }
            }
            Row::Launch(launch) => {
                if let Some(task) = launch.state.task() {
                    self.step("RunTask", || format!("task {task} of {}", launch.revision));
                }
                if launch.at.claimed.is_some() {
                    self.step("claim", || format!("launch {} by its task's own identity", launch.id));
                }
            }
            Row::Pool(_)
            | Row::Run(_)
            | Row::Scope(_)
            | Row::Deliveries(_)
            | Row::SpotPrices(_)
            | Row::Failing(_)
            | Row::Tombstone(_)
            | Row::EndedLaunch(_)
            | Row::Waited(_)
            | Row::Noted(_) => {}
        }
    }
}

/// Waits until the launch is history too, and tells the job's story from the ledger alone.
async fn timeline(ledger: &dyn Ledger, job: JobId, started: Instant) -> Result<()> {
    loop {
        let rows = ledger.history(job).await?;
        let is_told = rows.iter().any(|row| matches!(row, Row::EndedLaunch(_)));
        if !is_told && started.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        }
        if !is_told {
            bail!("the launch never became history");
        }
        println!("\nthe job's timeline, as the ledger tells it (GitHub's own times are whole seconds):\n");
        tell(&rows);
        return Ok(());
    }
}

fn tell(rows: &[Row]) {
    let mut moments: Vec<(Timestamp, String)> = Vec::new();
    for row in rows {
        match row {
            Row::Tombstone(ended) => {
                moments.extend(ended.queued_at.map(|at| (at, "queued".to_owned())));
                moments.extend(ended.started_at.map(|at| (at, "first step".to_owned())));
                let conclusion = ended.conclusion.as_deref().unwrap_or("no conclusion");
                moments.push((
                    ended.ended_at,
                    format!("completed: {conclusion}, on {}", ended.runner.as_deref().unwrap_or("no runner")),
                ));
            }
            Row::EndedLaunch(ended) => {
                let launch = &ended.launch;
                let node = launch.node.as_ref().map_or("no node", |node| node.0.as_str());
                moments.push((
                    launch.at.planned,
                    format!("launch {} planned on {node} of `{}`", launch.id, launch.pool),
                ));
                moments.extend(launch.at.asked.map(|at| (at, "task asked for".to_owned())));
                moments.extend(launch.at.claimed.map(|at| (at, "claimed".to_owned())));
                moments.push((ended.at, format!("launch ended: {}", ended.why)));
            }
            Row::Job(_)
            | Row::Launch(_)
            | Row::Node(_)
            | Row::Order(_)
            | Row::Pool(_)
            | Row::Scope(_)
            | Row::Deliveries(_)
            | Row::SpotPrices(_)
            | Row::Run(_)
            | Row::Failing(_)
            | Row::Waited(_)
            | Row::Noted(_) => {}
        }
    }
    moments.sort_by_key(|(at, _)| *at);
    let first = moments.first().map_or(Timestamp(0), |(at, _)| *at);
    for (at, what) in moments {
        println!("{:>8.2} s  {what}", at.since(first).as_secs_f64());
    }
}
