output "webhook_url" {
  description = "Where the GitHub App sends its webhooks."
  value       = module.quillon.webhook_url
}

output "parameters" {
  description = "The parameters to write the App's secrets into."
  value       = module.quillon.parameters
}
