//! Showing instance types.

use super::unknown_value;
use crate::compute::catalogue::{InstanceType, instance_types};
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Answer, Refusal};
use serde_json::{Value, json};

pub(super) fn describe(_m: &mut Machine, params: &Params<'_>) -> Answer {
    let asked = params.texts("InstanceType");
    if asked.len() > 100 {
        return Err(unknown_value("The maximum number of instance types is 100.".to_owned()));
    }
    if !asked.is_empty() && params.has("MaxResults") {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            400,
            "The parameter InstanceTypes cannot be used with the parameter maxResults",
        ));
    }
    if params.number("MaxResults")?.is_some_and(|n| !(5..=100).contains(&n)) {
        return Err(unknown_value(
            "Value for parameter MaxResults is invalid. Expecting a value between 5 and 100.".to_owned(),
        ));
    }
    let unknown: Vec<&str> =
        asked.iter().filter(|name| !instance_types().contains_key(**name)).copied().collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(Refusal::new("InvalidInstanceType", 400, message));
    }
    let is_asked = |shape: &&InstanceType| asked.is_empty() || asked.contains(&shape.name.as_str());
    let mut found = Vec::new();
    for shape in instance_types().values().filter(is_asked) {
        if passes(shape, params)? {
            found.push(json(shape));
        }
    }
    let (page, next) = params.page(found, "MaxResults", "NextToken", 100)?;
    Ok(json!({ "instanceTypeSet": page, "nextToken": next }))
}

fn passes(shape: &InstanceType, params: &Params<'_>) -> Result<bool, Refusal> {
    for filter in params.each("Filter") {
        let value = match filter.need("Name")? {
            "instance-type" => shape.name.clone(),
            "processor-info.supported-architecture" => shape.arch.clone(),
            "vcpu-info.default-vcpus" => shape.vcpu.to_string(),
            "memory-info.size-in-mib" => shape.memory_mib.to_string(),
            "instance-storage-supported" => shape.nvme_gb.is_some().to_string(),
            "current-generation" | "supported-usage-class" => continue,
            name => return Err(unknown_value(format!("The filter '{name}' is invalid"))),
        };
        let wanted = filter.texts("Value");
        let is_like = |wanted: &&str| match wanted.split_once('*') {
            Some((head, tail)) => value.starts_with(head) && value.ends_with(tail),
            None => value == **wanted,
        };
        if !wanted.iter().any(is_like) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn json(shape: &InstanceType) -> Value {
    let mut answer = json!({
        "instanceType": shape.name,
        "currentGeneration": true,
        "freeTierEligible": false,
        "supportedUsageClasses": ["on-demand", "spot"],
        "supportedRootDeviceTypes": ["ebs"],
        "supportedVirtualizationTypes": ["hvm"],
        "bareMetal": shape.name.contains(".metal"),
        "hypervisor": "nitro",
        "processorInfo": { "supportedArchitectures": [shape.arch] },
        "vCpuInfo": { "defaultVCpus": shape.vcpu },
        "memoryInfo": { "sizeInMiB": shape.memory_mib },
        "instanceStorageSupported": shape.nvme_gb.is_some(),
    });
    if let Some(gb) = shape.nvme_gb {
        answer["instanceStorageInfo"] = json!({ "totalSizeInGB": gb, "nvmeSupport": "required" });
    }
    if shape.n_gpus() > 0 {
        answer["gpuInfo"] = json!({ "gpus": [{ "manufacturer": "NVIDIA", "count": shape.n_gpus() }] });
    }
    answer
}
