//! Where the model looks up what lives elsewhere.

use async_trait::async_trait;
use sim::compute::{Subnet, Template, TemplateRef};
use std::collections::BTreeMap;

/// Launch templates and subnets, as another part of the world knows them.
#[async_trait]
pub trait Directory: Send + Sync {
    async fn template(&self, named: &TemplateRef) -> Option<Template>;
    async fn subnet(&self, id: &str) -> Option<Subnet>;
}

/// A directory that is all there: templates by id and by name, whatever version is asked for.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub templates: BTreeMap<String, Template>,
    pub subnets: BTreeMap<String, Subnet>,
}

#[async_trait]
impl Directory for Table {
    async fn template(&self, named: &TemplateRef) -> Option<Template> {
        self.templates.get(&named.id_or_name).cloned()
    }

    async fn subnet(&self, id: &str) -> Option<Subnet> {
        self.subnets.get(id).cloned()
    }
}
