//! Messages that came through the doorbell.

use model::time::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Messages {
    #[serde(rename = "Records", default)]
    pub records: Vec<Message>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Record")]
pub struct Message {
    pub id: String,
    pub body: String,
    /// When the queue took it; the end of time if it does not say.
    pub sent_at: Timestamp,
}

/// "All were received": a message that stayed would block every one behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Received {
    #[serde(rename = "batchItemFailures")]
    failed: [(); 0],
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "messageId", default)]
    id: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
struct Attributes {
    #[serde(rename = "SentTimestamp", default)]
    sent_at: String,
}

impl From<Record> for Message {
    fn from(record: Record) -> Self {
        // A message without a time must not pass for old, or its ring would be skipped.
        let sent_at = Timestamp(record.attributes.sent_at.parse().unwrap_or(u64::MAX));
        Self { id: record.id, body: record.body, sent_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_when_it_was_sent() {
        let batch: Messages = serde_json::from_value(serde_json::json!({ "Records": [
            {
                "messageId": "m1", "receiptHandle": "…", "body": "{\"ring\":\"1\"}",
                "attributes": { "SentTimestamp": "1545082649183", "MessageGroupId": "quillon", "ApproximateReceiveCount": "1" },
                "messageAttributes": {}, "md5OfBody": "…", "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
            },
            { "messageId": "m2", "body": "no JSON", "attributes": {} },
        ] })).unwrap();
        assert_eq!(batch.records[0].sent_at, Timestamp(1_545_082_649_183));
        assert_eq!(batch.records[0].body, "{\"ring\":\"1\"}");
        assert_eq!(batch.records[1].sent_at, Timestamp(u64::MAX));
    }

    #[test]
    fn all_messages_are_received() {
        assert_eq!(serde_json::to_string(&Received::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
    }
}
