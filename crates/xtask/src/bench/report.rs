//! The figures as a table, beside what was aimed at and what others reach.

use std::fmt::Write as _;

use super::figure::{Figures, Scaler, Webhook};
use super::payload;
use super::scaler::{self, DELAY, TICKS};
use super::webhook::{self, EVENTS};

const HEAD: [&str; 4] = ["", "Quillon", "aim", "the most used peer, measured the same way"];

pub(super) fn table(figures: &Figures) -> String {
    let Figures { webhook, scaler } = figures;
    let mut text = String::new();
    let kilobytes = payload::BYTES / 1_000;
    rows(
        &mut text,
        &format!("webhook: a `workflow_job` of {kilobytes} KB, nothing delayed"),
        &webhook_rows(webhook),
    );
    let delay = DELAY.as_millis();
    rows(
        &mut text,
        &format!("scaler: every answer of AWS and GitHub delayed by {delay} ms"),
        &scaler_rows(scaler),
    );
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
