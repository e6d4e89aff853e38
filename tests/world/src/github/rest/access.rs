//! Who may do what, and which bucket pays for it.

use sim::github::{Access, Resource, Settings};

/// Who is let into an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// The App itself, by its JWT.
    App,
    /// An installation with this permission.
    Installation { permission: &'static str, access: Access },
    /// Anybody with true credentials, at no cost.
    Anybody,
}

pub(crate) fn accepted(operation: &str) -> Accepted {
    let runners =
        if operation.contains("-org") { "organization_self_hosted_runners" } else { "administration" };
    let (permission, access) = match operation {
        "rate-limit/get" => return Accepted::Anybody,
        "repos/get" => ("metadata", Access::Read),
        "checks/list-for-ref" => ("checks", Access::Read),
        "checks/create" => ("checks", Access::Write),
        "actions/get-job-for-workflow-run"
        | "actions/get-workflow-run"
        | "actions/list-jobs-for-workflow-run" => ("actions", Access::Read),
        "actions/re-run-job-for-workflow-run"
        | "actions/re-run-workflow"
        | "actions/re-run-workflow-failed-jobs"
        | "actions/cancel-workflow-run" => ("actions", Access::Write),
        other if other.starts_with("apps/") => return Accepted::App,
        other if other.contains("jitconfig") || other.contains("delete-") => (runners, Access::Write),
        _ => (runners, Access::Read),
    };
    Accepted::Installation { permission, access }
}

pub(crate) fn resource(operation: &str, settings: &Settings) -> Resource {
    if operation.contains("jitconfig") { settings.limits.registration_resource } else { Resource::Core }
}
