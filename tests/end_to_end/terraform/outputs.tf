output "quillon" {
  description = "Everything the module tells."
  value       = module.quillon
}
