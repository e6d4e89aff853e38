//! The figures as a table, beside what was aimed at and what others reach.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::figure::{Calls, Figures, Month, Packing, Plan, Scaler, Simulation, Webhook};
use super::scaler::{self, DELAY, TICKS};
use super::webhook::{self, EVENTS};
use super::{packing, payload, simulation};

const HEAD: [&str; 4] = ["", "Quillon", "aim", "the most used peer, measured the same way"];

pub(super) fn table(figures: &Figures) -> String {
    let Figures { webhook, scaler, plan, packing, simulation, month, calls } = figures;
    let mut text = String::new();
    if let Some(webhook) = webhook {
        let kilobytes = payload::BYTES / 1_000;
        let title = format!("webhook: a `workflow_job` of {kilobytes} KB, nothing delayed");
        rows(&mut text, &title, &webhook_rows(webhook));
    }
    if let Some(scaler) = scaler {
        let title = format!("scaler: every answer of AWS and GitHub delayed by {} ms", DELAY.as_millis());
        rows(&mut text, &title, &scaler_rows(scaler));
    }
    if let Some(plan) = plan {
        rows(&mut text, "planner: sixteen pools, half of the jobs waiting", &plan_rows(plan));
    }
    if let Some(packing) = packing {
        rows(&mut text, "packing: cost over a lower bound, found another way", &packing_rows(packing));
    }
    if let Some(simulation) = simulation {
        let title = format!("simulator: a day of {} jobs, rules checked after each write", simulation::JOBS);
        rows(&mut text, &title, &simulation_rows(simulation));
    }
    if let Some(month) = month {
        let jobs = simulation::JOBS * simulation::DAYS;
        rows(&mut text, &format!("simulator: a month of {jobs} jobs"), &month_rows(month));
    }
    if let Some(calls) = calls {
        text.push_str(&calls_table(calls));
    }
    text
}

fn webhook_rows(webhook: &Webhook) -> Vec<[String; 4]> {
    vec![
        row(
            &format!("process start to first answer, median of {}", webhook::PROCESSES),
            &ms(webhook.cold_ms_p50),
            "under 25 ms",
            "187 ms",
        ),
        row("warm, event to answer, p50", &ms(webhook.warm_ms_p50), "", ""),
        row("warm, event to answer, p99", &ms(webhook.warm_ms_p99), "", ""),
        row(
            &format!("CPU an event, over {EVENTS} events"),
            &format!("{:.3} ms", webhook.warm_cpu_ms),
            "under 0.25 ms",
            "1.9 ms",
        ),
        row(
            "the same, with all that answers it on one core",
            &format!("{:.3} ms", webhook.one_core_cpu_ms),
            "under 0.25 ms",
            "",
        ),
        row("peak memory", &format!("{:.1} MB", webhook.peak_rss_mb), "under 20 MB", "85 to 130 MB"),
        row("binary", &format!("{:.1} MB", webhook.binary_mb), "", ""),
    ]
}

fn scaler_rows(scaler: &Scaler) -> Vec<[String; 4]> {
    let Scaler { cold_calls, tick_calls, .. } = scaler;
    let tick = |n: &str, calls: usize| format!("a tick that starts {n} ({calls} calls), median of {TICKS}");
    vec![
        row(
            &format!("process start to first answer ({cold_calls} calls), median of {}", scaler::PROCESSES),
            &ms(scaler.cold_ms_p50),
            "",
            "",
        ),
        row("the same with nothing delayed", &ms(scaler.cold_undelayed_ms_p50), "", ""),
        row(&tick("1 job", tick_calls[0]), &ms(scaler.jobs_1_ms), "", "1.0 s"),
        row(&tick("10 jobs", tick_calls[1]), &ms(scaler.jobs_10_ms), "as one", "10.0 s"),
        row(&tick("100 jobs", tick_calls[2]), &ms(scaler.jobs_100_ms), "", ""),
        row("peak memory", &format!("{:.1} MB", scaler.peak_rss_mb), "", ""),
    ]
}

fn plan_rows(plan: &Plan) -> Vec<[String; 4]> {
    let rows = [
        ("100 jobs, 10 nodes", plan.jobs_100_ms, ""),
        ("10,000 jobs, 1,000 nodes", plan.jobs_10000_ms, "under 20 ms"),
        ("100,000 jobs, 10,000 nodes", plan.jobs_100000_ms, "near ten times that"),
    ];
    rows.map(|(what, time, aim)| row(&format!("one plan over {what}"), &ms(time), aim, "")).to_vec()
}

