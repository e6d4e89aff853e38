//! What Terraform installs in a world, put aside and taken up again.

mod common;

use std::collections::BTreeMap;

use common::{boto, start};
use world::{Options, Planned, Variables, World};

const MAIN: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  s3_use_path_style = true
}
variable "name" {
  type = string
}
resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  protocol_type = "HTTP"
}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_object" "this" {
  bucket       = aws_s3_bucket.this.id
  key          = "config.json"
  content_type = "application/json"
  content      = jsonencode({ api_url = aws_apigatewayv2_api.this.api_endpoint })
}
resource "aws_launch_template" "this" {
  name      = var.name
  user_data = base64encode("QUILLON_API_URL=${aws_apigatewayv2_api.this.api_endpoint}")
}
output "api_url" {
  value = aws_apigatewayv2_api.this.api_endpoint
}
"#;

#[test]
fn an_installation_is_taken_up_at_another_endpoint_as_if_it_had_been_made_there() {
    let source = tempfile::tempdir().unwrap();
    std::fs::write(source.path().join("main.tf"), MAIN).unwrap();
    let variables: Variables = BTreeMap::from([("name".to_owned(), "installed".into())]);

    let first = start();
    let terraform = first.terraform("main", source.path(), &[""], "").unwrap();
    let mut heard = Vec::new();
    terraform.init(&mut |line| heard.push(line.to_owned())).unwrap();
    terraform.apply(&variables, &mut |line| heard.push(line.to_owned())).unwrap();
    assert!(heard.iter().any(|line| line.starts_with("Apply complete!")), "{heard:?}");
    assert_eq!(terraform.plan(&variables).unwrap(), Planned::Nothing);
    let snapshot = source.path().join("snapshot");
    first.save(&snapshot).unwrap();

    // The first still holds its port, so the second must take another.
    let second =
        World::start(&Options { restore: Some(snapshot), ..Options::of_this_process().unwrap() }).unwrap();
    assert_ne!(first.aws_url(), second.aws_url());
    let terraform = second.terraform("main", source.path(), &[""], "").unwrap();
    assert_eq!(terraform.plan(&variables).unwrap(), Planned::Nothing);
    let api_url = terraform.outputs().unwrap()["api_url"].as_str().unwrap().to_owned();
    assert!(api_url.starts_with(&second.aws_url()), "{api_url}");
    let stored = boto(
        &second,
        "s3 = boto3.client('s3', config=boto3.session.Config(s3={'addressing_style': 'path'}))
print(s3.get_object(Bucket='installed', Key='config.json')['Body'].read().decode())",
    );
    assert_eq!(stored, format!("{{\"api_url\":\"{api_url}\"}}"));
    terraform.destroy(&variables, &mut |_| {}).unwrap();
}
