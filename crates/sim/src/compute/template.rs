//! What the machine must be told about things that live elsewhere: launch templates and subnets.

use super::params::Params;
use std::collections::BTreeMap;

/// A launch template as a group names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateRef {
    /// `lt-…`, or the name.
    pub id_or_name: String,
    /// A number, `$Latest` or `$Default`.
    pub version: String,
}

impl TemplateRef {
    /// Reads a `LaunchTemplateSpecification`.
    pub(crate) fn read(specification: &Params<'_>) -> Option<Self> {
        let id_or_name =
            specification.text("LaunchTemplateId").or_else(|| specification.text("LaunchTemplateName"))?;
        let version = specification.text("Version").filter(|version| !version.is_empty());
        Some(Self { id_or_name: id_or_name.to_owned(), version: version.unwrap_or("$Default").to_owned() })
    }
}

/// What one version of a launch template says, as far as the machine acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub id: String,
    pub name: String,
    pub version: u64,
    pub instance_type: Option<String>,
    pub is_spot: bool,
    pub image_id: Option<String>,
    /// ARN or name of the instance profile.
    pub instance_profile: Option<String>,
    /// Tags of the instance specification.
    pub tags: BTreeMap<String, String>,
    /// The `ECS_CLUSTER=` of its user data, or its tag `quillon:cluster`.
    pub cluster: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    pub id: String,
    pub vpc_id: String,
    pub availability_zone: String,
}
