locals {
  name      = var.context.installation
  log_group = "/${local.name}/tasks"

  # The session name of a task's credentials is the task's id, and the broker believes it: so nothing
  # but ECS, on behalf of this account, may take these roles.
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.context.account }
        ArnLike      = { "aws:SourceArn" = "arn:${var.context.partition}:ecs:${var.context.region}:${var.context.account}:*" }
      }
    }]
  })

  roles = {
    task = templatefile("${path.module}/../../policies/task.json.tftpl", {
      api_execution_arn = var.api_execution_arn
    })
    execution = templatefile("${path.module}/../../policies/execution.json.tftpl", {
      repositories_arn = "arn:${var.context.partition}:ecr:*:${var.context.account}:repository/*"
      log_group_arn    = "arn:${var.context.partition}:logs:${var.context.region}:${var.context.account}:log-group:${local.log_group}"
    })
  }
}

resource "aws_iam_role" "this" {
  for_each = toset(["task", "execution"])

  name               = "${local.name}-${each.key}"
  assume_role_policy = local.trust
  tags               = var.context.tags
}

resource "aws_iam_role_policy" "this" {
  for_each = local.roles

  name   = "${local.name}-${each.key}"
  role   = aws_iam_role.this[each.key].name
  policy = each.value
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  tags              = var.context.tags
}
