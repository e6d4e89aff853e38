# One message group per installation, so that one tick runs at a time. A message says only "look again":
# each carries a fresh id, because the queue drops what it has seen in the last five minutes. An hour is long:
# by then sixty sweeps have seen whatever it was about.
resource "aws_sqs_queue" "doorbell" {
  name                        = "${local.name}.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  visibility_timeout_seconds  = local.tick_s
  message_retention_seconds   = 3600
  sqs_managed_sse_enabled     = true
  tags                        = var.context.tags

  # A message that a tick could not finish twice is set aside, for it would hold up its group.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 2
  })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OurRulesRing"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.doorbell_arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = [for name, _ in local.rules : "${local.arn.events}:rule/${local.name}-${name}"] }
        StringEquals = { "aws:SourceAccount" = var.context.account }
      }
    }]
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${local.name}-dead-letters.fifo"
  fifo_queue                = true
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.context.tags
}

# What rings beside webhook and broker. The whole event is passed on: its id makes each message a new one,
# a STOPPED event ends its launch, and a warning cordons its node.
locals {
  rules = {
    sweep = {
      description = "Every minute: read everything, repair what differs."
      schedule    = "rate(1 minute)"
      pattern     = null
    }
    # Neither event says whose machine it is: one of somebody else's rings in vain.
    warned = {
      description = "EC2 takes a Spot machine back, or is likely to."
      schedule    = null
      pattern = jsonencode({
        source      = ["aws.ec2"]
        detail-type = ["EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation"]
      })
    }
    stopped = {
      description = "A task of ours has stopped."
      schedule    = null
      pattern = jsonencode({
        source      = ["aws.ecs"]
        detail-type = ["ECS Task State Change"]
        detail = {
          lastStatus = ["STOPPED"]
          clusterArn = [for cluster in var.clusters : cluster.arn]
        }
      })
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = "${local.name}-${each.key}"
  description         = each.value.description
  schedule_expression = each.value.schedule
  event_pattern       = each.value.pattern
  tags                = var.context.tags
}

resource "aws_cloudwatch_event_target" "doorbell" {
  for_each = aws_cloudwatch_event_rule.this

  rule      = each.value.name
  target_id = "doorbell"
  arn       = aws_sqs_queue.doorbell.arn

  sqs_target {
    message_group_id = local.name
  }
}
