//! A label while it is being read: what it says so far, and what is wrong with it.

use super::{
    fault::Fault,
    part::Part,
    spec::{Kind, Spec},
    version::{Release, Version},
};
use crate::{
    Arch, Purchase,
    size::{Gib, Shape, Vcpu},
};

/// A value and the words that gave it.
type Slot<T> = Option<(T, String)>;

#[derive(Clone, Debug)]
pub(super) struct Draft {
    kind: Kind,
    version: Slot<Version>,
    vcpu: Slot<Vcpu>,
    memory: Slot<Gib>,
    arch: Slot<Arch>,
    purchase: Slot<Purchase>,
    gpu: Slot<()>,
    dind: Slot<()>,
    single_tenant: Slot<()>,
    run: Slot<u64>,
    pub(super) faults: Vec<Fault>,
}

impl Draft {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            version: None,
            vcpu: None,
            memory: None,
            arch: None,
            purchase: None,
            gpu: None,
            dind: None,
            single_tenant: None,
            run: None,
            faults: Vec::new(),
        }
    }

    /// The first to say something is believed; another is a fault.
    pub(super) fn add(&mut self, part: Part, text: &str) {
        let fault = match part {
            Part::Version(version) => fill(&mut self.version, version, text),
            Part::Vcpu(vcpu) => fill(&mut self.vcpu, vcpu, text),
            Part::Memory(memory) => fill(&mut self.memory, memory, text),
            Part::Arch(arch) => fill(&mut self.arch, arch, text),
            Part::Purchase(purchase) => fill(&mut self.purchase, purchase, text),
            Part::Gpu => fill(&mut self.gpu, (), text),
            Part::Dind => fill(&mut self.dind, (), text),
            Part::SingleTenant => fill(&mut self.single_tenant, (), text),
            Part::Run(run) => fill(&mut self.run, run, text),
        };
        self.faults.extend(fault);
    }

    /// For a version that does not come right after the kind, where it is the first and may be at all.
    pub(super) fn late_version(&mut self, version: &Version) {
        if self.kind == Kind::Dagger && self.version.is_none() {
            self.faults.push(Fault::VersionNotFirst(version.clone()));
        }
    }

    /// For a spelling in which memory alone is a size.
    pub(super) fn default_vcpu(&mut self, vcpu: Vcpu) {
        if self.memory.is_some() && self.vcpu.is_none() {
            self.vcpu = Some((vcpu, vcpu.get().to_string()));
        }
    }

    /// The spec, and what is wrong with it: then it is the nearest one that is right.
    pub(super) fn finish(mut self, min_version: Option<&Release>) -> (Spec, Vec<Fault>) {
        self.check_kind();
        self.check_version(min_version);
        if self.gpu.is_some() && matches!(self.arch, Some((Arch::Arm64, _))) {
            self.faults.push(Fault::GpuOnArm);
            self.arch = None;
        }
        let spec = Spec {
            kind: self.kind,
            shape: self.shape(),
            version: self.version.map(value),
            arch: self.arch.map(value),
            purchase: self.purchase.map(value),
            gpu: self.gpu.is_some(),
            dind: self.dind.is_some(),
            single_tenant: self.single_tenant.is_some(),
            run: self.run.map(value),
        };
        (spec, self.faults)
    }

    fn check_kind(&mut self) {
        match self.kind {
            Kind::Dagger => {}
            Kind::Docker | Kind::Bare => {
                if self.version.take().is_some() {
                    self.faults.push(Fault::VersionOf(self.kind));
                }
                if self.dind.take().is_some() {
                    self.faults.push(Fault::DindOf(self.kind));
                }
            }
        }
    }

    fn check_version(&mut self, min_version: Option<&Release>) {
        let (Some((Version::Release(version), _)), Some(minimum)) = (&mut self.version, min_version) else {
            return;
        };
        if &*version < minimum {
            self.faults.push(Fault::BelowMinimum { version: version.clone(), minimum: minimum.clone() });
            *version = minimum.clone();
        }
    }

    fn shape(&mut self) -> Option<Shape> {
        match (&self.vcpu, &self.memory) {
            (None, None) => None,
            (Some((vcpu, _)), None) => Some(Shape::of_vcpu(*vcpu)),
            (Some((vcpu, _)), Some((memory, _))) => Some(Shape { vcpu: *vcpu, memory: *memory }),
            (None, Some((memory, text))) => {
                self.faults.push(Fault::MemoryAlone(text.clone()));
                let vcpu = Vcpu::new((memory.get() / 2).clamp(1, Vcpu::MAX))?;
                Some(Shape { vcpu, memory: *memory })
            }
        }
    }
}

fn fill<T: PartialEq>(slot: &mut Slot<T>, new: T, text: &str) -> Option<Fault> {
    match slot {
        None => {
            *slot = Some((new, text.to_owned()));
            None
        }
        Some((old, _)) if *old == new => Some(Fault::Twice(text.to_owned())),
        Some((_, first)) => Some(Fault::Contradiction { first: first.clone(), second: text.to_owned() }),
    }
}

fn value<T>((value, _): (T, String)) -> T {
    value
}
