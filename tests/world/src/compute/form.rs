//! The query protocols' flat forms, read into nested members.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Reads `A=1&B.member.1.C=2` and `B.1=3`: numbered members become lists, `member` is passed over.
pub(super) fn read(form: &str) -> Value {
    let mut root = Value::Object(Map::new());
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name), decode(value));
        insert(&mut root, &name, value);
    }
    lists(root)
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn insert(root: &mut Value, path: &str, value: String) {
    let mut at = root;
    for part in path.split('.') {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[part];
    }
    *at = Value::String(value);
}

fn lists(value: Value) -> Value {
    let Value::Object(mut members) = value else { return value };
    if members.len() == 1
        && let Some(inner) = members.remove("member")
    {
        return lists(inner);
    }
    let number = |name: &String| name.parse::<usize>().ok();
    if !members.is_empty() && members.keys().all(|name| number(name).is_some()) {
        let mut items: Vec<(Option<usize>, Value)> =
            members.into_iter().map(|(name, item)| (number(&name), lists(item))).collect();
        items.sort_by_key(|(number, _)| *number);
        return Value::Array(items.into_iter().map(|(_, item)| item).collect());
    }
    Value::Object(members.into_iter().map(|(name, member)| (name, lists(member))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_of_both_query_protocols_are_read() {
        let form = "Action=X&Tags.member.2.Key=b&Tags.member.1.Key=a%2Fb+c&Tags.member.1.Value=&Empty=";
        assert_eq!(
            read(form),
            json!({ "Action": "X", "Tags": [{ "Key": "a/b c", "Value": "" }, { "Key": "b" }], "Empty": "" })
        );
        let form = "InstanceId.1=i-1&InstanceId.10=i-10&InstanceId.2=i-2&Filter.1.Name=n&Filter.1.Value.1=v";
        assert_eq!(
            read(form),
            json!({ "InstanceId": ["i-1", "i-2", "i-10"], "Filter": [{ "Name": "n", "Value": ["v"] }] })
        );
    }
}
