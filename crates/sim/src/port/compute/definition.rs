//! Task definitions: found by their family, or registered.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use control::PortError;
use control::port::DefinitionError;
use model::id::Revision;
use model::label::{Kind, Version};
use model::observation::DefinitionKey;
use model::{Arch, Carrier};
use serde_json::{Value, json};

use super::refusal::sort;
use super::{SimCompute, mark};
use crate::compute::Service;

impl SimCompute {
    pub(super) fn find_or_register(&self, key: &DefinitionKey) -> Result<Revision, DefinitionError> {
        if let Some(Version::Release(release)) = &key.version {
            let releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
            if !releases.contains(release) {
                return Err(DefinitionError::Missing(format!("there is no engine {release}")));
            }
        }
        if let Some(known) = self.known().get(key) {
            return Ok(known.clone());
        }
        let family = format!("quillon-{}-{}", self.settings.installation, mark(&format!("{key:?}")));
        let found = self.call(Service::Ecs, "DescribeTaskDefinition", &json!({ "taskDefinition": family }));
        let answer = match found {
            Ok(found) => found,
            Err(refusal) if refusal.code == "ClientException" => {
                let wanted = definition(&family, key, &self.settings.installation);
                self.call(Service::Ecs, "RegisterTaskDefinition", &wanted).map_err(sort)?
            }
            Err(refusal) => return Err(sort(refusal).into()),
        };
        let revision = answer["taskDefinition"]["revision"].as_u64();
        let unusable = || PortError::Transient { source: "the answer names no revision".into() };
        let revision = Revision(format!("{family}:{}", revision.ok_or_else(unusable)?));
        // Which release the latest is may change.
        if key.version != Some(Version::Latest) {
            self.known().insert(key.clone(), revision.clone());
        }
        Ok(revision)
    }

    pub(super) fn known(&self) -> MutexGuard<'_, BTreeMap<DefinitionKey, Revision>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn definition(family: &str, key: &DefinitionKey, installation: &str) -> Value {
    let container = |name: &str, privileged: bool| {
        json!({
            "name": name, "image": name, "essential": true, "privileged": privileged, "memoryReservation": 128,
        })
    };
    let mut containers = vec![container("runner", false)];
    if key.version.is_some() {
        containers.push(container("engine", true));
    }
    if key.kind == Kind::Docker || key.has_dind {
        containers.push(container("dockerd", false));
    }
    let mut definition = json!({
        "family": family,
        "networkMode": "bridge",
        "requiresCompatibilities": ["EC2"],
        "taskRoleArn": "arn:aws:iam::123456789012:role/quillon-task",
        "executionRoleArn": "arn:aws:iam::123456789012:role/quillon-execution",
        "runtimePlatform": {
            "cpuArchitecture": match key.arch { Arch::X86_64 => "X86_64", Arch::Arm64 => "ARM64" },
            "operatingSystemFamily": "LINUX",
        },
        "containerDefinitions": containers,
        "tags": [{ "key": "quillon", "value": installation }],
    });
    if key.carrier == Carrier::Serverless {
        definition["networkMode"] = json!("awsvpc");
        definition["requiresCompatibilities"] = json!(["FARGATE"]);
        definition["cpu"] = json!("256");
        definition["memory"] = json!("1024");
    }
    definition
}
