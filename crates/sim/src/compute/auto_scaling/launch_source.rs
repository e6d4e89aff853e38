//! Where a group's instances come from: a launch template, perhaps mixed with overrides.

use super::group::Group;
use super::member::Member;
use crate::compute::catalogue::{InstanceType, instance_type, instance_types};
use crate::compute::ec2::Market;
use crate::compute::machine::Machine;
use crate::compute::params::Params;
use crate::compute::refusal::{Refusal, Service, validation};
use crate::compute::template::{Template, TemplateRef};
use serde_json::{Value, json};
use std::cmp::Reverse;

#[derive(Clone, Debug, Default)]
pub(crate) struct LaunchSource {
    template: Option<TemplateRef>,
    /// `MixedInstancesPolicy` as given, its defaults filled in.
    mixed: Option<Value>,
}

impl LaunchSource {
    /// Reads what a request says; nothing if it says nothing.
    pub(super) fn read(m: &Machine, params: &Params<'_>) -> Result<Option<Self>, Refusal> {
        if params.has("LaunchConfigurationName") {
            return Err(validation("Launch configurations are not supported here; use a launch template."));
        }
        let source = Self::named(params);
        for named in source.template_refs() {
            if !m.templates.contains_key(&named) {
                return Err(validation(
                    "You must use a valid fully-formed launch template. The specified launch template does not exist.",
                ));
            }
        }
        Ok((source.template.is_some()).then_some(source))
    }

    pub(super) fn named(params: &Params<'_>) -> Self {
        let mixed = params.inner("MixedInstancesPolicy");
        let of_mixed = mixed.inner("LaunchTemplate").inner("LaunchTemplateSpecification");
        let template =
            TemplateRef::read(&params.inner("LaunchTemplate")).or_else(|| TemplateRef::read(&of_mixed));
        Self { template, mixed: params.raw("MixedInstancesPolicy").map(with_defaults) }
    }

    pub(crate) fn template_refs(&self) -> Vec<TemplateRef> {
        let of_overrides = self.overrides().iter().filter_map(|it| {
            TemplateRef::read(&Params::new(Service::AutoScaling, it).inner("LaunchTemplateSpecification"))
        });
        self.template.iter().cloned().chain(of_overrides).collect()
    }

