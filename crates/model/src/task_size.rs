//! The sizes that a task without a node can have.

use crate::price::Price;
use crate::size::{CpuUnits, Mib, Size};
use crate::{Arch, Purchase};

const GIB: u32 = 1024;

/// For so many CPU units, the least memory, the most, and the step between. Half a GiB at 256 units,
/// which no label can ask for, is left out, and so is 32 vCPU, which not every place has.
const ROWS: [(u32, u32, u32, u32); 7] = [
    (256, GIB, 2 * GIB, GIB),
    (512, GIB, 4 * GIB, GIB),
    (1024, 2 * GIB, 8 * GIB, GIB),
    (2048, 4 * GIB, 16 * GIB, GIB),
    (4096, 8 * GIB, 30 * GIB, GIB),
    (8192, 16 * GIB, 60 * GIB, 4 * GIB),
    (16384, 32 * GIB, 120 * GIB, 8 * GIB),
];

/// The largest there is.
pub const LARGEST: Size = Size { cpu: CpuUnits(16384), memory: Mib(120 * GIB) };

/// The smallest that holds this much, which is also the cheapest: a vCPU costs more than the memory that
/// comes with it, and fewer of them come with smaller steps of memory.
#[must_use]
pub fn holding(wanted: Size) -> Option<Size> {
    ROWS.iter().find_map(|&(cpu, least, most, step)| {
        let memory = wanted.memory.0.max(least).checked_next_multiple_of(step)?;
        (wanted.cpu.0 <= cpu && memory <= most).then_some(Size { cpu: CpuUnits(cpu), memory: Mib(memory) })
    })
}

/// Whether a task can have exactly this size.
#[must_use]
pub fn is_one(size: Size) -> bool {
    holding(size) == Some(size)
}

/// What the task that holds this much costs, in us-east-1 ("AWS Fargate Pricing", Linux): vCPUs and GiB have prices of
/// their own. The disk that every task has costs nothing.
#[must_use]
pub fn price(wanted: Size, arch: Arch, purchase: Purchase) -> Price {
    let size = holding(wanted).unwrap_or(LARGEST);
    let (vcpu, gib) = match arch {
        Arch::X86_64 => (40_480, 4_445),
        Arch::Arm64 => (32_380, 3_560),
    };
    let cpu = u64::from(size.cpu.0) * vcpu / 1024;
    let on_demand = Price(cpu + u64::from(size.memory.0) * gib / u64::from(GIB));
    match purchase {
        Purchase::OnDemand => on_demand,
        Purchase::Spot => on_demand.on_spot(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::{Gib, Shape, Vcpu};

    fn held(vcpu: u32, gib: u32) -> Option<(u32, u32)> {
        let shape = Shape { vcpu: Vcpu::new(vcpu)?, memory: Gib::new(gib)? };
        holding(shape.size()).map(|size| (size.cpu.0, size.memory.0))
    }

    #[test]
    fn a_label_gets_the_smallest_task_that_holds_it() {
        assert_eq!(held(1, 1), Some((1024, 2048)));
        assert_eq!(held(1, 2), Some((1024, 2048)));
        assert_eq!(held(2, 4), Some((2048, 4096)));
        assert_eq!(held(3, 8), Some((4096, 8192)));
        assert_eq!(held(1, 30), Some((4096, 29 * 1024)));
        assert_eq!(held(8, 17), Some((8192, 16 * 1024)));
        assert_eq!(held(16, 32), Some((16384, 32 * 1024)));
        assert_eq!(held(4, 64), Some((8192, 60 * 1024)));
        assert_eq!(held(16, 128), Some((16384, 120 * 1024)));
    }

    #[test]
    fn a_task_costs_what_its_vcpus_and_its_memory_do() {
        let cost = |cpu, memory, arch, purchase| {
            price(Size { cpu: CpuUnits(cpu), memory: Mib(memory) }, arch, purchase).0
        };
        assert_eq!(cost(1024, 2048, Arch::X86_64, Purchase::OnDemand), 40_480 + 2 * 4_445);
        assert_eq!(cost(2048, 4096, Arch::Arm64, Purchase::OnDemand), 2 * 32_380 + 4 * 3_560);
        assert_eq!(cost(2048, 4096, Arch::Arm64, Purchase::Spot), (2 * 32_380 + 4 * 3_560) * 2 / 5);
        // As the task that holds it.
        assert_eq!(cost(3072, 4096, Arch::Arm64, Purchase::OnDemand), 4 * 32_380 + 8 * 3_560);
    }

    #[test]
    fn nothing_holds_what_is_larger_than_the_largest() {
        assert_eq!((held(17, 32), held(1, 129)), (None, None));
        assert!(is_one(LARGEST));
        assert_eq!(holding(Size { memory: Mib(u32::MAX), ..LARGEST }), None);
    }

    #[test]
    fn what_holds_something_is_a_size_itself_and_no_smaller_one_does() {
        for vcpu in 1..=16 {
            for gib in 1..=128 {
                let Some((cpu, memory)) = held(vcpu, gib) else { continue };
                assert!(is_one(Size { cpu: CpuUnits(cpu), memory: Mib(memory) }), "{vcpu}c-{gib}g");
                assert!(cpu >= vcpu * 1024 && memory >= gib * Shape::MIB_PER_GIB, "{vcpu}c-{gib}g");
                let smaller = ROWS.iter().filter(|row| row.0 < cpu && row.0 >= vcpu * 1024);
                assert!(smaller.clone().all(|row| row.2 < gib * Shape::MIB_PER_GIB), "{vcpu}c-{gib}g");
            }
        }
    }
}
