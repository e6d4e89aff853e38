locals {
  name      = "${var.context.installation}-${var.trust}"
  role_name = "${var.context.installation}-node-${var.trust}"
}

resource "aws_ecs_cluster" "this" {
  name = local.name
  tags = var.context.tags

  # Metered by the metric, and the scaler reports what is worth knowing.
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

# Pools without nodes name one of the two with each task; that they may costs nothing. Without a default, a task
# that names none is refused.
resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

# A node of one tier must not be able to register in another's cluster: hence a role per tier.
resource "aws_iam_role" "node" {
  name = local.role_name
  tags = var.context.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "node" {
  name = local.role_name
  role = aws_iam_role.node.name

  policy = templatefile("${path.module}/../../policies/node.json.tftpl", {
    cluster_arn            = aws_ecs_cluster.this.arn
    container_instance_arn = "arn:${var.context.partition}:ecs:${var.context.region}:${var.context.account}:container-instance/${local.name}/*"
    api_execution_arn      = var.api_execution_arn
  })
}

resource "aws_iam_instance_profile" "node" {
  name = local.role_name
  role = aws_iam_role.node.name
  tags = var.context.tags
}

# Its rules stand inside, so that a rule added by hand is taken out again.
resource "aws_security_group" "node" {
  name        = "${local.name}-node"
  description = "Nodes call out. Nothing calls them."
  vpc_id      = var.vpc_id
  ingress     = []
  tags        = merge(var.context.tags, { Name = "${local.name}-node" })

  egress {
    description = "Jobs reach what they need."
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
