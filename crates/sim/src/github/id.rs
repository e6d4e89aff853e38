//! Ids as GitHub hands them out, drawn from one seed.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    InstallationId
    RepositoryId
    RunId
    JobId
    RunnerId
    SessionId
    /// One attempt to deliver an event. Attempts of one event share a GUID, not this.
    DeliveryId
    CheckRunId
    /// 1 is the default group of an organization, and the only one a repository has.
    GroupId
}

/// One stream of randomness (splitmix64): the same seed gives the same world.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, or zero if there is none.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.roll().checked_rem(n).unwrap_or(0)
    }

    pub(crate) fn pick(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        usize::try_from(self.below(n)).unwrap_or(0)
    }

    pub(crate) fn guid(&mut self) -> String {
        let (a, b) = (self.roll(), self.roll());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            (a & 0x0fff) | 0x4000,
            ((b >> 48) & 0x3fff) | 0x8000,
            b & 0xffff_ffff_ffff,
        )
    }
}

/// Rising ids with gaps, as a busy service hands them out.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    next: u64,
    dice: Dice,
}

impl Ids {
    pub(crate) fn new(seed: u64, first: u64) -> Self {
        Self { next: first, dice: Dice::new(seed ^ first) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.next += 1 + self.dice.below(97);
        self.next
    }
}
