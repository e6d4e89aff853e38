//! Tasks that are started before there is a job for them: a number for each label.

use model::{
    Carrier, Trust,
    label::{self, Kind, Spec, Verdict},
    rules::Pool,
    schedule::Standby,
};

use super::{form, pool::Around, read::Node};

/// Those that could be read.
#[derive(Default)]
pub(super) struct Labels<'a> {
    all: Vec<Label<'a>>,
    /// Some could not.
    is_faulty: bool,
}

/// One that a job can have, in lower case.
struct Label<'a> {
    node: Node<'a>,
    text: String,
    spec: Spec,
    n: u32,
}

pub(super) fn read<'a>(standby: &Node<'a>, around: &Around<'_>) -> Labels<'a> {
    let Some(entries) = standby.any_entries() else {
        standby.fault(r#"is no object; write a number for each label, like { "dagger-v0-19-4-4c-8g": 2 }"#);
        return Labels { all: Vec::new(), is_faulty: true };
    };
    let mut read = Labels::default();
    for (text, node) in entries {
        let n = node.read(&form::STANDBY);
        let (text, spec) = (text.to_lowercase(), read_label(text, &node, around));
        if read.all.iter().any(|known| known.text == text) {
            node.fault("stands there twice; leave one out");
            read.is_faulty = true;
        }
        match spec.zip(n) {
            Some((spec, n)) => read.all.push(Label { node, text, spec, n }),
            None => read.is_faulty = true,
        }
    }
    read
}

fn read_label(text: &str, node: &Node<'_>, around: &Around<'_>) -> Option<Spec> {
    let fault = match label::parse(&[text], around.min_version) {
        Verdict::Ours(Spec { run: Some(_), .. }) => {
            "is for one run, which nobody knows ahead; write the label without `-run-…`".to_owned()
        }
        Verdict::Ours(spec) => return Some(spec),
        Verdict::Foreign => {
            "is no label of ours; write one that jobs have, like `dagger-v0-19-4-4c-8g`".to_owned()
        }
        Verdict::Wrong(wrong) => wrong.to_string(),
    };
    node.fault(fault);
    None
}

/// Whether jobs of these labels run in the pool, so that what is started ahead is ever used.
pub(super) fn fits(pool: &Pool, labels: &Labels<'_>) -> bool {
    let mut is_whole = !labels.is_faulty;
    for Label { node, text, spec, .. } in &labels.all {
        if let Some(fault) = misfit(pool, text, spec) {
            node.fault(fault);
            is_whole = false;
        }
    }
    is_whole
}

pub(super) fn by_label(labels: Labels<'_>) -> Standby {
    labels.all.into_iter().map(|label| (label.text, label.n)).collect()
}

fn misfit(pool: &Pool, text: &str, spec: &Spec) -> Option<String> {
    if pool.trust == Trust::Untrusted {
        return Some(
            "cannot be kept: nothing is warm where the code is a stranger's; leave it out".to_owned(),
        );
    }
    if let Some(arch) = spec.arch.filter(|arch| *arch != pool.arch) {
        return Some(format!(
            "asks for {arch}, the pool is {}; keep `{text}` in a pool of {arch}",
            pool.arch
        ));
    }
    if let Some(purchase) = spec.purchase.filter(|purchase| *purchase != pool.purchase) {
        return Some(format!(
            "asks for {purchase}, the pool is {}; keep `{text}` in a pool of {purchase}",
            pool.purchase
        ));
    }
    if spec.gpu != pool.has_gpu {
        return Some("differs from the pool in having a GPU; keep it in a pool like itself".to_owned());
    }
    if pool.carrier == Carrier::Serverless && (spec.kind != Kind::Bare || spec.dind) {
        return Some("needs a node, and the pool has none; write a label of the kind `bare`".to_owned());
    }
    let is_too_large = pool.fit(spec.size(pool.default_size)).is_none();
    is_too_large.then(|| "is larger than the pool holds; write a smaller size".to_owned())
}
