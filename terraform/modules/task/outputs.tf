output "role_arn" {
  description = "The ARN of the role that a job's containers run under."
  value       = aws_iam_role.this["task"].arn
}

output "execution_role_arn" {
  description = "The ARN of the role that ECS pulls images and writes logs with."
  value       = aws_iam_role.this["execution"].arn
}

output "log_group" {
  description = "The name of the log group of all tasks."
  value       = aws_cloudwatch_log_group.this.name
}
