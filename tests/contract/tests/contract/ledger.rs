//! The ledger on DynamoDB and SQS; the one in memory is tried where it stands.

use aws::ledger::Place;
use aws::{DynamoLedger, Fresh};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_types::SdkConfig;
use control::contract::ledger::every_case;
use world::{Options, World};

use crate::sdk;

#[test]
fn dynamodb_keeps_a_ledger() {
    let world = World::start(&Options::of_this_process().unwrap()).unwrap();
    let sdk = sdk::config(world.aws_url());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ledger = DynamoLedger::new(&sdk, place(&sdk).await, Fresh::new(7 << 64));
        every_case(&ledger).await;
    });
}

/// The table and the queue, as Terraform makes them.
async fn place(sdk: &SdkConfig) -> Place {
    let dynamodb = aws_sdk_dynamodb::Client::new(sdk);
    let mut table = dynamodb.create_table().table_name("quillon").billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let text = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        table = table.attribute_definitions(text.build().unwrap()).key_schema(key.build().unwrap());
    }
    table.send().await.unwrap();
    let sqs = aws_sdk_sqs::Client::new(sdk);
    let queue = sqs
        .create_queue()
        .queue_name("quillon.fifo")
        .attributes(QueueAttributeName::FifoQueue, "true")
        .attributes(QueueAttributeName::ContentBasedDeduplication, "true");
    let doorbell = queue.send().await.unwrap().queue_url.unwrap();
    Place {
        table: "quillon".to_owned(),
        doorbell,
        installation: "quillon".to_owned(),
        source: "contract".to_owned(),
    }
}
