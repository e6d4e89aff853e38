locals {
  zones = sort(coalesce(var.pool.zones, keys(var.subnets)))

  # AWS's own ECS image of the day, unless the pool names a parameter of its own.
  variant       = var.pool.gpu ? "gpu/recommended" : { x86_64 = "recommended", arm64 = "arm64/recommended" }[var.pool.arch]
  ami_parameter = coalesce(var.pool.ami_parameter, "/aws/service/ecs/optimized-ami/amazon-linux-2023/${local.variant}/image_id")

  user_data = templatefile("${path.module}/user_data.sh.tftpl", {
    cluster = var.tier.cluster_name
    api_url = var.api_url
    region  = var.region
    spot    = var.pool.purchase == "spot"
    gpu     = var.pool.gpu
    tags    = jsonencode(var.tags)
  })
}

resource "aws_launch_template" "this" {
  name                   = var.name
  image_id               = "resolve:ssm:${local.ami_parameter}"
  user_data              = base64encode(local.user_data)
  update_default_version = true
  vpc_security_group_ids = [var.tier.security_group_id]
  tags                   = var.tags

  iam_instance_profile {
    arn = var.tier.instance_profile_arn
  }

  # One hop ends at the host: an answer never reaches a container on the bridge.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    http_protocol_ipv6          = "disabled"
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.pool.root_volume_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  # The group tags the nodes; their disks only the template can.
  tag_specifications {
    resource_type = "volume"
    tags          = merge(var.tags, { Name = var.name })
  }
}

# The scaler alone decides how many nodes there are: it orders them by LaunchInstances and ends them by
# name. The group keeps them, names their types, and adds or removes nothing of its own accord.
resource "aws_autoscaling_group" "this" {
  name                  = var.name
  min_size              = 0
  max_size              = var.pool.max_nodes
  vpc_zone_identifier   = [for zone in local.zones : var.subnets[zone]]
  capacity_rebalance    = false
  protect_from_scale_in = true
  suspended_processes   = ["AZRebalance"]

  # There is no capacity to wait for. And protected nodes would hold up a destroy until it gave up:
  # who destroys a pool means its nodes too.
  wait_for_capacity_timeout = "0"
  force_delete              = true

  mixed_instances_policy {
    # All of one kind: LaunchInstances refuses a mixture of spot and on-demand.
    instances_distribution {
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = var.pool.purchase == "spot" ? 0 : 100
      on_demand_allocation_strategy            = "lowest-price"
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = aws_launch_template.this.latest_version
      }

      dynamic "override" {
        for_each = var.pool.instance_types

        content {
          instance_type = override.value
        }
      }
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = var.name })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]

    precondition {
      condition     = length(setsubtract(local.zones, keys(var.subnets))) == 0
      error_message = "Write zones for ${var.name} that the network has a subnet in (${join(", ", keys(var.subnets))}), or leave them out for all."
    }
  }
}
