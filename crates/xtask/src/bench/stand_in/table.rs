//! A table of DynamoDB's in memory, with as much of its language as the ledger speaks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use wire::ledger::{self, Row};

type Item = Map<String, Value>;

#[derive(Debug, Default)]
pub(in crate::bench) struct Table(BTreeMap<(String, String), Item>);

impl Table {
    /// A table that holds these rows and nothing else.
    pub(in crate::bench) fn of(rows: impl IntoIterator<Item = Row>) -> Self {
        Self(
            rows.into_iter()
                .map(|row| {
                    let key = (row.key().partition(), row.key().sort());
                    let mut item: Item =
                        row.to_item().into_iter().map(|(name, value)| (name, attribute(&value))).collect();
                    item.insert("pk".to_owned(), json!({ "S": key.0 }));
                    item.insert("sk".to_owned(), json!({ "S": key.1 }));
                    (key, item)
                })
                .collect(),
        )
    }

    pub(in crate::bench) fn holds(&self, key: &ledger::Key) -> bool {
        self.0.contains_key(&(key.partition(), key.sort()))
    }

    /// How many rows of the open partition have a sort key that begins so, and this value in a field.
    pub(in crate::bench) fn count(&self, prefix: &str, field: &str, is: &str) -> usize {
        let of_kind = self.0.iter().filter(|((_, sort), _)| sort.starts_with(prefix));
        of_kind.filter(|(_, item)| item.get(field) == Some(&json!({ "S": is }))).count()
    }

    pub(super) fn query(&self, asked: &Value) -> Value {
        let partition = asked["ExpressionAttributeValues"][":pk"]["S"].as_str().unwrap_or_default();
        let items: Vec<&Item> =
            self.0.iter().filter(|((pk, _), _)| pk == partition).map(|(_, item)| item).collect();
        json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items })
    }

    /// All or nothing; an error is the answer of a transaction that was cancelled.
    pub(super) fn write(&mut self, asked: &Value) -> Result<(), Value> {
        let parts: Vec<Part<'_>> =
            asked["TransactItems"].as_array().into_iter().flatten().filter_map(Part::read).collect();
        let holds: Vec<bool> = parts.iter().map(|part| part.holds(self.0.get(&part.key()))).collect();
        if parts.is_empty() || holds.contains(&false) {
            let reasons = holds.iter().map(|holds| if *holds { "None" } else { "ConditionalCheckFailed" });
            let reasons: Vec<Value> = reasons.map(|code| json!({ "Code": code })).collect();
            return Err(json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
                "CancellationReasons": reasons,
            }));
        }
        for part in parts {
            part.apply(&mut self.0);
        }
        Ok(())
    }
}

fn attribute(value: &ledger::Value) -> Value {
    match value {
        ledger::Value::Text(text) => json!({ "S": text }),
        ledger::Value::Number(number) => json!({ "N": number.to_string() }),
        ledger::Value::Flag(flag) => json!({ "BOOL": flag }),
        ledger::Value::Texts(texts) => {
            json!({ "L": texts.iter().map(|text| json!({ "S": text })).collect::<Vec<_>>() })
        }
    }
}

/// One change of a transaction.
struct Part<'a> {
    kind: &'a str,
    said: &'a Value,
}

impl<'a> Part<'a> {
    fn read(part: &'a Value) -> Option<Self> {
        let (kind, said) = part.as_object()?.iter().next()?;
        Some(Self { kind, said })
    }

    fn key(&self) -> (String, String) {
        let at = if self.kind == "Put" { &self.said["Item"] } else { &self.said["Key"] };
        let text = |name: &str| at[name]["S"].as_str().unwrap_or_default().to_owned();
        (text("pk"), text("sk"))
    }

    fn holds(&self, found: Option<&Item>) -> bool {
        let condition = self.said["ConditionExpression"].as_str();
        condition.is_none_or(|all| all.split(" AND ").all(|clause| self.is_true(clause, found)))
    }

    fn is_true(&self, clause: &str, found: Option<&Item>) -> bool {
        let there = |name: &str| found.and_then(|item| item.get(self.name(name)));
        if let Some(name) = inside(clause, "attribute_not_exists(") {
            return there(name).is_none();
        }
        if let Some(name) = inside(clause, "attribute_exists(") {
            return there(name).is_some();
        }
        clause.split_once(" = ").is_some_and(|(name, value)| there(name) == Some(self.value(value)))
    }

