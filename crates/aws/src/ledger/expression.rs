//! Conditions and updates in DynamoDB's language.

use std::collections::BTreeMap;

use control::port::{Change, Set, What, When};
use serde::Serialize;
use wire::ledger::Value;

use super::item::{self, Attribute, Attributes};

/// One change as its part of a transaction.
#[derive(Serialize)]
pub(super) enum Part<'a> {
    Put(Said<'a>),
    Update(Said<'a>),
    Delete(Said<'a>),
    ConditionCheck(Said<'a>),
}

/// What DynamoDB refuses if it is there and empty is left out.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Said<'a> {
    table_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Attributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Attributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_expression: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_names: BTreeMap<String, &'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_values: BTreeMap<String, Attribute>,
    return_values_on_condition_check_failure: &'static str,
}

/// `None` changes and asks nothing, and DynamoDB takes no such part.
pub(super) fn part<'a>(table: &'a str, change: &Change) -> Option<Part<'a>> {
    let mut says = Expression::default();
    let condition = says.condition(&change.when);
    let key = item::key_attributes(&change.key);
    match &change.what {
        What::Put(row) => {
            let fields = row.to_item().into_iter();
            let mut item: Attributes =
                fields.map(|(name, value)| (name, item::to_attribute(value))).collect();
            item.extend(key);
            Some(Part::Put(Said { item: Some(item), ..says.said(table, condition) }))
        }
        What::Set(sets) if !sets.is_empty() => {
            let update = Some(says.update(sets));
            let said = says.said(table, condition);
            Some(Part::Update(Said { key: Some(key), update_expression: update, ..said }))
        }
        What::Delete => Some(Part::Delete(Said { key: Some(key), ..says.said(table, condition) })),
        What::Set(_) | What::Check => {
            condition.as_ref()?;
            Some(Part::ConditionCheck(Said { key: Some(key), ..says.said(table, condition) }))
        }
    }
}

/// Every name goes through a placeholder: `state`, `at` and hundreds of others are reserved words.
#[derive(Default)]
struct Expression {
    names: BTreeMap<String, &'static str>,
    values: BTreeMap<String, Attribute>,
}

impl Expression {
    fn said(self, table: &str, condition: Option<String>) -> Said<'_> {
        Said {
            table_name: table,
            item: None,
            key: None,
            update_expression: None,
            condition_expression: condition,
            expression_attribute_names: self.names,
            expression_attribute_values: self.values,
            return_values_on_condition_check_failure: "ALL_OLD",
        }
    }

    fn condition(&mut self, when: &[When]) -> Option<String> {
        let clauses: Vec<_> = when.iter().map(|when| self.clause(when)).collect();
        (!clauses.is_empty()).then(|| clauses.join(" AND "))
    }

    fn clause(&mut self, when: &When) -> String {
        match when {
            When::Absent => format!("attribute_not_exists({})", self.name(item::PARTITION)),
            When::Present => format!("attribute_exists({})", self.name(item::PARTITION)),
            When::Is(field, value) => format!("{} = {}", self.name(field), self.to(value)),
            When::Lacks(field) => format!("attribute_not_exists({})", self.name(field)),
        }
    }

    fn update(&mut self, sets: &[Set]) -> String {
        let (mut to, mut clear, mut add) = (Vec::new(), Vec::new(), Vec::new());
        for set in sets {
            match set {
                Set::To(field, value) => to.push(format!("{} = {}", self.name(field), self.to(value))),
                Set::Clear(field) => clear.push(self.name(field)),
                Set::Add(field, n) => {
                    let n = Attribute::N(n.to_string());
                    add.push(format!("{} {}", self.name(field), self.value(n)));
                }
            }
        }
        [("SET", to), ("REMOVE", clear), ("ADD", add)]
            .into_iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(verb, parts)| format!("{verb} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn to(&mut self, value: &Value) -> String {
        self.value(item::to_attribute(value.clone()))
    }

    fn name(&mut self, field: &'static str) -> String {
        let placeholder = format!("#{field}");
        self.names.insert(placeholder.clone(), field);
        placeholder
    }

    fn value(&mut self, value: Attribute) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}
