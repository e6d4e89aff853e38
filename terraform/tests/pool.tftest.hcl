# A pool's group and template: what the scaler's calls rest on, and what a node knows when it boots.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name    = "quillon-p"
  subnets = { eu-central-1a = "subnet-a", eu-central-1b = "subnet-b" }
  tier = {
    cluster_name         = "quillon-trusted"
    instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/quillon-node-trusted"
    security_group_id    = "sg-1"
  }
  api_url = "https://abc.execute-api.eu-central-1.amazonaws.com"
  region  = "eu-central-1"
  tags    = { quillon = "quillon" }
  pool = {
    arch            = "arm64"
    instance_types  = ["c7gd.4xlarge", "c8gd.4xlarge"]
    purchase        = "spot"
    max_nodes       = 7
    gpu             = false
    ami_parameter   = null
    root_volume_gib = 100
    zones           = null
  }
}

run "a_spot_pool" {
  module { source = "./modules/pool" }

  assert {
    condition = alltrue([
      aws_autoscaling_group.this.min_size == 0,
      aws_autoscaling_group.this.max_size == 7,
      aws_autoscaling_group.this.protect_from_scale_in,
      aws_autoscaling_group.this.suspended_processes == toset(["AZRebalance"]),
    ])
    error_message = "The group neither buys, moves nor ends a node by itself."
  }

  assert {
    condition     = aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 0
    error_message = "A spot pool is all spot."
  }

  assert {
    condition     = aws_autoscaling_group.this.mixed_instances_policy[0].launch_template[0].override[*].instance_type == tolist(["c7gd.4xlarge", "c8gd.4xlarge"])
    error_message = "The group chooses among the pool's types."
  }

  assert {
    condition     = anytrue([for tag in aws_autoscaling_group.this.tag : tag.key == "quillon" && tag.value == "quillon" && tag.propagate_at_launch])
    error_message = "Group and nodes carry the tag that the scaler's rights hang on."
  }

  assert {
    condition     = aws_launch_template.this.image_id == "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    error_message = "An arm64 pool boots the arm64 image."
  }

  assert {
    condition = alltrue([
      aws_launch_template.this.metadata_options[0].http_tokens == "required",
      aws_launch_template.this.metadata_options[0].http_put_response_hop_limit == 1,
      aws_launch_template.this.block_device_mappings[0].ebs[0].encrypted == "true",
    ])
    error_message = "Metadata ends at the host, and the disk is encrypted."
  }

  assert {
    condition = alltrue([
      for line in ["ECS_CLUSTER=quillon-trusted", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true", "QUILLON_API_URL=https://abc.execute-api.eu-central-1.amazonaws.com", "ECS_CONTAINER_INSTANCE_TAGS={\"quillon\":\"quillon\"}"] :
      contains(split("\n", base64decode(aws_launch_template.this.user_data)), line)
    ])
    error_message = "A node knows its cluster, its tag, its door, and that it may be taken away."
  }
}

run "an_on_demand_pool_with_gpus" {
  module { source = "./modules/pool" }

  variables {
    pool = {
      arch            = "x86_64"
      instance_types  = ["g6.xlarge"]
      purchase        = "on-demand"
      max_nodes       = 1
      gpu             = true
      ami_parameter   = null
      root_volume_gib = 100
      zones           = null
    }
  }

  assert {
    condition     = aws_autoscaling_group.this.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 100
    error_message = "An on-demand pool is all on-demand."
  }

  assert {
    condition     = aws_launch_template.this.image_id == "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
    error_message = "A pool with GPUs boots the image with their driver."
  }

  assert {
    condition = (
      strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_ENABLE_GPU_SUPPORT=true\n")
      && !strcontains(base64decode(aws_launch_template.this.user_data), "SPOT")
    )
    error_message = "Its agent looks for GPUs, and not for a spot warning."
  }
}

run "a_zone_without_a_subnet_is_refused" {
  command = plan

  module { source = "./modules/pool" }

  variables {
    pool = {
      arch            = "arm64"
      instance_types  = ["c7gd.4xlarge"]
      purchase        = "spot"
      max_nodes       = 1
      gpu             = false
      ami_parameter   = null
      root_volume_gib = 100
      zones           = ["eu-central-1a", "eu-central-1z"]
    }
  }

  expect_failures = [aws_autoscaling_group.this]
}
