//! How long each part of a story was, as exactly as its clocks tell and no more.

use std::time::Duration;

use super::order::{Entry, Kind};

/// Until what came next; a wait, until it was over.
pub(super) fn spans(story: &[Entry]) -> impl Iterator<Item = String> {
    story.iter().enumerate().map(|(place, entry)| {
        let mut later = story[place + 1..].iter();
        let next = if entry.kind == Kind::Wait { later.find(|next| next.ends_wait()) } else { later.next() };
        next.map_or_else(String::new, |next| between(entry, next))
    })
}

/// Short: `51 ms`, `41.1 s`, `12 min`, `3 h`; nothing for what is of one moment.
fn between(first: &Entry, second: &Entry) -> String {
    let ((from, until), (earliest, latest)) = (first.within, second.within);
    if until < from || latest < earliest || latest < from {
        return "?".to_owned();
    }
    let (least, most) = (earliest.since(until), latest.since(from));
    match () {
        () if most.is_zero() => String::new(),
        () if least == most => exact(most),
        () if least.is_zero() => format!("≤ {}", exact(most)),
        () => about((least + most) / 2),
    }
}

fn exact(span: Duration) -> String {
    let ms = span.as_millis();
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => rounded(span),
    }
}

fn about(span: Duration) -> String {
    let seconds = ((span.as_millis() + 500) / 1_000).max(1);
    if seconds < 120 { format!("~{seconds} s") } else { rounded(span) }
}

fn rounded(span: Duration) -> String {
    let minutes = (span.as_secs() + 30) / 60;
    if minutes < 120 { format!("{minutes} min") } else { format!("{} h", (minutes + 30) / 60) }
}
