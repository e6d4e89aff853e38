output "name" {
  description = "The function's name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "invoke_arn" {
  description = "The ARN that an API's integration calls it by."
  value       = aws_lambda_function.this.invoke_arn
}

output "policy" {
  description = "What the function's role may do, as JSON: for tests to read."
  value       = aws_iam_role_policy.this.policy
}
