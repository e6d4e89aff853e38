//! What the ledger asks of DynamoDB and SQS, and what it makes of their answers.

use crate::canned::{Answer, Canned};
use aws::Fresh;
use aws::ledger::{DynamoLedger, Place};
use control::PortError;
use control::port::{Change, Ledger as _, Refused, Set, What, When, WriteError};
use model::id::JobId;
use model::job::Waited;
use model::reason::{Code, Reason};
use serde_json::{Value, json};
use wire::ledger::{Key, Row, field};

fn ledger(canned: &Canned) -> DynamoLedger {
    let place = Place {
        table: "quillon".to_owned(),
        doorbell: "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon.fifo".to_owned(),
        installation: "quillon".to_owned(),
        source: "webhook".to_owned(),
    };
    DynamoLedger::new(&canned.sdk(), place, Fresh::new(1 << 32))
}

fn waited() -> Row {
    let reason = Reason { code: Code::PoolFull, text: "full".to_owned() };
    Row::Waited(Waited { job: JobId(7), at: model::time::Timestamp(5), reason })
}

fn waited_item() -> Value {
    json!({
        "pk": { "S": "job#7" }, "sk": { "S": "w#5" }, "reason_code": { "S": "pool_full" }, "reason": { "S": "full" },
        "expires_at": { "N": "2678400" }, "of_a_later_version": { "M": {} },
    })
}

fn change(when: Vec<When>, what: What) -> Change {
    Change { key: waited().key(), when, what }
}

/// The parts of the transaction that a change makes.
async fn check(changes: &[Change]) -> Value {
    let canned = Canned::new([Answer::Json(200, json!({}))]);
    ledger(&canned).write(changes).await.unwrap();
    let mut asked = canned.asked().remove(0);
    assert_eq!(asked.target, "TransactWriteItems");
    assert_eq!(asked.body["ClientRequestToken"], "000000000000000000000001000000000000");
    asked.body["TransactItems"].take()
}

#[tokio::test]
async fn a_put_is_the_whole_row_on_its_condition() {
    let put = change(vec![When::Absent], What::Put(Box::new(waited())));
    let expected = json!([{ "Put": {
        "TableName": "quillon",
        "Item": {
            "pk": { "S": "job#7" }, "sk": { "S": "w#5" }, "reason_code": { "S": "pool_full" }, "reason": { "S": "full" },
            "expires_at": { "N": "2678400" },
        },
        "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": { "#pk": "pk" },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    } }]);
    assert_eq!(check(&[put]).await, expected);
}

