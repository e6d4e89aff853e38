//! The ledger's rows, as items that other versions of Quillon read.

mod any;
mod example;
mod golden;

use proptest::prelude::*;
use wire::ledger::{Item, Key, Row, Value, record};

proptest! {
    #[test]
    fn a_row_is_read_as_it_was_written(row in any::row()) {
        let key = row.key();
        prop_assert_eq!(Row::from_item(&key, &row.to_item()), Ok(row));
    }

    #[test]
    fn a_key_is_read_as_it_was_written(row in any::row()) {
        let key = row.key();
        prop_assert_eq!(Key::parse(&key.partition(), &key.sort()), Some(key));
    }

    #[test]
    fn a_recorded_row_is_read_as_it_was_written(row in any::row()) {
        let line = record::line(&row);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(record::row(&line).unwrap(), Some(row));
    }

    #[test]
    fn no_two_keys_are_of_one_row(partition in "(open|job#[+0]?[0-9])", sort in "[jlnopqrsw]#[+0]?[0-9a]?(-[+0]?[0-9])?|end") {
        if let Some(key) = Key::parse(&partition, &sort) {
            prop_assert_eq!((key.partition(), key.sort()), (partition, sort));
        }
    }

    #[test]
    fn what_a_newer_version_adds_is_passed_over(row in any::row()) {
        let mut item = row.to_item();
        item.insert("added_later".to_owned(), Value::Flag(true));
        prop_assert_eq!(Row::from_item(&row.key(), &item), Ok(row));
    }

    #[test]
    fn what_is_missing_is_named_or_not_needed(row in any::row(), which in any::<prop::sample::Index>()) {
        let item = row.to_item();
        let field = which.get(&item.keys().collect::<Vec<_>>()).to_string();
        let less: Item = item.into_iter().filter(|(name, _)| *name != field).collect();
        if let Err(error) = Row::from_item(&row.key(), &less) {
            prop_assert_eq!(error.to_string(), format!("the ledger's row `{}` has no readable `{field}`", row.key()));
        }
    }
}

#[test]
fn every_field_that_must_be_there_is_named_when_it_is_not() {
    let needed: Vec<String> = example::rows().iter().map(needed).collect();
    insta::assert_snapshot!(needed.join("\n"), @"
    open/j#29679449526: failed_why installation is_organization is_private labels owner queued_at repository repository_id run started_at state
    open/l#29679449526-2: attempt cpu labels memory nonce_hash planned_at pool revision state task trust
    open/n#i-0123456789abcdef0: cordoned_at cpu cpu_used memory memory_used n_launches ordered_at pool state version zone
    open/o#arm64-spot-7: at n zone
    open/p#arm64-spot: refusals spent version
    open/d#forge: rest_began stubborn until
    open/s#acme-industries/storefront-monorepo: at installation
    job#29679449526/end: ended_at has_run labels repository run
    job#29679449526/l#2: attempt cpu ended_at labels memory nonce_hash planned_at pool revision state task trust why
    open/r#10123456789: asked_at at installation is_organization is_private jobs n owner repository repository_id run_attempt state
    open/q#arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-0123456789abcdef:1: at n n_moves n_rounds why
    job#29679449526/w#1760000000000: reason reason_code
    open/c#spot: at prices
    job#29679449526/h#1760000000000#told: text
    ");
}

fn needed(row: &Row) -> String {
    let item = row.to_item();
    let is_needed = |field: &&String| {
        let less: Item =
            item.iter().filter(|(name, _)| name != field).map(|(n, v)| (n.clone(), v.clone())).collect();
        Row::from_item(&row.key(), &less).is_err()
    };
    let fields: Vec<&str> = item.keys().filter(is_needed).map(String::as_str).collect();
    format!("{}: {}", row.key(), fields.join(" "))
}

#[test]
fn a_row_of_what_is_alive_is_under_a_kilobyte() {
    for row in example::rows() {
        let n_bytes = n_bytes(&row);
        assert!(n_bytes < 1024, "{} has {n_bytes}", row.key());
    }
}

/// As DynamoDB counts: names and texts in UTF-8, two digits of a number to a byte, and three bytes for a list.
fn n_bytes(row: &Row) -> usize {
    let key = row.key();
    let of_value = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Number(number) => number.to_string().len() / 2 + 2,
        Value::Flag(_) => 1,
        Value::Texts(texts) => 3 + texts.iter().map(|text| text.len() + 1).sum::<usize>(),
    };
    let of_key = "pk".len() + key.partition().len() + "sk".len() + key.sort().len();
    of_key + row.to_item().iter().map(|(name, value)| name.len() + of_value(value)).sum::<usize>()
}
