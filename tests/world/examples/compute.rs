//! The compute model alone on a port of the loopback, to play with: `cargo run -p world --example compute -- 127.0.0.1:4600`.
#![expect(clippy::print_stdout, reason = "it prints where it listens and what happens")]

use sim::compute::{Settings, Subnet, Template};
use std::collections::BTreeMap;
use world::compute::{ComputeService, Table};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(&address).await?;
    let mut settings = Settings::default();
    settings.timing.instance_runs = std::time::Duration::from_secs(1);
    settings.timing.agent_registers = std::time::Duration::from_secs(1);
    let (service, mut outputs) = ComputeService::alone(settings, table());
    let running = service.start(listener)?;
    println!("compute http://{}", running.address);
    loop {
        tokio::select! {
            output = outputs.recv() => if let Some(output) = output { println!("{output:?}") },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// One launch template and a subnet per zone.
fn table() -> Table {
    let template = Template {
        id: "lt-0123456789abcdef0".to_owned(),
        name: "pool".to_owned(),
        version: 1,
        instance_type: Some("c7gd.4xlarge".to_owned()),
        instance_profile: Some("arn:aws:iam::123456789012:instance-profile/node".to_owned()),
        ..Template::default()
    };
    let subnets = ["a", "b"].map(|zone| Subnet {
        id: format!("subnet-0000000000000000{zone}"),
        vpc_id: "vpc-00000000000000001".to_owned(),
        availability_zone: format!("eu-central-1{zone}"),
    });
    Table {
        templates: BTreeMap::from([
            (template.id.clone(), template.clone()),
            (template.name.clone(), template),
        ]),
        subnets: subnets.map(|subnet| (subnet.id.clone(), subnet)).into(),
    }
}
