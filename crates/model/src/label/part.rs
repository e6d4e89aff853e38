//! One part of a label, such as `16c` or `spot`, and the ways people get it wrong.

use super::{
    fault::Fault,
    version::{Pre, Release, STAGES, Version, number},
};
use crate::{
    Arch, Purchase,
    size::{Gib, Vcpu},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Version(Version),
    Vcpu(Vcpu),
    Memory(Gib),
    Arch(Arch),
    Purchase(Purchase),
    Gpu,
    Dind,
    SingleTenant,
    Run(u64),
}

/// How much a part says about whose label it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nobody else's labels look like this.
    Own,
    /// Looks like ours, beside the word `dagger`.
    Near,
    /// Many runners' labels have it.
    Common,
    /// No part that we know.
    Strange,
}

/// What was read from the front of a label's rest.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// What it says, or what it was probably meant to say.
    pub(super) part: Option<Part>,
    pub(super) fault: Option<Fault>,
    pub(super) sign: Sign,
    /// The words it is made of, as they stand in the label.
    pub(super) text: String,
}

/// A label's words: what stands between dashes, and between the dots of a version.
pub(super) fn words(label: &str) -> Vec<&str> {
    label
        .split('-')
        .flat_map(|word| {
            let dotted = is_dotted_version(word);
            word.split(move |c| dotted && c == '.')
        })
        .collect()
}

/// Reads all parts there are.
pub(super) fn read(mut words: &[&str]) -> Vec<Reading> {
    let mut readings = Vec::new();
    while let Some((first, rest)) = words.split_first() {
        let (taken, part, fault, sign) = next(first, rest);
        readings.push(Reading { part, fault, sign, text: words[..taken].join("-") });
        words = &words[taken..];
    }
    readings
}

/// How many words, and what they say.
type Next = (usize, Option<Part>, Option<Fault>, Sign);

fn next(first: &str, rest: &[&str]) -> Next {
    if let Some((part, sign)) = keyword(first) {
        return (1, Some(part), None, sign);
    }
    if first == "run" {
        return run(rest);
    }
    if let Some(major) = first.strip_prefix('v').filter(|major| is_digits(major)) {
        return version(major, rest, None);
    }
    if is_digits(first) && rest.first().is_some_and(|word| is_digits(word)) {
        return version(first, rest, Some(Fault::VersionWithoutV));
    }
    if let Some(next) = size(first) {
        return next;
    }
    misspelt(first, rest)
}

fn keyword(word: &str) -> Option<(Part, Sign)> {
    Some(match word {
        "latest" => (Part::Version(Version::Latest), Sign::Near),
        "x64" => (Part::Arch(Arch::X86_64), Sign::Common),
        "arm64" => (Part::Arch(Arch::Arm64), Sign::Common),
        "spot" => (Part::Purchase(Purchase::Spot), Sign::Own),
        "od" => (Part::Purchase(Purchase::OnDemand), Sign::Own),
        "gpu" => (Part::Gpu, Sign::Common),
        "dind" => (Part::Dind, Sign::Own),
        "st" => (Part::SingleTenant, Sign::Own),
        _ => return None,
    })
}

fn run(rest: &[&str]) -> Next {
    let Some(id) = rest.first() else { return (1, None, Some(Fault::RunWithoutId), Sign::Near) };
    if let Some(run) = number(id).filter(|run| *run > 0) {
        return (2, Some(Part::Run(run)), None, Sign::Own);
    }
    if id.contains("${{") {
        return (2, Some(Part::Run(1)), Some(Fault::Unfilled((*id).to_owned())), Sign::Near);
    }
    let taken = if keyword(id).is_some() || size(id).is_some() { 1 } else { 2 };
    (taken, None, Some(Fault::RunWithoutId), Sign::Near)
}

/// `0-19-4` and `1-0-0-beta-10`, whose first number is already found.
fn version(major: &str, rest: &[&str], missing_v: Option<fn(String) -> Fault>) -> Next {
    let more = rest.iter().take_while(|word| is_digits(word)).count();
    let numbers: Vec<&str> = std::iter::once(major).chain(rest[..more].iter().copied()).collect();
    let text = numbers.join("-");
    let (pre_words, pre, pre_fault) = prerelease(&rest[more..]);
    let taken = 1 + more + pre_words;

    // What was probably meant: as many numbers as a version has.
    let whole: Vec<Option<u64>> = numbers.iter().copied().chain(["0", "0"]).take(3).map(lenient).collect();
    let meant = match whole[..] {
        [Some(major), Some(minor), Some(patch)] => {
            Some(Part::Version(Version::Release(Release::with_pre([major, minor, patch], pre))))
        }
        _ => None,
    };
    let fault = if let Some(missing_v) = missing_v {
        Some(missing_v(text))
    } else if numbers.len() != 3 {
        Some(Fault::VersionNumbers(format!("v{text}")))
    } else {
        let bad = numbers.iter().find(|digits| number(digits).is_none());
        bad.map(|digits| Fault::VersionNumber((*digits).to_owned())).or(pre_fault)
    };
    let sign = if fault.is_none() { Sign::Own } else { Sign::Near };
    (taken, meant, fault, sign)
}