    pub(super) fn template<'m>(&self, m: &'m Machine) -> Option<&'m Template> {
        m.templates.get(self.template.as_ref()?)
    }

    pub(super) fn is_mixed(&self) -> bool {
        self.mixed.is_some()
    }

    /// The instance types it may launch, in the order they are tried.
    pub(super) fn instance_types(&self, m: &Machine, market: Market) -> Vec<String> {
        let mut types: Vec<String> = self.overrides().iter().flat_map(named_types).collect();
        if types.is_empty() {
            types.extend(self.template(m).and_then(|template| template.instance_type.clone()));
        }
        if market == Market::Spot && self.is_mixed() {
            let price = |name: &String| instance_type(name).map_or(f64::MAX, InstanceType::spot_usd_per_hour);
            types.sort_by(|a, b| price(a).total_cmp(&price(b)));
        }
        types
    }

    /// What the next instance is bought as, with so many of each in the group.
    pub(super) fn market(&self, m: &Machine, n_on_demand: u64, n_spot: u64) -> Market {
        let Some(mixed) = &self.mixed else {
            let is_spot = self.template(m).is_some_and(|template| template.is_spot);
            return if is_spot { Market::Spot } else { Market::OnDemand };
        };
        let number = |member: &str| number(&mixed["InstancesDistribution"][member]);
        let base = number("OnDemandBaseCapacity");
        let above = (n_on_demand + n_spot + 1).saturating_sub(base);
        let wanted = base + (above * number("OnDemandPercentageAboveBaseCapacity")).div_ceil(100);
        if n_on_demand < wanted { Market::OnDemand } else { Market::Spot }
    }

    /// Which market has too many with one less, if the policy is about both.
    pub(super) fn market_to_shrink(&self, m: &Machine, group: &Group) -> Option<Market> {
        if !self.is_of_two_markets() {
            return None;
        }
        let n_spot = group.present().filter(|member| member.is_spot).count() as u64;
        let n_on_demand = group.present().count() as u64 - n_spot;
        // With one less of each it would buy one: the other is the one too many.
        let next = self.market(m, n_on_demand.saturating_sub(1), n_spot.saturating_sub(1));
        Some(if next == Market::OnDemand { Market::Spot } else { Market::OnDemand })
    }

    /// Where a member's type stands with the allocation strategy: what it wants least comes first.
    pub(super) fn least_wanted(&self, m: &Machine, member: &Member) -> Reverse<usize> {
        let market = if member.is_spot { Market::Spot } else { Market::OnDemand };
        if !self.is_mixed() {
            return Reverse(0);
        }
        let types = self.instance_types(m, market);
        Reverse(types.iter().position(|it| *it == member.instance_type).unwrap_or(types.len()))
    }

    /// Whether it buys in both markets.
    pub(super) fn is_of_two_markets(&self) -> bool {
        let Some(mixed) = &self.mixed else { return false };
        let base = number(&mixed["InstancesDistribution"]["OnDemandBaseCapacity"]);
        let percentage = number(&mixed["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"]);
        percentage != 100 && (base > 0 || percentage > 0)
    }

    /// `LaunchTemplate` or `MixedInstancesPolicy`, as `Describe…` shows it.
    pub(super) fn put(&self, m: &Machine, answer: &mut Value) {
        let Some(named) = &self.template else { return };
        let specification = specification(m, named);
        match &self.mixed {
            Some(mixed) => {
                let mut mixed = mixed.clone();
                mixed["LaunchTemplate"]["LaunchTemplateSpecification"] = specification;
                answer["MixedInstancesPolicy"] = mixed;
            }
            None => answer["LaunchTemplate"] = specification,
        }
    }

    /// The template with the version its instances were launched from.
    pub(super) fn launched_from(&self, m: &Machine, version: u64) -> Value {
        let Some(named) = &self.template else { return Value::Null };
        let mut specification = specification(m, named);
        specification["Version"] = json!(version.to_string());
        specification
    }

    fn overrides(&self) -> &[Value] {
        let of = |mixed: &'_ Value| mixed["LaunchTemplate"]["Overrides"].is_array();
        match &self.mixed {
            Some(mixed) if of(mixed) => {
                mixed["LaunchTemplate"]["Overrides"].as_array().map_or(&[], Vec::as_slice)
            }
            Some(_) | None => &[],
        }
    }
}

fn specification(m: &Machine, named: &TemplateRef) -> Value {
    match m.templates.get(named) {
        Some(template) => json!({
            "LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": named.version,
        }),
        None => json!({ "LaunchTemplateId": named.id_or_name, "Version": named.version }),
    }
}

fn with_defaults(given: &Value) -> Value {
    let mut policy = given.clone();
    let lowest_price =
        given["InstancesDistribution"]["SpotAllocationStrategy"].as_str().unwrap_or("lowest-price")
            == "lowest-price";
    let mut distribution = json!({
        "OnDemandAllocationStrategy": "prioritized",
        "OnDemandBaseCapacity": "0",
        "OnDemandPercentageAboveBaseCapacity": "100",
        "SpotAllocationStrategy": "lowest-price",
    });
    if lowest_price {
        distribution["SpotInstancePools"] = json!("2");
    }
    for (member, value) in given["InstancesDistribution"].as_object().into_iter().flatten() {
        distribution[member] = value.clone();
    }
    policy["InstancesDistribution"] = distribution;
    policy
}

fn named_types(of: &Value) -> Vec<String> {
    if let Some(name) = of["InstanceType"].as_str() {
        return vec![name.to_owned()];
    }
    let wanted = &of["InstanceRequirements"];
    if !wanted.is_object() {
        return Vec::new();
    }
    let within = |range: &Value, is: u64| {
        is >= number(&range["Min"]) && (range["Max"].is_null() || is <= number(&range["Max"]))
    };
    let allowed = wanted["AllowedInstanceTypes"].as_array();
    let is_allowed = |name: &str| {
        allowed.is_none_or(|allowed| {
            let mut patterns = allowed.iter().filter_map(Value::as_str);
            patterns.any(|it| it.strip_suffix('*').map_or(it == name, |head| name.starts_with(head)))
        })
    };
    let fits = |it: &&InstanceType| {
        within(&wanted["VCpuCount"], it.vcpu)
            && within(&wanted["MemoryMiB"], it.memory_mib)
            && is_allowed(&it.name)
    };
    instance_types().values().filter(fits).map(|it| it.name.clone()).collect()
}

/// Numbers come as text over the query protocol.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}