    fn apply(&self, items: &mut BTreeMap<(String, String), Item>) {
        match self.kind {
            "Put" => {
                items.insert(self.key(), self.said["Item"].as_object().cloned().unwrap_or_default());
            }
            "Delete" => drop(items.remove(&self.key())),
            "Update" => {
                let key = self.said["Key"].as_object().cloned().unwrap_or_default();
                let item = items.entry(self.key()).or_insert(key);
                self.update(item, self.said["UpdateExpression"].as_str().unwrap_or_default());
            }
            _ => {}
        }
    }

    /// `SET #a = :0, #b = :1 REMOVE #c ADD #d :2`
    fn update(&self, item: &mut Item, expression: &str) {
        let mut verb = "";
        let mut words = expression.split([' ', ',']).filter(|word| !word.is_empty() && *word != "=");
        while let Some(word) = words.next() {
            match (word, verb) {
                ("SET" | "REMOVE" | "ADD", _) => verb = word,
                (name, "REMOVE") => drop(item.remove(self.name(name))),
                (name, _) => {
                    let value = self.value(words.next().unwrap_or_default());
                    let name = self.name(name);
                    let value = if verb == "ADD" { sum(item.get(name), value) } else { value.clone() };
                    item.insert(name.to_owned(), value);
                }
            }
        }
    }

    fn name(&self, placeholder: &str) -> &'a str {
        self.said["ExpressionAttributeNames"][placeholder].as_str().unwrap_or_default()
    }

    fn value(&self, placeholder: &str) -> &'a Value {
        &self.said["ExpressionAttributeValues"][placeholder]
    }
}

fn inside<'a>(clause: &'a str, function: &str) -> Option<&'a str> {
    clause.strip_prefix(function)?.strip_suffix(')')
}

fn sum(before: Option<&Value>, more: &Value) -> Value {
    let number = |value: &Value| value["N"].as_str().and_then(|n| n.parse::<i64>().ok()).unwrap_or_default();
    json!({ "N": (before.map_or(0, number) + number(more)).to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(table: &mut Table, part: Value) -> Result<(), Value> {
        table.write(&json!({ "TransactItems": [part] }))
    }

    fn put(id: &str) -> Value {
        json!({ "Put": {
            "Item": { "pk": { "S": "open" }, "sk": { "S": id }, "n": { "N": "2" } },
            "ConditionExpression": "attribute_not_exists(#pk)",
            "ExpressionAttributeNames": { "#pk": "pk" },
        } })
    }

    #[test]
    fn a_row_is_put_once() {
        let mut table = Table::default();
        assert_eq!(write(&mut table, put("j#1")), Ok(()));
        let cancelled = write(&mut table, put("j#1")).unwrap_err();
        assert_eq!(cancelled["CancellationReasons"][0]["Code"], "ConditionalCheckFailed");
    }

    #[test]
    fn a_transaction_is_all_or_nothing() {
        let mut table = Table::default();
        write(&mut table, put("j#1")).unwrap();
        table.write(&json!({ "TransactItems": [put("j#2"), put("j#1")] })).unwrap_err();
        let asked = json!({ "ExpressionAttributeValues": { ":pk": { "S": "open" } } });
        assert_eq!(table.query(&asked)["Count"], 1);
    }

    #[test]
    fn an_update_sets_removes_and_adds() {
        let mut table = Table::default();
        write(&mut table, put("n#1")).unwrap();
        let update = json!({ "Update": {
            "Key": { "pk": { "S": "open" }, "sk": { "S": "n#1" } },
            "ConditionExpression": "#n = :v0 AND attribute_exists(#n)",
            "UpdateExpression": "SET #state = :v1, #zone = :v2 REMOVE #why, #at ADD #n :v3",
            "ExpressionAttributeNames": { "#n": "n", "#state": "state", "#zone": "zone", "#why": "why", "#at": "at" },
            "ExpressionAttributeValues": {
                ":v0": { "N": "2" }, ":v1": { "S": "ready" }, ":v2": { "S": "a" }, ":v3": { "N": "-5" },
            },
        } });
        assert_eq!(write(&mut table, update.clone()), Ok(()));
        let item = &table.0[&("open".to_owned(), "n#1".to_owned())];
        assert_eq!((&item["state"]["S"], &item["n"]["N"]), (&json!("ready"), &json!("-3")));
        write(&mut table, update).unwrap_err();
    }
}