/// How many words the prerelease takes, none if there is none.
fn prerelease(words: &[&str]) -> (usize, Option<Pre>, Option<Fault>) {
    let Some(word) = words.first() else { return (0, None, None) };
    let Some((stage, tail)) = STAGES.into_iter().find_map(|stage| Some((stage, word.strip_prefix(stage)?)))
    else {
        return (0, None, None);
    };
    let next = words.get(1).and_then(|word| number(word));
    match (tail, next, number(tail)) {
        ("", Some(number), _) => (2, Some(Pre { stage, number: Some(number) }), None),
        ("", None, _) => (1, Some(Pre { stage, number: None }), None),
        (_, _, Some(number)) => {
            let fault = Fault::Spelling { text: (*word).to_owned(), part: format!("{stage}-{number}") };
            (1, Some(Pre { stage, number: Some(number) }), Some(fault))
        }
        (_, _, None) => (0, None, None),
    }
}

/// `16c`, `32g`, and what people write for them.
fn size(word: &str) -> Option<Next> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (digits, unit) = word.split_at(end);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (is_cpu, plain) = match unit {
        "c" => (true, true),
        "g" => (false, true),
        "cpu" | "cpus" | "vcpu" | "vcpus" | "core" | "cores" => (true, false),
        "gb" | "gi" | "gib" => (false, false),
        _ => return None,
    };
    let max = if is_cpu { Vcpu::MAX } else { Gib::MAX };
    // What was probably meant: the nearest whole number in the range, upwards.
    let (whole, fraction) = digits.split_once('.').map_or((digits, false), |(whole, _)| (whole, true));
    let nearest = lenient(whole).unwrap_or(u64::from(max)).saturating_add(u64::from(fraction));
    let nearest = u32::try_from(nearest).unwrap_or(max).clamp(1, max);
    let part = if is_cpu { Vcpu::new(nearest).map(Part::Vcpu) } else { Gib::new(nearest).map(Part::Memory) };

    let exact = number(digits) == Some(u64::from(nearest));
    let text = word.to_owned();
    let fault = match (exact, plain) {
        (true, true) => None,
        (true, false) => {
            let part = format!("{nearest}{}", if is_cpu { 'c' } else { 'g' });
            Some(Fault::Spelling { text, part })
        }
        (false, _) => Some(if is_cpu { Fault::Vcpu(text) } else { Fault::Memory(text) }),
    };
    Some((1, part, fault, if plain { Sign::Own } else { Sign::Near }))
}

/// Other people's words for the same thing, and slips of the finger.
fn misspelt(first: &str, rest: &[&str]) -> Next {
    if first.is_empty() {
        return (1, None, Some(Fault::Empty), Sign::Near);
    }
    if first.contains("${{") {
        return (1, None, Some(Fault::Unfilled(first.to_owned())), Sign::Near);
    }
    let (taken, meant) = match (first, rest.first().copied()) {
        ("x86", Some("64")) => (2, "x64"),
        ("on", Some("demand")) => (2, "od"),
        ("single", Some("tenant")) => (2, "st"),
        ("amd64" | "x86_64" | "x86" | "intel", _) => (1, "x64"),
        ("aarch64" | "arm" | "graviton", _) => (1, "arm64"),
        ("ondemand", _) => (1, "od"),
        _ => match ["spot", "dind", "arm64", "latest"].into_iter().find(|word| is_slip(first, word)) {
            Some(meant) => (1, meant),
            None => return (1, None, Some(Fault::Unknown(first.to_owned())), Sign::Strange),
        },
    };
    let text = if taken == 2 { format!("{first}-{}", rest[0]) } else { first.to_owned() };
    let part = keyword(meant).map(|(part, _)| part);
    (taken, part, Some(Fault::Spelling { text, part: meant.to_owned() }), Sign::Near)
}

/// One letter too many, too few or wrong, or two that changed places.
fn is_slip(written: &str, meant: &str) -> bool {
    let (a, b) = (written.as_bytes(), meant.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([_, a @ ..], []) | ([], [_, a @ ..]) => a.is_empty(),
        ([x, y, a @ ..], [v, w, b @ ..]) if x == w && y == v && a == b => true,
        ([_, a_rest @ ..], [_, b_rest @ ..]) => a_rest == b_rest || a_rest == b || a == b_rest,
        ([], []) => false,
    }
}

/// `v0.19.4`, `0.19.4` or the tail of a prerelease, `beta.10`.
fn is_dotted_version(word: &str) -> bool {
    let mut pieces = word.split('.');
    let first = pieces.next().unwrap_or_default();
    let begins = is_digits(first.strip_prefix('v').unwrap_or(first)) || STAGES.contains(&first);
    begins && pieces.all(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number, whatever zeros it begins with.
fn lenient(digits: &str) -> Option<u64> {
    digits.parse().ok()
}
