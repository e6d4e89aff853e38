//! How much CPU and memory something has, wants or takes.

use std::fmt;

/// ECS's unit of CPU: 1024 are one vCPU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuUnits(pub u32);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mib(pub u32);

/// CPU and memory as ECS counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    pub cpu: CpuUnits,
    pub memory: Mib,
}

impl Size {
    /// Neither CPU nor memory may be short.
    #[must_use]
    pub fn fits_in(self, room: Self) -> bool {
        self.cpu <= room.cpu && self.memory <= room.memory
    }

    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: CpuUnits(self.cpu.0.checked_add(other.cpu.0)?),
            memory: Mib(self.memory.0.checked_add(other.memory.0)?),
        })
    }

    /// `None` if `other` does not fit in `self`.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            cpu: CpuUnits(self.cpu.0.checked_sub(other.cpu.0)?),
            memory: Mib(self.memory.0.checked_sub(other.memory.0)?),
        })
    }

    /// The smaller CPU and the smaller memory of the two.
    #[must_use]
    pub fn smallest(self, other: Self) -> Self {
        Self { cpu: self.cpu.min(other.cpu), memory: self.memory.min(other.memory) }
    }

    /// The larger CPU and the larger memory of the two.
    #[must_use]
    pub fn largest(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }

    /// What is left; nothing, where more is taken than there is.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self {
            cpu: CpuUnits(self.cpu.0.saturating_sub(other.cpu.0)),
            memory: Mib(self.memory.0.saturating_sub(other.memory.0)),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} CPU units and {} MiB", self.cpu.0, self.memory.0)
    }
}

/// Whole vCPUs, 1 to [`Vcpu::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vcpu(u32);

impl Vcpu {
    /// What the largest instance type of the table has.
    pub const MAX: u32 = 384;

    #[must_use]
    pub fn new(count: u32) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Whole GiB of memory, 1 to [`Gib::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gib(u32);

impl Gib {
    /// What the largest instance type of the table has.
    pub const MAX: u32 = 3072;

    #[must_use]
    pub fn new(count: u32) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// A size as people write it, `16c-32g`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    pub vcpu: Vcpu,
    pub memory: Gib,
}

impl Shape {
    /// What a GiB of a label is. One of a machine as it is sold: the kernel takes about 3 % of that before
    /// the agent registers the rest, and the node keeps something for itself. With a sixteenth left to
    /// both, two halves, or three thirds, of a machine fit on it.
    pub const MIB_PER_GIB: u32 = 960;

    /// Memory left out means 2 GiB for each vCPU: what AWS's compute-optimised families have.
    #[must_use]
    pub const fn of_vcpu(vcpu: Vcpu) -> Self {
        Self { vcpu, memory: Gib(vcpu.0 * 2) }
    }

    /// What the job may count on.
    #[must_use]
    pub const fn size(self) -> Size {
        Size { cpu: CpuUnits(self.vcpu.0 * 1024), memory: Mib(self.memory.0 * Self::MIB_PER_GIB) }
    }

    /// The largest that a label can name of this much room, if it can name any.
    #[must_use]
    pub fn largest_in(room: Size) -> Option<Self> {
        let vcpu = Vcpu::new((room.cpu.0 / 1024).min(Vcpu::MAX))?;
        let memory = Gib::new((room.memory.0 / Self::MIB_PER_GIB).min(Gib::MAX))?;
        Some(Self { vcpu, memory })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}c-{}g", self.vcpu.0, self.memory.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn size(cpu: u32, memory: u32) -> Size {
        Size { cpu: CpuUnits(cpu), memory: Mib(memory) }
    }

    #[test]
    fn a_size_fits_only_if_cpu_and_memory_both_do() {
        let room = size(4096, 8192);
        assert!(size(4096, 8192).fits_in(room));
        assert!(!size(4097, 1).fits_in(room));
        assert!(!size(1, 8193).fits_in(room));
    }

    #[test]
    fn sums_and_differences_that_cannot_be_are_none() {
        assert_eq!(size(1, 2).checked_add(size(3, 4)), Some(size(4, 6)));
        assert_eq!(size(1, u32::MAX).checked_add(size(1, 1)), None);
        assert_eq!(size(4, 6).checked_sub(size(3, 4)), Some(size(1, 2)));
        assert_eq!(size(4, 6).checked_sub(size(3, 7)), None);
    }

    #[test]
    fn a_room_is_named_by_the_largest_job_it_holds() {
        let largest = |cpu, memory| Shape::largest_in(size(cpu, memory)).map(|shape| shape.to_string());
        assert_eq!(largest(16384, 32 * 960), Some("16c-32g".to_owned()));
        assert_eq!(largest(16384, 32 * 960 - 1), Some("16c-31g".to_owned()));
        assert_eq!(largest(u32::MAX, u32::MAX), Some("384c-3072g".to_owned()));
        assert_eq!((largest(1023, 960), largest(1024, 959)), (None, None));
    }

    #[test]
    fn the_largest_vcpu_count_has_a_default_memory() {
        let largest = Vcpu::new(Vcpu::MAX).expect("the maximum is in the range");
        assert_eq!(Gib::new(Shape::of_vcpu(largest).memory.get()), Some(Shape::of_vcpu(largest).memory));
        assert_eq!(Vcpu::new(Vcpu::MAX + 1), None);
        assert_eq!(Vcpu::new(0), None);
    }
}
