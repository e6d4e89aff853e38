//! Who owns what: accounts, repositories, and where the App is installed.

use std::collections::{BTreeMap, BTreeSet};

use super::id::{InstallationId, RepositoryId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub login: String,
    pub id: u64,
    pub kind: AccountKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    Organization,
    User,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: RepositoryId,
    pub owner: String,
    pub name: String,
    pub visibility: Visibility,
    /// It was forked from another repository itself.
    pub fork: bool,
    pub allow_forking: bool,
}

impl Repository {
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    pub fn is_private(&self) -> bool {
        self.visibility != Visibility::Public
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public,
    Private,
    Internal,
}

impl Visibility {
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Internal => "internal",
        }
    }
}

/// An App on one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub id: InstallationId,
    pub app_id: u64,
    pub account: String,
    pub permissions: Permissions,
    /// None is every repository of the account.
    pub repositories: Option<BTreeSet<RepositoryId>>,
    pub suspended: bool,
}

impl Installation {
    pub fn covers(&self, repository: &Repository) -> bool {
        self.account.eq_ignore_ascii_case(&repository.owner)
            && self.repositories.as_ref().is_none_or(|chosen| chosen.contains(&repository.id))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

impl Access {
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Permission names as GitHub spells them, with what may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(pub BTreeMap<String, Access>);

impl Permissions {
    /// What the App's manifest asks for.
    pub fn of_the_app() -> Self {
        Self(BTreeMap::from([
            ("actions".to_owned(), Access::Write),
            ("administration".to_owned(), Access::Write),
            ("checks".to_owned(), Access::Write),
            ("metadata".to_owned(), Access::Read),
            ("organization_self_hosted_runners".to_owned(), Access::Write),
        ]))
    }

    /// What an App needs that registers runners and does nothing else.
    pub fn of_a_registrar() -> Self {
        let whole = Self::of_the_app().0;
        let needed = ["administration", "metadata", "organization_self_hosted_runners"];
        Self(whole.into_iter().filter(|(name, _)| needed.contains(&name.as_str())).collect())
    }

    pub fn allow(&self, name: &str, access: Access) -> bool {
        self.0.get(name).is_some_and(|held| *held >= access)
    }
}