fn packing_rows(packing: &Packing) -> Vec<[String; 4]> {
    let percent = |over: f64| format!("{:.1} %", (over - 1.0) * 100.0);
    let many = format!("{} batches of {} jobs and more", packing::BATCHES, packing::LEAST);
    let few =
        format!("{} batches of {} and fewer that cost more than need be", packing::BATCHES, packing::FEW);
    vec![
        row(&format!("{many}, median"), &percent(packing.median_over_bound), "under 8 %", ""),
        row("the same, the worst", &percent(packing.worst_over_bound), "under 25 %", ""),
        row(&few, &packing.few_not_best.to_string(), "none", ""),
    ]
}

fn simulation_rows(simulation: &Simulation) -> Vec<[String; 4]> {
    vec![
        row("time, of one core", &format!("{:.1} s", simulation.seconds), "under 10 s", ""),
        row("jobs a second", &format!("{:.0}", simulation.jobs_per_second), "", ""),
        row("ticks", &simulation.n_ticks.to_string(), "", ""),
    ]
}

fn month_rows(month: &Month) -> Vec<[String; 4]> {
    let mb = |mb: f64| format!("{mb:.0} MB");
    vec![
        row("time, of one core", &format!("{:.0} s", month.seconds), "under 300 s", ""),
        row("jobs a second", &format!("{:.0}", month.jobs_per_second), "", ""),
        row("memory after a week", &mb(month.after_a_week_mb), "", ""),
        row("memory at the end", &mb(month.at_the_end_mb), "the same", ""),
        row("peak memory", &mb(month.peak_mb), "", ""),
    ]
}

/// A column for each installation: what a ring and a sweep ask of each name, as a rule and at most.
fn calls_table(calls: &[Calls]) -> String {
    let mut text = String::from("| calls a tick, mean (most) |");
    for of in calls {
        let _ = write!(text, " {} nodes |", of.nodes);
    }
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(calls.len()));
    for (title, part) in [("ring", 0), ("sweep", 1)] {
        let part = |of: &Calls| if part == 0 { of.ring.clone() } else { of.sweep.clone() };
        let names: BTreeSet<String> = calls.iter().flat_map(|of| part(of).mean.into_keys()).collect();
        for name in names {
            let _ = write!(text, "| {title}: `{name}` |");
            for of in calls {
                let of = part(of);
                let (mean, most) = (of.mean.get(&name), of.most_of.get(&name));
                let _ = write!(
                    text,
                    " {:.1} ({}) |",
                    mean.copied().unwrap_or_default(),
                    most.copied().unwrap_or_default()
                );
            }
            text.push('\n');
        }
        let _ = write!(text, "| {title}: all |");
        for of in calls {
            let of = part(of);
            let _ = write!(text, " {:.1} ({}) |", of.mean.values().sum::<f64>(), of.most);
        }
        text.push('\n');
    }
    text.push_str("| ticks that failed |");
    for of in calls {
        let _ = write!(text, " {} |", of.failed);
    }
    text.push_str("\n| refused for a bucket |");
    for of in calls {
        let _ = write!(text, " {} |", of.refused.values().sum::<u64>());
    }
    text.push_str("\n\n");
    text
}

fn ms(figure: f64) -> String {
    let places = if figure < 100.0 { 1 } else { 0 };
    format!("{figure:.places$} ms")
}

fn row(what: &str, ours: &str, aim: &str, theirs: &str) -> [String; 4] {
    [what, ours, aim, theirs].map(str::to_owned)
}

/// As Markdown reads it, for it is copied into a README.
fn rows(text: &mut String, title: &str, rows: &[[String; 4]]) {
    let head = HEAD.map(str::to_owned);
    let head = [title.to_owned(), head[1].clone(), head[2].clone(), head[3].clone()];
    let all: Vec<&[String; 4]> = std::iter::once(&head).chain(rows).collect();
    let widths: Vec<usize> = (0..4)
        .map(|column| all.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    for (n, row) in all.into_iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(text, "| {} |", cells.join(" | ")).expect("a string takes all that is written");
        if n == 0 {
            let lines: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            writeln!(text, "| {} |", lines.join(" | ")).expect("a string takes all that is written");
        }
    }
    text.push('\n');
}
