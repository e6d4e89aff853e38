output "group" {
  description = "The name of the Auto Scaling group."
  value       = aws_autoscaling_group.this.name
}

output "zones" {
  description = "The zones that nodes may be ordered in."
  value       = local.zones
}
