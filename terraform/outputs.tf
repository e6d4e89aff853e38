output "webhook_url" {
  description = "Where the GitHub App sends its webhooks."
  value       = "${module.control.api_url}/webhook"
}

output "api_url" {
  description = "The base URL of the HTTP API that runners and nodes call."
  value       = module.control.api_url
}

output "table" {
  description = "The name of the ledger, a DynamoDB table."
  value       = module.control.table
}

output "doorbell" {
  description = "The URL of the doorbell, an SQS FIFO queue."
  value       = module.control.doorbell
}

output "dead_letters" {
  description = "The URL of the queue where messages end that were received twice without success."
  value       = module.control.dead_letters
}

output "clusters" {
  description = "The ARN of the ECS cluster of each trust tier."
  value       = { for trust, tier in module.tier : trust => tier.cluster_arn }
}

output "groups" {
  description = "The name of the Auto Scaling group of each pool."
  value       = { for name, pool in module.pool : name => pool.group }
}

output "config_object" {
  description = "Where the configuration document lies, as s3://bucket/key."
  value       = module.control.config_object
}

output "functions" {
  description = "The name of each Lambda function, by what it is."
  value       = module.control.functions
}

output "parameters" {
  description = "The SSM SecureString parameters that must hold the App's private key and webhook secret, and by their ids the keys of further Apps; the module never reads them."
  value = {
    private_key    = local.github.private_key_parameter
    webhook_secret = local.github.webhook_secret_parameter
    registrar_keys = { for app in local.github.registrars : tostring(app.app_id) => app.private_key_parameter }
  }
}
