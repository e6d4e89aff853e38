//! The EC2 instance types that pools may be made of.

use std::{collections::BTreeMap, sync::OnceLock};

use crate::{
    Arch,
    size::{CpuUnits, Mib, Size},
};

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
    /// keep some memory, 2.5 % where it was measured, so 3 %.
    #[must_use]
    pub fn registered(&self) -> Size {
        Size { cpu: CpuUnits(self.vcpu * 1024), memory: Mib(self.memory.0 * 97 / 100) }
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
        assert_eq!(registered, Size { cpu: CpuUnits(16384), memory: Mib(31784) });
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
