//! What befalls one of our functions, and what its clock says.

use std::time::Duration;

use control::tick::Depth;

use super::trouble::Trouble;
use super::words::{Words, Wrong};
use crate::installation::{Function, Mishap, Skew};
use crate::port::Side;

const FUNCTIONS: [(&str, Function); 4] = [
    ("webhook", Function::Webhook),
    ("scaler", Function::Scaler),
    ("claim", Function::Claim),
    ("announce", Function::Node),
];

/// A tick that is overtaken more often than this would be stopped by its time-out.
const MOST_TICKS: u32 = 5;

pub(super) fn befallen(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    let function = words.one_of("a function", &FUNCTIONS)?;
    let mishap = match words.word("what befalls it: `stops`, `overtaken` or `hangs for=25s`")? {
        "stops" => Mishap::Stop,
        "overtaken" => overtaken(words)?,
        "hangs" => Mishap::Slow(words.span("for")?.unwrap_or(Duration::from_secs(12))),
        other => return Err(format!("a function `stops`, is `overtaken` or `hangs for=25s`, not `{other}`")),
    };
    let call = u64::from(words.number("call")?.unwrap_or(1).max(1));
    let side = match words.named("side") {
        None | Some("after") => Side::After,
        Some("before") => Side::Before,
        Some(other) => return Err(format!("a call has `side=before` and `side=after`, not `{other}`")),
    };
    Ok(Trouble::Function(function, mishap, call, side))
}

fn overtaken(words: &mut Words<'_>) -> Result<Mishap, Wrong> {
    let depth = match words.named("by") {
        None | Some("ring") => Depth::Ring,
        Some("sweep") => Depth::Sweep,
        Some(other) => return Err(format!("it is overtaken `by=ring` or `by=sweep`, not by `{other}`")),
    };
    let n = words.number("ticks")?.unwrap_or(1);
    if !(1..MOST_TICKS).contains(&n) {
        return Err(format!("it is overtaken by `ticks=1` to {}, not {n}", MOST_TICKS - 1));
    }
    Ok(Mishap::Overtaken(depth, n))
}

pub(super) fn wrong_clock(words: &mut Words<'_>) -> Result<Trouble, Wrong> {
    words.literally("of")?;
    let function = words.one_of("a function", &FUNCTIONS)?;
    let is_ahead = words.one_of("which way it is wrong", &[("ahead", true), ("behind", false)])?;
    let by = words.span("by")?.ok_or("a clock is wrong `by=30s` or so")?;
    let times = words.number("times")?.unwrap_or(1);
    Ok(Trouble::Clock(Skew { function, by, is_ahead, times }))
}
