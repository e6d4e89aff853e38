//! Our own spelling: one label, or a list of labels that says the same.

use super::{
    draft::Draft,
    fault::Fault,
    part::{self, Part, Reading, Sign},
    spec::Kind,
};

/// Labels that GitHub's own runners carry by default and that promise nothing we do not keep.
const HARMLESS: [&str; 2] = ["self-hosted", "linux"];

/// What the labels say, or `None` if they are not meant for us.
///
/// The labels are trimmed and in lower case.
pub(super) fn read(labels: &[String]) -> Option<Draft> {
    let at = labels.iter().position(|label| kind_of(label).is_some())?;
    let (kind, words) = kind_of(&labels[at])?;
    let own = part::read(&words);
    let others: Vec<(&str, Vec<Reading>)> = labels
        .iter()
        .enumerate()
        .filter(|(i, label)| *i != at && !HARMLESS.contains(&label.as_str()))
        .map(|(_, label)| (label.as_str(), part::read(&part::words(label))))
        .collect();
    if !is_claimed(kind, &own, &others, labels.len() > 1) {
        return None;
    }

    let mut draft = Draft::new(kind);
    read_own(&mut draft, own);
    for (label, readings) in others {
        read_other(&mut draft, &labels[at], label, readings);
    }
    Some(draft)
}

/// The kind a label begins with, and the words after it. `daggerboard` begins with no kind.
fn kind_of(label: &str) -> Option<(Kind, Vec<&str>)> {
    let (head, rest) = label.split_once('-').map_or((label, None), |(head, rest)| (head, Some(rest)));
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == head)?;
    Some((kind, rest.map(part::words).unwrap_or_default()))
}

/// Whether these labels are meant for us, however wrong they may be.
///
/// `dagger` is a word that few other runners have: what looks like ours is. `docker` and `bare` are in
/// many people's labels (`docker-build-host`, `bare-metal`, `[self-hosted, linux, docker]`): they are
/// ours only if something that nobody else writes comes first, or if a lone label says nothing that we
/// do not know.
fn is_claimed(kind: Kind, own: &[Reading], others: &[(&str, Vec<Reading>)], is_list: bool) -> bool {
    let all = || own.iter().chain(others.iter().flat_map(|(_, readings)| readings));
    let is_strange = all().any(|reading| reading.sign == Sign::Strange);
    match kind {
        Kind::Dagger => !is_strange || all().any(|reading| matches!(reading.sign, Sign::Own | Sign::Near)),
        Kind::Docker | Kind::Bare => {
            let telling = all().find(|reading| reading.sign != Sign::Common);
            match telling.map(|reading| reading.sign) {
                Some(Sign::Own) => true,
                Some(Sign::Near | Sign::Common | Sign::Strange) => false,
                None => !is_list,
            }
        }
    }
}

/// The label that names the kind: the version first, the run last.
fn read_own(draft: &mut Draft, readings: Vec<Reading>) {
    let mut run = None;
    for (i, reading) in readings.into_iter().enumerate() {
        if let Some(run) = run.take() {
            draft.faults.push(Fault::RunNotLast { run, tail: reading.text.clone() });
        }
        match &reading.part {
            Some(Part::Version(version)) if i > 0 && reading.fault.is_none() => draft.late_version(version),
            Some(Part::Run(id)) => run = Some(*id),
            Some(_) | None => {}
        }
        take(draft, reading);
    }
}

/// A further label of a list.
fn read_other(draft: &mut Draft, first: &str, label: &str, readings: Vec<Reading>) {
    if kind_of(label).is_some() {
        draft.faults.push(Fault::TwoKinds(first.to_owned(), label.to_owned()));
        return;
    }
    if readings.iter().any(|reading| reading.sign == Sign::Strange) {
        draft.faults.push(Fault::Stranger(label.to_owned()));
        return;
    }
    for reading in readings {
        if let Some(Part::Run(run)) = reading.part {
            draft.faults.push(Fault::RunAlone(run));
        }
        take(draft, reading);
    }
}

fn take(draft: &mut Draft, reading: Reading) {
    draft.faults.extend(reading.fault);
    if let Some(part) = reading.part {
        draft.add(part, &reading.text);
    }
}
