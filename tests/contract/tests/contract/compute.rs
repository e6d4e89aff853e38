//! Compute: in memory, and on the compute service and the registry over HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use compute::{AwsCompute, Images, Settings};
use control::contract::compute::every_case;
use model::time::Timestamp;
use sim::compute::Machine;
use sim::port::{Clock, ComputeSettings, SimCompute};
use tokio::net::TcpListener;
use world::compute::{ComputeService, Table};
use world::registry::{Architecture, RegistryHandle};

use crate::machines::{self, Machines};
use crate::sdk;

#[tokio::test]
async fn the_simulated_provider_computes() {
    let machine = Arc::new(Mutex::new(Machine::new(machines::settings())));
    let clock = Clock::new(Timestamp(1_795_219_200_000));
    let settings = ComputeSettings {
        installation: "quillon".to_owned(),
        clusters: machines::clusters(),
        groups: machines::groups(),
        instance_types: machines::instance_types(),
        serverless: machines::serverless(),
    };
    let compute = Arc::new(SimCompute::new(machine.clone(), clock.clone(), settings));
    let publisher = compute.clone();
    let outside = Machines {
        with: Box::new(move |change| {
            change(&mut machine.lock().unwrap(), Duration::from_millis(clock.now().0));
        }),
        publish: Box::new(move |release| publisher.publish(release)),
    };
    outside.set_up();
    every_case(&*compute, &outside).await;
}

#[tokio::test]
async fn aws_computes() {
    let (service, _outputs) = ComputeService::alone(machines::settings(), Table::default());
    let running = service.clone().start(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let registry = RegistryHandle::start(free, free).await.unwrap();
    let settings = settings(&registry);
    let time = Arc::new(AtomicU64::new(0));
    let clock = time.clone();
    let compute = AwsCompute::new(
        &sdk::config(format!("http://{}", running.address)),
        settings,
        Arc::new(move || Timestamp(clock.load(Ordering::Relaxed))),
    );
    let outside = Machines {
        with: Box::new(move |change| service.with(change)),
        publish: Box::new(move |release| {
            registry.publish("dagger/engine", &release.to_string(), &[Architecture::Arm64]);
            // What is missing is believed for half of this.
            time.fetch_add(60_000, Ordering::Relaxed);
        }),
    };
    outside.set_up();
    every_case(&compute, &outside).await;
}

fn settings(registry: &RegistryHandle) -> Settings {
    Settings {
        installation: "quillon".to_owned(),
        region: world::REGION.to_owned(),
        api_url: "https://abc.execute-api.eu-central-1.amazonaws.com".to_owned(),
        clusters: machines::clusters(),
        groups: machines::groups(),
        instance_types: machines::instance_types(),
        serverless: machines::serverless(),
        images: Images {
            runner: "ghcr.io/quillon/runner:v0.1.0".to_owned(),
            engine: format!("{}/engine", registry.front()),
            dockerd: "ghcr.io/quillon/dockerd:v0.1.0".to_owned(),
        },
        task_role_arn: "arn:aws:iam::123456789012:role/quillon-task".to_owned(),
        execution_role_arn: "arn:aws:iam::123456789012:role/quillon-execution".to_owned(),
        log_group: "/quillon/tasks".to_owned(),
    }
}
