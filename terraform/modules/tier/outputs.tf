output "cluster_name" {
  description = "The name of the tier's ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  description = "The ARN of the tier's ECS cluster."
  value       = aws_ecs_cluster.this.arn
}

output "node_role_arn" {
  description = "The ARN of the role of the tier's nodes."
  value       = aws_iam_role.node.arn
}

output "instance_profile_arn" {
  description = "The ARN of the instance profile that gives nodes their role."
  value       = aws_iam_instance_profile.node.arn
}

output "security_group_id" {
  description = "The id of the nodes' security group."
  value       = aws_security_group.node.id
}
