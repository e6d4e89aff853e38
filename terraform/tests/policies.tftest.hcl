# What no emulator enforces: PassRole, the resources and conditions of RunTask, rights that hang on a tag.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  context = {
    installation = "quillon"
    partition    = "aws"
    region       = "eu-central-1"
    account      = "123456789012"
    tags         = { quillon = "quillon" }
  }
  api_execution_arn  = "arn:aws:execute-api:eu-central-1:123456789012:abc"
  log_retention_days = 30
}

run "control" {
  module { source = "./modules/control" }

  variables {
    document   = "{}"
    functions  = { zips = "tests/zips", architecture = "arm64", log_level = "info", log_retention_days = 30 }
    parameters = { private_key = "/quillon/key", webhook_secret = "/quillon/secret", registrar_keys = ["/quillon/second"] }
    clusters   = { trusted = { name = "quillon-trusted", arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted" } }
    pass_roles = ["arn:aws:iam::123456789012:role/quillon-task", "arn:aws:iam::123456789012:role/quillon-execution"]
  }

  # Runners are registered by the broker alone.
  assert {
    condition     = !strcontains(module.function["scaler"].policy, "/quillon/second")
    error_message = "The scaler acts as the first App alone."
  }

  # The scaler passes two roles, to tasks, and no third.
  assert {
    condition = [
      for statement in jsondecode(module.function["scaler"].policy).Statement :
      { resource = statement.Resource, condition = statement.Condition } if contains(flatten([statement.Action]), "iam:PassRole")
      ] == [{
        resource  = ["arn:aws:iam::123456789012:role/quillon-task", "arn:aws:iam::123456789012:role/quillon-execution"]
        condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    }]
    error_message = "PassRole names exactly the task's two roles, for ECS tasks."
  }

  # It runs its own families, in its own clusters.
  assert {
    condition = [
      for statement in jsondecode(module.function["scaler"].policy).Statement :
      { resource = statement.Resource, condition = statement.Condition } if contains(flatten([statement.Action]), "ecs:RunTask")
      ] == [{
        resource  = "arn:aws:ecs:eu-central-1:123456789012:task-definition/quillon-quillon-*:*"
        condition = { ArnEquals = { "ecs:cluster" = ["arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted"] } }
    }]
    error_message = "RunTask names our families and our clusters."
  }

  # What ends something is bound to what is ours.
  assert {
    condition = alltrue([
      for statement in jsondecode(module.function["scaler"].policy).Statement :
      statement.Resource != "*" && (
        try(statement.Condition.StringEquals["aws:ResourceTag/quillon"] == "quillon", false)
        || try(length(statement.Condition.ArnEquals["ecs:cluster"]) > 0, false)
      ) if anytrue([for action in flatten([statement.Action]) : can(regex(":(Terminate|Stop|Launch|SetDesired|UpdateContainer)", action))])
    ])
    error_message = "Ordering, stopping and terminating hang on our tag or our clusters."
  }

  # A star as resource is left to actions that AWS binds to nothing, or to a condition.
  assert {
    condition = alltrue([
      for statement in flatten([for name in ["webhook", "scaler", "broker"] : jsondecode(module.function[name].policy).Statement]) :
      can(statement.Condition) || alltrue([
        for action in flatten([statement.Action]) : startswith(action, "autoscaling:Describe") || contains(["ec2:DescribeInstances", "ec2:DescribeSpotPriceHistory", "ecs:DescribeTaskDefinition"], action)
      ]) if contains(flatten([statement.Resource]), "*")
    ])
    error_message = "Only what cannot be bound stands on a star."
  }

  assert {
    condition = alltrue([
      for statement in flatten([for name in ["webhook", "scaler", "broker"] : jsondecode(module.function[name].policy).Statement]) :
      alltrue([for action in flatten([statement.Action]) : !strcontains(action, "*")])
    ])
    error_message = "Every action is written out."
  }

  # The public functions never see the partition, and one secret each.
  assert {
    condition = alltrue([
      for name in ["webhook", "broker"] : alltrue([
        for statement in jsondecode(module.function[name].policy).Statement : alltrue([
          for action in flatten([statement.Action]) : !contains(["dynamodb:Query", "dynamodb:Scan"], action) && !can(regex("^(ecs|autoscaling|ec2|iam):", action))
        ])
      ])
    ])
    error_message = "Webhook and broker neither read the partition nor touch machines."
  }

  assert {
    condition = {
      for name in ["webhook", "broker"] : name => flatten([
        for statement in jsondecode(module.function[name].policy).Statement : statement.Resource if statement.Action == "ssm:GetParameter"
      ])
      } == {
      webhook = ["arn:aws:ssm:eu-central-1:123456789012:parameter/quillon/secret"]
      broker  = ["arn:aws:ssm:eu-central-1:123456789012:parameter/quillon/key", "arn:aws:ssm:eu-central-1:123456789012:parameter/quillon/second"]
    }
    error_message = "The webhook reads its secret and the broker the keys of all Apps, neither the other's."
  }

  assert {
    condition = alltrue([
      for key, route in aws_apigatewayv2_route.this : route.authorization_type == (key == "POST /webhook" ? "NONE" : "AWS_IAM")
    ])
    error_message = "Every route but the webhook's is signed."
  }

  assert {
    condition     = aws_sqs_queue.doorbell.visibility_timeout_seconds == 60 && jsondecode(aws_sqs_queue.doorbell.redrive_policy).maxReceiveCount == 2
    error_message = "A ring comes back when its tick's time is over, once."
  }
}

run "task" {
  module { source = "./modules/task" }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this["task"].policy).Statement : { action = statement.Action, resource = statement.Resource }] == [{
      action = "execute-api:Invoke"
      resource = [
        "arn:aws:execute-api:eu-central-1:123456789012:abc/$default/POST/claim",
        "arn:aws:execute-api:eu-central-1:123456789012:abc/$default/POST/report",
      ]
    }]
    error_message = "Job code may get hold of this role: it claims, it reports, it does nothing else."
  }

  assert {
    condition = alltrue([
      for role in aws_iam_role.this : jsondecode(role.assume_role_policy).Statement == [{
        Effect    = "Allow"
        Principal = { Service = "ecs-tasks.amazonaws.com" }
        Action    = "sts:AssumeRole"
        Condition = {
          StringEquals = { "aws:SourceAccount" = "123456789012" }
          ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:eu-central-1:123456789012:*" }
        }
      }]
    ])
    error_message = "Only ECS, for this account, takes a task's roles: the broker believes their session names."
  }
}

run "tier" {
  module { source = "./modules/tier" }

  variables {
    trust  = "trusted"
    vpc_id = "vpc-1"
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.node.policy).Statement :
      contains([
        "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted",
        "arn:aws:ecs:eu-central-1:123456789012:container-instance/quillon-trusted/*",
        "arn:aws:execute-api:eu-central-1:123456789012:abc/$default/POST/node",
      ], statement.Resource) || statement.Action == "ecs:DiscoverPollEndpoint"
    ])
    error_message = "A node belongs to its cluster, announces itself, and has no other right."
  }

  assert {
    condition     = toset(aws_ecs_cluster_capacity_providers.this.capacity_providers) == toset(["FARGATE", "FARGATE_SPOT"])
    error_message = "Tasks without a node run on Fargate, spot or not."
  }

  assert {
    condition     = length(aws_security_group.node.ingress) == 0
    error_message = "Nothing calls a node."
  }
}