#[tokio::test]
async fn a_set_names_every_field_by_a_placeholder() {
    let set = change(
        vec![When::Present, When::Is(field::STATE, "ready".into()), When::Lacks(field::AT)],
        What::Set(vec![
            Set::To(field::STATE, "draining".into()),
            Set::To(field::LABELS, wire::ledger::Value::Texts(vec!["a".into()])),
            Set::Clear(field::OWNER),
            Set::Add(field::N, -2),
            Set::Add(field::VERSION, 1),
        ]),
    );
    let expected = json!([{ "Update": {
        "TableName": "quillon",
        "Key": { "pk": { "S": "job#7" }, "sk": { "S": "w#5" } },
        "UpdateExpression": "SET #state = :v1, #labels = :v2 REMOVE #owner ADD #n :v3, #version :v4",
        "ConditionExpression": "attribute_exists(#pk) AND #state = :v0 AND attribute_not_exists(#at)",
        "ExpressionAttributeNames": {
            "#pk": "pk", "#state": "state", "#at": "at", "#labels": "labels", "#owner": "owner", "#n": "n",
            "#version": "version",
        },
        "ExpressionAttributeValues": {
            ":v0": { "S": "ready" }, ":v1": { "S": "draining" }, ":v2": { "L": [{ "S": "a" }] },
            ":v3": { "N": "-2" }, ":v4": { "N": "1" },
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    } }]);
    assert_eq!(check(&[set]).await, expected);
}

#[tokio::test]
async fn deletes_and_checks_carry_their_key_and_condition() {
    let flag = When::Is(field::HAS_RUN, true.into());
    let changes = [
        change(vec![], What::Delete),
        Change { key: Key::Job(JobId(7)), when: vec![flag], what: What::Check },
    ];
    let expected = json!([
        { "Delete": {
            "TableName": "quillon",
            "Key": { "pk": { "S": "job#7" }, "sk": { "S": "w#5" } },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        } },
        { "ConditionCheck": {
            "TableName": "quillon",
            "Key": { "pk": { "S": "open" }, "sk": { "S": "j#7" } },
            "ConditionExpression": "#has_run = :v0",
            "ExpressionAttributeNames": { "#has_run": "has_run" },
            "ExpressionAttributeValues": { ":v0": { "BOOL": true } },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        } },
    ]);
    assert_eq!(check(&changes).await, expected);
}

#[tokio::test]
async fn what_asks_and_changes_nothing_is_no_call() {
    let canned = Canned::default();
    let nothing = [change(vec![], What::Check), change(vec![], What::Set(vec![]))];
    ledger(&canned).write(&nothing).await.unwrap();
    assert!(canned.asked().is_empty());
}

fn cancelled(reasons: Value) -> Answer {
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    Answer::Json(
        400,
        json!({ "__type": kind, "Message": "Transaction cancelled", "CancellationReasons": reasons }),
    )
}

#[tokio::test]
async fn a_failed_condition_gives_the_place_of_its_change_and_the_row_as_it_stood() {
    let canned = Canned::new([cancelled(json!([
        { "Code": "None" },
        { "Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": waited_item() },
        { "Code": "ConditionalCheckFailed", "Message": "The conditional request failed" },
        { "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" },
    ]))]);
    let checks = |id| Change { key: Key::Job(JobId(id)), when: vec![When::Absent], what: What::Check };
    // The first is no part of the transaction, and still counts.
    let changes = [change(vec![], What::Check), checks(1), checks(2), checks(3), checks(4)];
    let error = ledger(&canned).write(&changes).await.unwrap_err();
    let WriteError::Refused(refused) = error else { panic!("{error:?}") };
    assert_eq!(refused, [Refused { index: 2, found: Some(waited()) }, Refused { index: 3, found: None }]);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_being_written_is_tried_again_with_the_same_token() {
    let conflict = || cancelled(json!([{ "Code": "TransactionConflict", "Message": "ongoing" }]));
    let in_progress = "com.amazonaws.dynamodb.v20120810#TransactionInProgressException";
    let in_progress = Answer::Json(400, json!({ "__type": in_progress, "Message": "in progress" }));
    let canned = Canned::new([conflict(), in_progress, Answer::Json(200, json!({}))]);
    ledger(&canned).write(&[change(vec![], What::Delete)]).await.unwrap();
    let asked = canned.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|again| again.body == asked[0].body));

    let canned = Canned::new([conflict(), conflict(), conflict(), conflict()]);
    let error = ledger(&canned).write(&[change(vec![], What::Delete)]).await.unwrap_err();
    assert!(matches!(error, WriteError::Port(PortError::Transient { .. })), "{error:?}");
    assert_eq!(canned.asked().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_asked_for_with_the_same_token() {
    let canned = Canned::new([Answer::Unreachable, Answer::Status(500), Answer::Json(200, json!({}))]);
    ledger(&canned).write(&[change(vec![When::Absent], What::Put(Box::new(waited())))]).await.unwrap();
    let asked = canned.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|again| again.body == asked[0].body));
}

#[tokio::test(start_paused = true)]
async fn the_other_reasons_say_what_to_do_next() {
    let error = |code: &'static str| async move {
        let canned = Canned::new([cancelled(json!([{ "Code": "None" }, { "Code": code, "Message": "…" }]))]);
        let changes = [change(vec![], What::Delete), change(vec![], What::Delete)];
        match ledger(&canned).write(&changes).await.unwrap_err() {
            WriteError::Port(error) => error,
            refused @ WriteError::Refused(_) => panic!("{refused:?}"),
        }
    };
    assert!(matches!(error("ThrottlingError").await, PortError::Throttled { .. }));
    assert!(matches!(error("ProvisionedThroughputExceeded").await, PortError::Throttled { .. }));
    assert!(matches!(error("ValidationError").await, PortError::Refused { .. }));
}

#[tokio::test(start_paused = true)]
async fn an_error_says_what_was_asked_and_what_was_answered() {
    let kind = "com.amazon.coral.service#AccessDeniedException";
    let message = "User: arn:aws:sts::123456789012:assumed-role/quillon-webhook is not authorized";
    let canned = Canned::new([Answer::Json(400, json!({ "__type": kind, "Message": message }))]);
    let error = ledger(&canned).open().await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error:?}");
    assert_eq!(
        control::Chain(&error).to_string(),
        format!("not allowed: dynamodb:Query answered AccessDeniedException: {message} (request unknown)")
    );

    let canned = Canned::new([Answer::Unreachable, Answer::Unreachable, Answer::Unreachable]);
    let error = ledger(&canned).open().await.unwrap_err();
    assert!(matches!(error, PortError::Transient { .. }), "{error:?}");
    let chain = control::Chain(&error).to_string();
    assert!(chain.contains("dynamodb:Query was not answered"), "{chain}");
    assert!(chain.contains("connection refused"), "{chain}");
}

