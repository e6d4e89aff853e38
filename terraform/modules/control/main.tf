locals {
  name = var.context.installation

  # Told, not read from the resources: a name known beforehand lets a queue carry its policy and a
  # function its environment from the start, and lets Terraform make them side by side.
  arn = {
    for service in ["autoscaling", "ec2", "ecs", "events", "logs", "sqs", "ssm"] :
    service => "arn:${var.context.partition}:${service}:${var.context.region}:${var.context.account}"
  }

  doorbell_arn = "${local.arn.sqs}:${local.name}.fifo"
  # How long a tick may take, and so how long its messages stay out of sight.
  tick_s = 60

  functions = {
    # GitHub waits ten seconds for an answer.
    webhook = { memory_mib = 256, timeout_s = 10 }
    scaler  = { memory_mib = 512, timeout_s = local.tick_s }
    # An HTTP API gives up after thirty.
    broker = { memory_mib = 256, timeout_s = 29 }
  }

  policy_values = {
    installation            = local.name
    table_arn               = aws_dynamodb_table.ledger.arn
    doorbell_arn            = local.doorbell_arn
    config_arn              = "${aws_s3_bucket.config.arn}/${local.config_key}"
    private_key_arn         = "${local.arn.ssm}:parameter${var.parameters.private_key}"
    registrar_key_arns      = [for name in var.parameters.registrar_keys : "${local.arn.ssm}:parameter${name}"]
    webhook_secret_arn      = "${local.arn.ssm}:parameter${var.parameters.webhook_secret}"
    family_arn              = "${local.arn.ecs}:task-definition/quillon-${local.name}-*"
    group_arn               = "${local.arn.autoscaling}:autoScalingGroup:*:autoScalingGroupName/${local.name}-*"
    instance_arn            = "${local.arn.ec2}:instance/*"
    cluster_arns            = [for cluster in var.clusters : cluster.arn]
    task_arns               = [for cluster in var.clusters : "${local.arn.ecs}:task/${cluster.name}/*"]
    container_instance_arns = [for cluster in var.clusters : "${local.arn.ecs}:container-instance/${cluster.name}/*"]
    pass_role_arns          = var.pass_roles
  }
}

module "function" {
  source   = "../function"
  for_each = local.functions

  name               = "${local.name}-${each.key}"
  zip                = "${var.functions.zips}/${each.key}.zip"
  architecture       = var.functions.architecture
  memory_mib         = each.value.memory_mib
  timeout_s          = each.value.timeout_s
  log_retention_days = var.functions.log_retention_days
  tags               = var.context.tags

  policy = templatefile("${path.module}/../../policies/${each.key}.json.tftpl", merge(local.policy_values, {
    log_group_arn = "${local.arn.logs}:log-group:/aws/lambda/${local.name}-${each.key}"
  }))

  environment = {
    QUILLON_CONFIG   = local.config_object
    QUILLON_FUNCTION = each.key
    QUILLON_LOG      = var.functions.log_level
  }
}

resource "aws_lambda_event_source_mapping" "doorbell" {
  event_source_arn = aws_sqs_queue.doorbell.arn
  function_name    = module.function["scaler"].name
  batch_size       = 10
  tags             = var.context.tags

  # The first ring finds a configuration.
  depends_on = [aws_s3_object.config]
}
