//! What several tests of the world begin with.
#![expect(clippy::unwrap_used, reason = "what a test prepares may panic as the test itself may")]

use std::process::Command;

use world::{Options, World};

pub(crate) fn start() -> World {
    World::start(&Options::of_this_process().unwrap()).unwrap()
}

/// Runs Python with boto3 against the world, as root unless the script says otherwise, and returns what it printed.
pub(crate) fn boto(world: &World, script: &str) -> String {
    let prelude = "import boto3, io, json, os, sys, zipfile\nfrom botocore.exceptions import ClientError\n";
    let output = Command::new(world.python())
        .args(["-c", &format!("{prelude}{script}")])
        .env_clear()
        .env("AWS_ENDPOINT_URL", world.aws_url())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", world::REGION)
        .env("AWS_DEFAULT_REGION", world::REGION)
        .current_dir(world.folder())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