#[tokio::test]
async fn the_world_is_one_consistent_query_over_all_its_pages() {
    let last = json!({ "pk": { "S": "open" }, "sk": { "S": "o#a-1" } });
    let order = json!({
        "pk": { "S": "open" }, "sk": { "S": "o#a-1" }, "zone": { "S": "z" }, "n": { "N": "2" }, "at": { "N": "3" },
    });
    let strange = json!({ "pk": { "S": "open" }, "sk": { "S": "x#1" } });
    let broken =
        json!({ "pk": { "S": "open" }, "sk": { "S": "o#a-2" }, "n": { "N": "-1" }, "zone": { "S": "z" } });
    let canned = Canned::new([
        Answer::Json(200, json!({ "Items": [order], "Count": 1, "LastEvaluatedKey": last })),
        Answer::Json(200, json!({ "Items": [strange, broken], "Count": 2 })),
    ]);
    let open = ledger(&canned).open().await.unwrap();
    assert_eq!(open.rows.len(), 1);
    let unreadable: Vec<_> = open.unreadable.iter().map(|error| (error.key.as_str(), error.field)).collect();
    assert_eq!(unreadable, [("open/x#1", "sk"), ("open/o#a-2", "n")]);

    let asked = canned.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].target, "Query");
    assert_eq!(
        asked[0].body,
        json!({
            "TableName": "quillon",
            "ConsistentRead": true,
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": { "#pk": "pk" },
            "ExpressionAttributeValues": { ":pk": { "S": "open" } },
        })
    );
    assert_eq!(asked[1].body["ExclusiveStartKey"], last);
}

#[tokio::test]
async fn one_key_is_one_item() {
    let canned =
        Canned::new([Answer::Json(200, json!({ "Item": waited_item() })), Answer::Json(200, json!({}))]);
    let ledger = ledger(&canned);
    let key = waited().key();
    assert_eq!(ledger.get(&[key.clone(), key.clone()]).await.unwrap(), [Some(waited()), Some(waited())]);
    assert_eq!(ledger.get(&[key]).await.unwrap(), [None]);
    let asked = canned.asked();
    assert_eq!(asked[0].target, "GetItem");
    let key = json!({ "pk": { "S": "job#7" }, "sk": { "S": "w#5" } });
    assert_eq!(asked[0].body, json!({ "TableName": "quillon", "ConsistentRead": true, "Key": key }));
}

#[tokio::test(start_paused = true)]
async fn keys_that_were_left_out_are_asked_for_again() {
    let left_out = json!({ "quillon": { "ConsistentRead": true, "Keys": [{ "pk": { "S": "job#7" }, "sk": { "S": "w#5" } }] } });
    let canned = Canned::new([
        Answer::Json(200, json!({ "Responses": { "quillon": [] }, "UnprocessedKeys": left_out })),
        Answer::Json(200, json!({ "Responses": { "quillon": [waited_item()] }, "UnprocessedKeys": {} })),
    ]);
    let keys = [Key::Job(JobId(7)), waited().key()];
    assert_eq!(ledger(&canned).get(&keys).await.unwrap(), [None, Some(waited())]);
    let asked = canned.asked();
    assert_eq!(asked[0].target, "BatchGetItem");
    assert_eq!(asked[0].body["RequestItems"]["quillon"]["Keys"].as_array().unwrap().len(), 2);
    assert_eq!(asked[0].body["RequestItems"]["quillon"]["ConsistentRead"], true);
    assert_eq!(asked[1].body["RequestItems"], left_out);

    let never = (0..4).map(|_| Answer::Json(200, json!({ "Responses": {}, "UnprocessedKeys": left_out })));
    let canned = Canned::new(never);
    let error = ledger(&canned).get(&keys).await.unwrap_err();
    assert!(matches!(error, PortError::Throttled { .. }), "{error:?}");
}

#[tokio::test]
async fn each_ring_is_another_message_of_one_group() {
    let sent = || Answer::Json(200, json!({ "MessageId": "m", "MD5OfMessageBody": "" }));
    let canned = Canned::new([sent(), sent()]);
    let ledger = ledger(&canned);
    ledger.ring().await.unwrap();
    ledger.ring().await.unwrap();
    let asked = canned.asked();
    let bodies: Vec<Value> = asked
        .iter()
        .map(|asked| serde_json::from_str(asked.body["MessageBody"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(asked[0].target, "SendMessage");
    assert_eq!(asked[0].body["MessageGroupId"], "quillon");
    assert!(asked[0].body.get("MessageDeduplicationId").is_none(), "the queue takes the content");
    assert_eq!(bodies[0]["source"], "webhook");
    assert_ne!(bodies[0]["ring"], bodies[1]["ring"]);
}
