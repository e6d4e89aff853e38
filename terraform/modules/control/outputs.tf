output "api_url" {
  description = "The base URL of the HTTP API, without a slash at its end."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "api_execution_arn" {
  description = "The prefix of the ARNs that a role needs to call the HTTP API."
  value       = aws_apigatewayv2_api.this.execution_arn
}

output "table" {
  description = "The name of the ledger's table."
  value       = aws_dynamodb_table.ledger.name
}

output "doorbell" {
  description = "The URL of the doorbell queue."
  value       = aws_sqs_queue.doorbell.url
}

output "dead_letters" {
  description = "The URL of the queue for messages that no tick could finish."
  value       = aws_sqs_queue.dead_letters.url
}

output "config_object" {
  description = "Where the configuration document lies, as s3://bucket/key."
  value       = local.config_object
}

output "functions" {
  description = "The name of each function, by its crate."
  value       = { for name, function in module.function : name => function.name }
}
