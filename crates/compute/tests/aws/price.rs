//! What spot machines cost.

use std::collections::BTreeMap;

use control::port::Compute;
use model::id::Zone;
use model::price::Price;
use model::rules::PoolName;

use crate::server::{Reply, Server, reply};
use crate::world::{Time, compute, compute_with, pool, settings};

/// Each line as type, zone, price and minute.
fn page(lines: &[(&str, &str, &str, u32)], next: &str) -> Reply {
    let line = |(instance_type, zone, price, minute): &(&str, &str, &str, u32)| {
        format!(
            "<item><instanceType>{instance_type}</instanceType><productDescription>Linux/UNIX</productDescription>\
             <spotPrice>{price}</spotPrice><timestamp>2026-11-21T00:{minute:02}:00.000Z</timestamp>\
             <availabilityZone>{zone}</availabilityZone></item>"
        )
    };
    let lines: String = lines.iter().map(line).collect();
    reply(
        200,
        format!(
            "<DescribeSpotPriceHistoryResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>1</requestId><spotPriceHistorySet>{lines}</spotPriceHistorySet><nextToken>{next}</nextToken>\
             </DescribeSpotPriceHistoryResponse>"
        ),
    )
}

#[tokio::test]
async fn the_latest_price_of_the_cheapest_type_counts() {
    let aws = Server::start(|asked| match asked.body.contains("NextToken=more") {
        false => page(
            &[
                ("c7gd.4xlarge", "eu-central-1a", "0.300000", 8),
                ("c7gd.4xlarge", "eu-central-1a", "0.100000", 2),
            ],
            "more",
        ),
        true => page(
            &[
                ("c6gd.4xlarge", "eu-central-1a", "0.310000", 1),
                ("c7gd.4xlarge", "eu-central-1b", "0.250000", 1),
                ("c6gd.4xlarge", "eu-central-1b", "0.240000", 1),
                ("c6gd.4xlarge", "eu-central-1c", "cheap", 1),
                ("m7gd.4xlarge", "eu-central-1a", "0.010000", 1),
            ],
            "",
        ),
    })
    .await;
    let time = Time::default();
    time.pass_s(1_795_219_200);
    let told = compute_with(&aws, settings(), &time).spot_prices(&[pool()]).await.unwrap();
    let zones = [("eu-central-1a", 300_000), ("eu-central-1b", 240_000)];
    let zones: BTreeMap<Zone, Price> = zones.map(|(zone, price)| (zone.into(), Price(price))).into();
    assert_eq!(told, [(pool(), zones)].into());
    assert_eq!(
        aws.asked()[0].body,
        "Action=DescribeSpotPriceHistory&Version=2016-11-15&StartTime=2026-11-20T23%3A50%3A00Z\
         &InstanceType.1=c6gd.4xlarge&InstanceType.2=c7gd.4xlarge&ProductDescription.1=Linux%2FUNIX\
         &ProductDescription.2=Linux%2FUNIX%20%28Amazon%20VPC%29"
    );
}

#[tokio::test]
async fn where_there_is_nothing_to_ask_for_nobody_is_asked() {
    let aws = Server::start(|_| page(&[], "")).await;
    let nobodys = PoolName::parse("nobodys").unwrap();
    assert!(compute(&aws).spot_prices(&[nobodys]).await.unwrap().is_empty());
    assert_eq!(aws.asked().len(), 0);
    assert!(compute(&aws).spot_prices(&[pool()]).await.unwrap().is_empty());
}
