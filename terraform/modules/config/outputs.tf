output "document" {
  description = "The configuration document, as JSON."
  value       = jsonencode(local.document)
}
