//! RunsOn's spelling, `runs-on=<run>/cpu=4/ram=16/spot=true`, where it means the same here.

use super::{draft::Draft, fault::Fault, part::Part, spec::Kind, version::number};
use crate::{
    Arch, Purchase,
    size::{Gib, Vcpu},
};

/// What RunsOn gives a job that names memory and no vCPUs.
const DEFAULT_VCPU: u32 = 2;

/// What the labels say, or `None` if they are not RunsOn's.
///
/// The labels are trimmed and in lower case: one, or a list, with `/` or `,` between the options.
pub(super) fn read(labels: &[String]) -> Option<Draft> {
    labels.iter().find(|label| matches!(options(label).next(), Some(("runs-on", _))))?;
    let mut draft = Draft::new(Kind::Docker);
    for (key, value) in labels.iter().flat_map(|label| options(label)) {
        let part = match meaning(key, value) {
            Meaning::Ignored => None,
            Meaning::Part(part) => Some(part),
            Meaning::Runner(vcpu, arch) => {
                draft.add(Part::Vcpu(vcpu), &spelt(key, value));
                arch.map(Part::Arch)
            }
            Meaning::Wrong(fault, meant) => {
                draft.faults.push(fault);
                meant
            }
        };
        if let Some(part) = part {
            draft.add(part, &spelt(key, value));
        }
    }
    if let Some(vcpu) = Vcpu::new(DEFAULT_VCPU) {
        draft.default_vcpu(vcpu);
    }
    Some(draft)
}

/// The options that are read over, as they stand there.
pub(super) fn ignored(labels: &[String]) -> Vec<String> {
    let is_ignored =
        |&(key, value): &(&str, &str)| key != "runs-on" && meaning(key, value) == Meaning::Ignored;
    labels
        .iter()
        .flat_map(|label| options(label))
        .filter(is_ignored)
        .map(|(key, value)| spelt(key, value))
        .collect()
}

#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Ignored,
    Part(Part),
    Runner(Vcpu, Option<Arch>),
    /// With what it was probably meant to say.
    Wrong(Fault, Option<Part>),
}

fn options(label: &str) -> impl Iterator<Item = (&str, &str)> {
    label.split(['/', ',']).map(|option| {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        (key.trim(), value.trim())
    })
}

fn spelt(key: &str, value: &str) -> String {
    if value.is_empty() { key.to_owned() } else { format!("{key}={value}") }
}

fn meaning(key: &str, value: &str) -> Meaning {
    let refused = |why| Meaning::Wrong(Fault::RunsOn { key: spelt(key, value), why }, None);
    match (key, value) {
        // The list form's marker, and what GitHub's own runners carry.
        ("runs-on" | "self-hosted" | "linux", "") => Meaning::Ignored,
        ("runs-on" | "run-id", run) => run_id(run),
        ("runner", name) => runner(name),
        ("cpu", range) => lowest(range).and_then(Vcpu::new).map_or_else(
            || Meaning::Wrong(Fault::Vcpu(spelt(key, value)), None),
            |vcpu| Meaning::Part(Part::Vcpu(vcpu)),
        ),
        ("ram", range) => lowest(range).and_then(Gib::new).map_or_else(
            || Meaning::Wrong(Fault::Memory(spelt(key, value)), None),
            |memory| Meaning::Part(Part::Memory(memory)),
        ),
        ("spot", "false" | "never") => Meaning::Part(Part::Purchase(Purchase::OnDemand)),
        // How AWS is to choose among machines is the pool's matter.
        (
            "spot",
            "true" | "pco" | "price-capacity-optimized" | "co" | "capacity-optimized" | "lp" | "lowest-price",
        ) => Meaning::Part(Part::Purchase(Purchase::Spot)),
        ("spot", _) => refused("is `true` or `false`"),
        ("family", family) => machines(key, family),
        ("image", image) => {
            let arch = Arch::ALL.into_iter().find(|arch| image.ends_with(suffix(*arch)));
            let fault = Fault::RunsOn {
                key: spelt(key, value),
                why: "cannot be chosen here, jobs run in the installation's own image",
            };
            Meaning::Wrong(fault, arch.map(Part::Arch))
        }
        // Without them a job does the same, at most slower.
        ("ssh" | "tag" | "debug" | "retry", _)
        | ("extras", "s3-cache")
        | ("env", "production")
        | ("private" | "nested-virt", "false") => Meaning::Ignored,
        ("volume" | "disk" | "hdd", _) => refused("cannot be chosen here, the disk is the node's NVMe"),
        ("private" | "region" | "az" | "zone", _) => refused("is the pool's to say"),
        ("extras" | "nested-virt", _) => refused("is not offered here"),
        ("env" | "pool", _) => refused("has no counterpart here"),
        (_, "") => Meaning::Wrong(Fault::Stranger(key.to_owned()), None),
        _ => refused("is an option that has no counterpart here"),
    }
}

/// The run's number, and behind a dash whatever tells its jobs apart: the label as a whole binds.
fn run_id(value: &str) -> Meaning {
    if value.contains("${{") {
        return Meaning::Wrong(Fault::Unfilled(value.to_owned()), None);
    }
    let digits = value.split_once('-').map_or(value, |(digits, _)| digits);
    match number(digits).filter(|run| *run > 0) {
        Some(run) => Meaning::Part(Part::Run(run)),
        None => Meaning::Wrong(Fault::RunsOnRun(value.to_owned()), None),
    }
}

/// `4cpu-linux-x64`; the names that a repository may define for itself are unknown here.
fn runner(name: &str) -> Meaning {
    let wrong = || Meaning::Wrong(Fault::RunsOnRunner(name.to_owned()), None);
    let Some((count, system)) = name.split_once("cpu-") else { return wrong() };
    let arch = match system {
        "linux" => None,
        "linux-x64" => Some(Arch::X86_64),
        "linux-arm64" => Some(Arch::Arm64),
        _ => return wrong(),
    };
    lowest(count).and_then(Vcpu::new).map_or_else(wrong, |vcpu| Meaning::Runner(vcpu, arch))
}

/// Families are a preference that pools make for everybody; a size or a GPU in them is a demand.
fn machines(key: &str, families: &str) -> Meaning {
    let fault = |why| Fault::RunsOn { key: spelt(key, families), why };
    let is_accelerated = |family: &str| {
        let generation = family.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        matches!(&family[..family.len() - generation.len()], "g" | "gr" | "p")
            && generation.starts_with(|c: char| c.is_ascii_digit())
    };
    if families.split('+').any(is_accelerated) {
        return Meaning::Wrong(fault("names machines with a GPU, which is `gpu` here"), Some(Part::Gpu));
    }
    let is_sized = |family: &str| family.split_once('.').is_some_and(|(_, size)| size != "*");
    if families.split('+').any(is_sized) {
        return Meaning::Wrong(fault("names a machine, and here a job names its size"), None);
    }
    Meaning::Ignored
}

/// RunsOn takes a range, `4+16`: the least of it is what the job can live with.
fn lowest(range: &str) -> Option<u32> {
    let numbers: Option<Vec<u64>> = range.split('+').map(number).collect();
    numbers?.into_iter().min().and_then(|least| u32::try_from(least).ok())
}

const fn suffix(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "-x64",
        Arch::Arm64 => "-arm64",
    }
}
