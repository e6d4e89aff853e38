//! Conditions and updates in DynamoDB's language.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use control::port::{Change, Set, What, When};
use wire::ledger::{Row, Value};

use super::item;

/// One change as its part of a transaction. `None` changes and asks nothing, and DynamoDB takes no
/// such part.
pub(super) fn part(table: &str, change: &Change) -> Result<Option<TransactWriteItem>, BuildError> {
    match &change.what {
        What::Put(row) => put(table, change, row).map(Some),
        What::Set(sets) if !sets.is_empty() => update(table, change, sets).map(Some),
        What::Delete => delete(table, change).map(Some),
        What::Set(_) | What::Check if change.when.is_empty() => Ok(None),
        What::Set(_) | What::Check => check(table, change).map(Some),
    }
}

fn put(table: &str, change: &Change, row: &Row) -> Result<TransactWriteItem, BuildError> {
    let mut says = Expression::default();
    let condition = says.condition(&change.when);
    let fields = row.to_item();
    let attributes = fields.iter().map(|(name, value)| (name.clone(), item::to_attribute(value)));
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(attributes.chain(item::key_attributes(&change.key)).collect()))
        .set_condition_expression(condition)
        .set_expression_attribute_names(some(says.names))
        .set_expression_attribute_values(some(says.values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(TransactWriteItem::builder().put(put.build()?).build())
}

fn update(table: &str, change: &Change, sets: &[Set]) -> Result<TransactWriteItem, BuildError> {
    let mut says = Expression::default();
    let condition = says.condition(&change.when);
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(item::key_attributes(&change.key).into()))
        .update_expression(says.update(sets))
        .set_condition_expression(condition)
        .set_expression_attribute_names(some(says.names))
        .set_expression_attribute_values(some(says.values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(TransactWriteItem::builder().update(update.build()?).build())
}

fn delete(table: &str, change: &Change) -> Result<TransactWriteItem, BuildError> {
    let mut says = Expression::default();
    let condition = says.condition(&change.when);
    let delete = Delete::builder()
        .table_name(table)
        .set_key(Some(item::key_attributes(&change.key).into()))
        .set_condition_expression(condition)
        .set_expression_attribute_names(some(says.names))
        .set_expression_attribute_values(some(says.values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(TransactWriteItem::builder().delete(delete.build()?).build())
}

fn check(table: &str, change: &Change) -> Result<TransactWriteItem, BuildError> {
    let mut says = Expression::default();
    let condition = says.condition(&change.when);
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(item::key_attributes(&change.key).into()))
        .set_condition_expression(condition)
        .set_expression_attribute_names(some(says.names))
        .set_expression_attribute_values(some(says.values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
}

/// Every name goes through a placeholder: `state`, `at` and hundreds of others are reserved words.
#[derive(Default)]
struct Expression {
    names: BTreeMap<String, String>,
    values: BTreeMap<String, AttributeValue>,
}

impl Expression {
    fn condition(&mut self, when: &[When]) -> Option<String> {
        let clauses: Vec<_> = when.iter().map(|when| self.clause(when)).collect();
        (!clauses.is_empty()).then(|| clauses.join(" AND "))
    }

    fn clause(&mut self, when: &When) -> String {
        match when {
            When::Absent => format!("attribute_not_exists({})", self.name(item::PARTITION)),
            When::Present => format!("attribute_exists({})", self.name(item::PARTITION)),
            When::Is(field, value) => {
                format!("{} = {}", self.name(field), self.to(value))
            }
            When::Has(field) => format!("attribute_exists({})", self.name(field)),
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
                    let n = AttributeValue::N(n.to_string());
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
        self.value(item::to_attribute(value))
    }

    fn name(&mut self, field: &str) -> String {
        let placeholder = format!("#{field}");
        self.names.insert(placeholder.clone(), field.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// DynamoDB refuses a map of placeholders that is there and empty.
fn some<V, M: FromIterator<(String, V)>>(map: BTreeMap<String, V>) -> Option<M> {
    (!map.is_empty()).then(|| map.into_iter().collect())
}
