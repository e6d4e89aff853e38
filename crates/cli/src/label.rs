//! `quillon label explain`.

use anyhow::Context;
use model::label::{Caveat, Kind, Release, Spec, Verdict, Version, caveats, parse};
use serde::Serialize;

use crate::Answer;

pub(crate) fn explain(
    arguments: &[String],
    min_version: Option<&Release>,
    json: bool,
) -> anyhow::Result<Answer> {
    let labels = listed(arguments);
    let verdict = parse(&labels, min_version);
    let text = if json {
        serde_json::to_string_pretty(&as_json(&labels, &verdict)).context("cannot write JSON")?
    } else {
        as_text(&labels, &verdict)
    };
    let is_good = match verdict {
        Verdict::Ours(_) | Verdict::Foreign => true,
        Verdict::Wrong(_) => false,
    };
    Ok(Answer { text, is_good })
}

/// A list may be pasted as it stands in a workflow, `[self-hosted, dagger-v0.19.4]`.
fn listed(arguments: &[String]) -> Vec<String> {
    let joined = arguments.join(" ");
    match joined.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(list) => {
            list.split(',').map(|label| label.trim().trim_matches(['"', '\'']).to_owned()).collect()
        }
        None => arguments.to_vec(),
    }
}

#[derive(Debug, Default, Serialize)]
struct Explained {
    verdict: &'static str,
    kind: Option<&'static str>,
    version: Option<String>,
    vcpu: Option<u32>,
    memory_gib: Option<u32>,
    arch: Option<&'static str>,
    purchase: Option<&'static str>,
    gpu: Option<bool>,
    dind: Option<bool>,
    single_tenant: Option<bool>,
    run: Option<u64>,
    message: Option<String>,
}

fn as_json(labels: &[String], verdict: &Verdict) -> Explained {
    match verdict {
        Verdict::Ours(spec) => Explained {
            verdict: "ours",
            kind: Some(spec.kind.name()),
            version: spec.version.as_ref().map(ToString::to_string),
            vcpu: spec.shape.map(|shape| shape.vcpu.get()),
            memory_gib: spec.shape.map(|shape| shape.memory.get()),
            arch: spec.arch.map(|arch| arch.name()),
            purchase: spec.purchase.map(|purchase| purchase.name()),
            gpu: Some(spec.gpu),
            dind: Some(spec.dind),
            single_tenant: Some(spec.single_tenant),
            run: spec.run,
            message: message(labels, spec),
        },
        Verdict::Foreign => Explained { verdict: "foreign", ..Explained::default() },
        Verdict::Wrong(wrong) => {
            Explained { verdict: "wrong", message: Some(wrong.to_string()), ..Explained::default() }
        }
    }
}

/// What sets these labels apart from one plain label; that a plain one may be bound is no message.
fn message(labels: &[String], spec: &Spec) -> Option<String> {
    let told = caveats(labels, spec).into_iter().filter(|caveat| match caveat {
        Caveat::List { .. } | Caveat::Ignored { .. } => true,
        Caveat::Unbound { .. } => false,
    });
    let told: Vec<String> = told.map(|caveat| caveat.to_string()).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn as_text(labels: &[String], verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ours(spec) => {
            let parts = parts(spec).into_iter().map(|(name, says)| format!("  {name:<14}{says}"));
            let notes = caveats(labels, spec).into_iter().map(|caveat| format!("note: {caveat}"));
            std::iter::once(format!("ours: {spec}")).chain(parts).chain(notes).collect::<Vec<_>>().join("\n")
        }
        Verdict::Foreign => "foreign: another runner's, left alone; \
             a label of ours begins with `dagger`, `docker` or `bare`, like `dagger-v0-19-4-4c-spot`"
            .to_owned(),
        Verdict::Wrong(wrong) => format!("wrong: {wrong}"),
    }
}

/// Every part a label can have, with what this one says of it.
fn parts(spec: &Spec) -> Vec<(&'static str, String)> {
    let sidecar = match spec.kind {
        Kind::Dagger => "dagger: a Dagger engine beside the runner",
        Kind::Docker => "docker: a dockerd beside the runner",
        Kind::Bare => "bare: nothing beside the runner",
    };
    let version = spec.engine().map(|version| match (&spec.version, version) {
        (None, _) => "left open: the latest when the job starts".to_owned(),
        (Some(_), Version::Latest) => "latest: whatever is newest when the job starts".to_owned(),
        (Some(_), Version::Release(release)) => release.to_string(),
    });
    let size = spec.shape.map_or_else(
        || "left open: the pool's default".to_owned(),
        |shape| {
            format!(
                "{} vCPUs and {} GiB as machines are sold: runner and sidecars may count on {} MiB together",
                shape.vcpu.get(),
                shape.memory.get(),
                shape.size().memory.0
            )
        },
    );
    let open = || "left open: whichever pool fits".to_owned();
    let run = spec.run.map_or_else(|| "any".to_owned(), |run| format!("{run}, and no other"));
    let mut parts = vec![("kind", sidecar.to_owned())];
    parts.extend(version.map(|version| ("version", version)));
    parts.extend([
        ("size", size),
        ("architecture", spec.arch.map_or_else(open, |arch| arch.to_string())),
        ("purchase", spec.purchase.map_or_else(open, |purchase| purchase.to_string())),
        ("GPU", yes(spec.gpu, "yes, so on x86_64")),
        ("dind", yes(spec.dind, "yes: a dockerd beside the engine too")),
        ("single tenant", yes(spec.single_tenant, "yes: the node runs nothing else")),
        ("run", run),
    ]);
    parts
}

fn yes(is_wanted: bool, says: &str) -> String {
    if is_wanted { says } else { "no" }.to_owned()
}
