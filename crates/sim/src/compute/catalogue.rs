//! The instance types there are.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One instance type's shape and price.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    pub name: String,
    /// As EC2 spells it: `x86_64` or `arm64`.
    pub arch: String,
    pub vcpu: u64,
    pub memory_mib: u64,
    pub nvme_gb: Option<u64>,
    pub on_demand_usd_per_hour: f64,
}

impl InstanceType {
    /// Spot is about 60 % off (half to 70 %, by type and day).
    pub fn spot_usd_per_hour(&self) -> f64 {
        self.on_demand_usd_per_hour * 0.4
    }

    /// Whole GPUs. The table has none, so by family and size as EC2 lists them.
    pub fn n_gpus(&self) -> u64 {
        let (family, size) = self.name.split_once('.').unwrap_or((&self.name, ""));
        if !["g4dn", "g5", "g5g", "g6", "g6e", "gr6", "g7e"].contains(&family) {
            return 0;
        }
        match size {
            "12xlarge" if family == "g7e" => 2,
            "24xlarge" if family == "g7e" => 4,
            "12xlarge" | "24xlarge" => 4,
            "48xlarge" | "metal" => 8,
            _ => 1,
        }
    }

    /// Network interfaces it can have beside its own, by size as EC2 lists them: tasks of the network mode `awsvpc` that
    /// fit on it.
    pub fn n_interfaces(&self) -> u64 {
        match self.name.split_once('.').unwrap_or((&self.name, "")) {
            (_, "nano" | "micro" | "small" | "medium") => 1,
            (_, "large") => 2,
            (_, "xlarge" | "2xlarge") => 3,
            ("c8id", "12xlarge") => 11,
            (_, "4xlarge" | "6xlarge" | "8xlarge" | "9xlarge" | "10xlarge" | "12xlarge") => 7,
            _ => 14,
        }
    }

    /// The same with a trunk, if it can have one, by size as ECS lists them.
    pub fn n_trunked_interfaces(&self) -> Option<u64> {
        let (family, size) = self.name.split_once('.').unwrap_or((&self.name, ""));
        if ["t3", "t3a", "t4g", "g4dn", "i3en"].contains(&family) {
            return None;
        }
        match size {
            "nano" | "micro" | "small" | "medium" => None,
            "large" => Some(10),
            "xlarge" => Some(20),
            "2xlarge" => Some(40),
            "4xlarge" => Some(60),
            "6xlarge" | "8xlarge" | "9xlarge" | "10xlarge" | "12xlarge" if self.arch == "arm64" => Some(60),
            "6xlarge" | "8xlarge" | "9xlarge" | "10xlarge" => Some(90),
            _ => Some(120),
        }
    }
}

pub fn instance_type(name: &str) -> Option<&'static InstanceType> {
    instance_types().get(name)
}

pub fn instance_types() -> &'static BTreeMap<String, InstanceType> {
    static TYPES: LazyLock<BTreeMap<String, InstanceType>> = LazyLock::new(|| {
        let rows = include_str!("../../../model/data/instances.csv").lines().skip(1);
        rows.map(|row| read(row).expect("the table of instance types is checked by a test"))
            .map(|shape| (shape.name.clone(), shape))
            .collect()
    });
    &TYPES
}

fn read(row: &str) -> Option<InstanceType> {
    let mut cells = row.split(',');
    Some(InstanceType {
        name: cells.next()?.to_owned(),
        arch: cells.next()?.to_owned(),
        vcpu: cells.next()?.parse().ok()?,
        memory_mib: cells.next()?.parse().ok()?,
        nvme_gb: cells.next().filter(|cell| !cell.is_empty()).map(str::parse).transpose().ok()?,
        on_demand_usd_per_hour: cells.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_instance_types_is_read() {
        let shape = instance_type("c7gd.4xlarge").unwrap();
        assert_eq!((shape.vcpu, shape.memory_mib, shape.nvme_gb), (16, 32_768, Some(950)));
        assert_eq!(instance_types().len(), 613);
    }
}
