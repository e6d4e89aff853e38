//! What each trust tier has of its own: a cluster, and the role of its nodes.

use std::collections::{BTreeMap, BTreeSet};

use model::Trust;

use super::{
    form::{self, Form},
    read::Node,
    settings::Place,
};

/// The tiers that an object names, whatever it says of them.
pub(super) fn named(object: &Node<'_>) -> Option<BTreeSet<Trust>> {
    object.keys().map(|keys| keys.filter_map(Trust::from_name).collect())
}

/// One `what` for each tier that is named, and none for two.
pub(super) fn read(
    tiers: &Node<'_>,
    form: &Form<String>,
    what: &str,
    place: &Place<'_>,
) -> Option<BTreeMap<Trust, String>> {
    let mut read = BTreeMap::new();
    let mut is_whole = true;
    for (tier, node) in tiers.entries()? {
        let Some(trust) = Trust::from_name(tier) else {
            node.fault("is no trust tier; write only `trusted`, `untrusted`");
            is_whole = false;
            continue;
        };
        match node.read(form).filter(|arn| place.holds(&node, arn)) {
            Some(arn) if read.values().any(|other| *other == arn) => {
                node.fault(format!("is the other tier's {what} too; write one of its own"));
                is_whole = false;
            }
            Some(arn) => {
                read.insert(trust, arn);
            }
            None => is_whole = false,
        }
    }
    is_whole.then_some(read)
}

/// The tiers whose nodes have a role; nothing where that is not said well enough to tell.
pub(super) fn with_role(
    nodes: Option<&Node<'_>>,
    with_cluster: Option<&BTreeSet<Trust>>,
) -> Option<BTreeSet<Trust>> {
    let Some(nodes) = nodes else { return Some(BTreeSet::new()) };
    match nodes.child_of("role_arns") {
        Some(roles) => named(&roles),
        None => nodes.child_of("role_arn").and_then(|_| with_cluster.cloned()),
    }
}

/// `role_arn` alone is short for the role of the only tier there is. Without pools of nodes there may be no
/// `nodes` at all.
pub(super) fn read_roles(
    nodes: Option<&Node<'_>>,
    with_cluster: Option<&BTreeSet<Trust>>,
    place: &Place<'_>,
) -> Option<BTreeMap<Trust, String>> {
    let Some(nodes) = nodes else { return Some(BTreeMap::new()) };
    nodes.object(|nodes| {
        let (one, each) = (nodes.optional("role_arn"), nodes.optional("role_arns"));
        match (one, each) {
            (None, None) => {
                let _ = nodes.field("role_arns", "an object with the role of each trust tier's nodes");
                None
            }
            (Some(one), Some(_)) => {
                one.fault("stands beside role_arns; write role_arns alone");
                None
            }
            (None, Some(each)) => read(&each, &form::ROLE, "role", place),
            (Some(one), None) => {
                let arn = one.read(&form::ROLE).filter(|arn| place.holds(&one, arn))?;
                let tiers: Vec<Trust> = with_cluster?.iter().copied().collect();
                let [tier] = tiers[..] else {
                    one.fault("is one role for two tiers; write role_arns with a role for each, bound to its cluster");
                    return None;
                };
                Some(BTreeMap::from([(tier, arn)]))
            }
        }
    })?
}
