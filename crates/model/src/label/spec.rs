//! What a label asks for, once it is read.

use std::fmt;

use super::version::Version;
use crate::{
    Arch, Purchase,
    size::{Shape, Size},
};

/// What runs beside the runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Dagger engine.
    Dagger,
    /// A dockerd.
    Docker,
    /// Nothing.
    Bare,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Dagger, Self::Docker, Self::Bare];

    /// The word a label begins with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dagger => "dagger",
            Self::Docker => "docker",
            Self::Bare => "bare",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a label asks for. `None` is left open: the pool decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spec {
    pub kind: Kind,
    /// Only of the kind `dagger`. See [`Spec::engine`].
    pub version: Option<Version>,
    pub shape: Option<Shape>,
    pub arch: Option<Arch>,
    pub purchase: Option<Purchase>,
    /// Only on x86-64.
    pub gpu: bool,
    /// A dockerd beside the Dagger engine too. Only of the kind `dagger`.
    pub dind: bool,
    /// The node runs nothing else.
    pub single_tenant: bool,
    /// The one workflow run the runner is for.
    pub run: Option<u64>,
}

impl Spec {
    /// A spec that asks for nothing but its kind.
    #[must_use]
    pub const fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            version: None,
            shape: None,
            arch: None,
            purchase: None,
            gpu: false,
            dind: false,
            single_tenant: false,
            run: None,
        }
    }

    /// The Dagger engine to run, if any: a version left open means the latest.
    #[must_use]
    pub fn engine(&self) -> Option<&Version> {
        match self.kind {
            Kind::Dagger => Some(self.version.as_ref().unwrap_or(&Version::Latest)),
            Kind::Docker | Kind::Bare => None,
        }
    }

    /// What runner and sidecars may count on together; `default` is the pool's.
    #[must_use]
    pub fn size(&self, default: Size) -> Size {
        self.shape.map_or(default, Shape::size)
    }
}

/// The one label that says all of it, in the order of the grammar.
impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(version) = &self.version {
            write!(f, "-{}", version.to_string().replace('.', "-"))?;
        }
        if let Some(shape) = self.shape {
            write!(f, "-{shape}")?;
        }
        if let Some(arch) = self.arch {
            f.write_str(arch_part(arch))?;
        }
        if let Some(purchase) = self.purchase {
            f.write_str(purchase_part(purchase))?;
        }
        for (wanted, part) in [(self.gpu, "-gpu"), (self.dind, "-dind"), (self.single_tenant, "-st")] {
            if wanted {
                f.write_str(part)?;
            }
        }
        self.run.map_or(Ok(()), |run| write!(f, "-run-{run}"))
    }
}

const fn arch_part(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "-x64",
        Arch::Arm64 => "-arm64",
    }
}

const fn purchase_part(purchase: Purchase) -> &'static str {
    match purchase {
        Purchase::Spot => "-spot",
        Purchase::OnDemand => "-od",
    }
}
