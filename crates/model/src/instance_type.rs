//! The EC2 instance types that pools may be made of.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::{
    Arch,
    size::{CpuUnits, Mib, Shape, Size},
};

/// What every node keeps from its tasks for agent, Docker and its own program (`ECS_RESERVED_MEMORY`).
///
/// More would no longer leave a whole machine's job its room on the smallest machines, where the
/// sixteenth between what is sold and what a label's GiB means is little: 256 MiB of 4 GiB.
pub const RESERVED: Mib = Mib(100);

#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    pub name: &'static str,
    pub arch: Arch,
    pub vcpu: u32,
    /// What the data sheet says; a node registers less: [`InstanceType::registered`].
    pub memory: Mib,
    /// `None` if the type has no instance store.
    pub nvme_gb: Option<u32>,
    /// In us-east-1, Linux.
    pub on_demand_usd_per_hour: f64,
}

impl InstanceType {
    /// Whether it belongs to a family with a GPU, `g6`, `gr6`, `p5` and their like: the table does not say.
    #[must_use]
    pub fn has_gpu(&self) -> bool {
        let generation = self.name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let letters = &self.name[..self.name.len() - generation.len()];
        matches!(letters, "g" | "gr" | "p")
    }

    /// What a node of this type can be counted on to register with ECS: the machine and its kernel
    /// keep some memory, 2.5 % where it was measured, so 3 %, and the node keeps [`RESERVED`].
    #[must_use]
    pub fn registered(&self) -> Size {
        let after_kernel = self.memory.0 * 97 / 100;
        Size { cpu: self.cpu(), memory: Mib(after_kernel.saturating_sub(RESERVED.0)) }
    }

    /// What jobs may take of a node of this type together: never more than a label can name of the
    /// machine as it is sold, even where more is registered.
    #[must_use]
    pub fn for_jobs(&self) -> Size {
        let sold = Mib(self.memory.0 / 1024 * Shape::MIB_PER_GIB);
        Size { cpu: self.cpu(), memory: sold.min(self.registered().memory) }
    }

    fn cpu(&self) -> CpuUnits {
        CpuUnits(self.vcpu * 1024)
    }
}

/// The type of this name, if the table has it.
#[must_use]
pub fn instance_type(name: &str) -> Option<&'static InstanceType> {
    table().get(name)
}

/// Every type, by name.
pub fn all() -> impl Iterator<Item = &'static InstanceType> {
    table().values()
}

fn table() -> &'static BTreeMap<&'static str, InstanceType> {
    static TABLE: OnceLock<BTreeMap<&'static str, InstanceType>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("../data/instances.csv")
            .lines()
            .skip(1)
            .map(|line| row(line).expect("the table shipped with this crate is read whole by its tests"))
            .map(|row| (row.name, row))
            .collect()
    })
}

fn row(line: &'static str) -> Option<InstanceType> {
    let mut cells = line.split(',');
    let mut cell = || cells.next();
    Some(InstanceType {
        name: cell()?,
        arch: Arch::from_name(cell()?)?,
        vcpu: cell()?.parse().ok()?,
        memory: Mib(cell()?.parse().ok()?),
        nvme_gb: match cell()? {
            "" => None,
            gb => Some(gb.parse().ok()?),
        },
        on_demand_usd_per_hour: cell()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::{Gib, Vcpu};

    #[test]
    fn every_row_of_the_table_is_read() {
        assert_eq!(all().count(), include_str!("../data/instances.csv").lines().count() - 1);
    }

    #[test]
    fn a_type_is_found_by_its_name() {
        let found = instance_type("c7gd.4xlarge").unwrap();
        assert_eq!((found.arch, found.vcpu, found.memory), (Arch::Arm64, 16, Mib(32768)));
        assert_eq!(found.nvme_gb, Some(950));
        assert_eq!(instance_type("c7gd.5xlarge"), None);
    }

    #[test]
    fn a_node_registers_less_memory_than_its_data_sheet_says() {
        let registered = instance_type("c7gd.4xlarge").unwrap().registered();
        assert_eq!(registered, Size { cpu: CpuUnits(16384), memory: Mib(31684) });
    }

    /// `None` where a label cannot say it: it speaks in whole vCPUs and GiB.
    fn part(of: &InstanceType, n: u32) -> Option<Shape> {
        Some(Shape { vcpu: Vcpu::new(of.vcpu / n)?, memory: Gib::new(of.memory.0 / 1024 / n)? })
    }

    #[test]
    fn a_machine_holds_a_whole_machine_s_job_or_two_of_half_or_three_of_a_third() {
        // 2 GiB less 3 % and what the node keeps are 1886 MiB, and two GiB of a label are 1920.
        let too_small = |of: &InstanceType| of.memory <= Mib(2048);
        // A third of two vCPUs, or half of one, is not a whole one.
        let cannot_be_said = |of: &InstanceType, n: u32| of.vcpu < n;
        for of in all().filter(|of| !too_small(of)) {
            for n in 1..=3 {
                let Some(part) = part(of, n) else {
                    assert!(cannot_be_said(of, n), "{} in {n}", of.name);
                    continue;
                };
                let together = (0..n).try_fold(Size::default(), |sum, _| sum.checked_add(part.size()));
                let together = together.expect("no machine is that large");
                assert!(together.fits_in(of.registered()), "{}: {n} of {part}", of.name);
                assert!(together.fits_in(of.for_jobs()), "{}: {n} of {part}", of.name);
            }
        }
    }

    #[test]
    fn only_machines_of_2_gib_or_less_do_not_hold_what_they_are_sold_as() {
        let holds = |of: &InstanceType| Shape::largest_in(of.for_jobs());
        let short: Vec<_> = all().filter(|of| holds(of).is_none() || holds(of) != part(of, 1)).collect();
        assert!(!short.is_empty());
        for of in short {
            assert!(of.memory <= Mib(2048), "{}", of.name);
        }
    }

    #[test]
    fn a_gpu_is_known_by_the_family() {
        let has_gpu = |name| instance_type(name).is_some_and(InstanceType::has_gpu);
        assert!(has_gpu("g6.xlarge") && has_gpu("gr6.4xlarge") && has_gpu("g4dn.metal"));
        assert!(!has_gpu("c7gd.xlarge") && !has_gpu("m6gd.large") && !has_gpu("i4g.large"));
    }

    #[test]
    fn the_largest_type_has_what_a_label_may_ask_for_at_most() {
        assert_eq!(all().map(|t| t.vcpu).max(), Some(Vcpu::MAX));
        assert_eq!(all().map(|t| t.memory.0).max(), Some(Gib::MAX * 1024));
    }
}
