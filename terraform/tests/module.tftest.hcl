# The module as its user meets it: what little must be written, and what is said when it is wrong.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  github    = { app_id = 123456 }
  functions = { zips = "tests/zips" }
  pools = {
    arm64-spot = { arch = "arm64", instance_types = ["c7gd.4xlarge"] }
  }
}

run "little_must_be_written" {
  assert {
    condition     = output.webhook_url == "https://abc.execute-api.eu-central-1.amazonaws.com/webhook"
    error_message = "The webhook's URL is the API's with /webhook."
  }

  assert {
    condition     = output.groups == { arm64-spot = "quillon-arm64-spot" }
    error_message = "A pool's group is named after installation and pool."
  }

  assert {
    condition     = output.functions == { webhook = "quillon-webhook", scaler = "quillon-scaler", broker = "quillon-broker" }
    error_message = "A function is named after installation and crate."
  }

  assert {
    condition = output.parameters == {
      private_key    = "/quillon/github/private-key"
      webhook_secret = "/quillon/github/webhook-secret"
      registrar_keys = {}
    }
    error_message = "The parameters' names follow the installation's."
  }

  assert {
    condition     = output.config_object == "s3://quillon-config-123456789012-eu-central-1/config.json"
    error_message = "The configuration lies in the installation's own bucket."
  }
}

run "the_document_holds_the_defaults" {
  assert {
    condition = jsondecode(module.config.document).pools == {
      arm64-spot = {
        arch           = "arm64"
        purchase       = "spot"
        trust          = "trusted"
        group          = "quillon-arm64-spot"
        instance_types = ["c7gd.4xlarge"]
        zones          = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
        max_nodes      = 10
        default_size   = { vcpu = 4, memory_gib = 8 }
        gpu            = false

        min_nodes          = 0
        idle_after_minutes = 10
        max_age_hours      = 168
      }
    }
    error_message = "A pool is what was written, with the defaults and the network's first three zones."
  }

  assert {
    condition     = jsondecode(module.config.document).nodes.role_arns == { trusted = module.tier["trusted"].node_role_arn }
    error_message = "Nodes announce themselves with the role of their tier."
  }
}

run "an_existing_network_is_used_as_it_is" {
  variables {
    network = { existing = { vpc_id = "vpc-1", subnets = { eu-central-1b = "subnet-b", eu-central-1c = "subnet-c" } } }
    pools = {
      everywhere = { arch = "arm64", instance_types = ["c7gd.4xlarge"] }
      one-zone   = { arch = "arm64", instance_types = ["c7gd.4xlarge"], zones = ["eu-central-1c"] }
    }
  }

  assert {
    condition     = length(module.network) == 0
    error_message = "Who brings a network gets no second one."
  }

  assert {
    condition     = jsondecode(module.config.document).pools.everywhere.zones == ["eu-central-1b", "eu-central-1c"]
    error_message = "A pool without zones has all of the network's."
  }

  assert {
    condition     = jsondecode(module.config.document).pools.one-zone.zones == ["eu-central-1c"]
    error_message = "A pool with zones has those alone."
  }
}

run "each_trust_has_a_tier_of_its_own" {
  variables {
    pools = {
      ours   = { arch = "arm64", instance_types = ["c7gd.4xlarge"] }
      theirs = { arch = "arm64", instance_types = ["c7gd.4xlarge"], trust = "untrusted" }
    }
  }

  override_resource {
    target = module.tier["untrusted"].aws_ecs_cluster.this
    values = { arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-untrusted" }
  }

  override_resource {
    target = module.tier["untrusted"].aws_iam_role.node
    values = { arn = "arn:aws:iam::123456789012:role/quillon-node-untrusted" }
  }

  override_resource {
    target = module.tier["untrusted"].aws_iam_instance_profile.node
    values = { arn = "arn:aws:iam::123456789012:instance-profile/quillon-node-untrusted" }
  }

  assert {
    condition = output.clusters == {
      trusted   = "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-trusted"
      untrusted = "arn:aws:ecs:eu-central-1:123456789012:cluster/quillon-untrusted"
    }
    error_message = "Trusted and untrusted work have a cluster each."
  }

  assert {
    condition     = jsondecode(module.config.document).nodes.role_arns.untrusted == "arn:aws:iam::123456789012:role/quillon-node-untrusted"
    error_message = "The document says by which role the nodes of each tier speak."
  }

  assert {
    condition     = jsondecode(module.config.document).clusters == output.clusters
    error_message = "The document names both clusters."
  }

  assert {
    condition     = module.tier["untrusted"].instance_profile_arn == "arn:aws:iam::123456789012:instance-profile/quillon-node-untrusted"
    error_message = "The nodes of each tier have the profile of that tier."
  }
}

run "an_untrusted_pool_keeps_nothing_warm" {
  command = plan

  variables {
    pools = { theirs = { arch = "arm64", instance_types = ["c7gd.4xlarge"], trust = "untrusted", min_nodes = 1 } }
  }

  expect_failures = [var.pools]
}

run "a_pool_without_nodes_has_a_network_and_no_group" {
  variables {
    pools = {
      arm64-spot = { arch = "arm64", instance_types = ["c7gd.4xlarge"] }
      tasks      = { arch = "x86_64", carrier = "serverless", purchase = "on-demand", max_tasks = 20, daily_budget_usd = 2.5, default_size = { vcpu = 1, memory_gib = 2 } }
    }
    network = { existing = { vpc_id = "vpc-1", subnets = { eu-central-1b = "subnet-b", eu-central-1a = "subnet-a" }, public_ip = true } }
  }

  assert {
    condition = jsondecode(module.config.document).pools.tasks == {
      carrier          = "serverless"
      arch             = "x86_64"
      purchase         = "on-demand"
      trust            = "trusted"
      max_tasks        = 20
      daily_budget_usd = 2.5
      default_size     = { vcpu = 1, memory_gib = 2 }
      network = {
        subnets         = ["subnet-a", "subnet-b"]
        security_groups = [module.tier["trusted"].security_group_id]
        public_ip       = true
      }
    }
    error_message = "A pool without nodes says where its tasks are and how many there may be: ${jsonencode(jsondecode(module.config.document).pools.tasks)}"
  }

  assert {
    condition     = output.groups == { arm64-spot = "quillon-arm64-spot" }
    error_message = "A pool without nodes has no group."
  }
}

run "a_pool_without_nodes_may_be_the_only_one" {
  variables {
    pools = { tasks = { arch = "arm64", carrier = "serverless" } }
  }

  assert {
    condition     = jsondecode(module.config.document).pools.tasks.network.public_ip && output.groups == {}
    error_message = "In a network of its own a task has a public address."
  }
}

run "what_has_no_nodes_has_no_instance_types" {
  command = plan

  variables {
    pools = { tasks = { arch = "arm64", carrier = "serverless", instance_types = ["c7gd.4xlarge"] } }
  }

  expect_failures = [var.pools]
}

run "what_has_nodes_has_instance_types" {
  command = plan

  variables {
    pools = { p = { arch = "arm64" } }
  }

  expect_failures = [var.pools]
}

run "an_unknown_carrier_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", carrier = "fargate" } }
  }

  expect_failures = [var.pools]
}

run "an_unknown_architecture_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "amd64", instance_types = ["c7gd.4xlarge"] } }
  }

  expect_failures = [var.pools]
}

run "a_secret_in_place_of_a_parameter_is_refused" {
  command = plan

  variables {
    github = { app_id = 123456, webhook_secret_parameter = "hunter2" }
  }

  expect_failures = [var.github]
}

run "further_apps_have_keys_of_their_own" {
  command = plan

  variables {
    github = { app_id = 123456, registrars = [{ app_id = 234567 }, { app_id = 345678, private_key_parameter = "/keys/third" }] }
  }

  assert {
    condition     = output.parameters.registrar_keys == { "234567" = "/quillon/github/registrars/234567/private-key", "345678" = "/keys/third" }
    error_message = "A further App's key has a name of its own, unless another is given."
  }
}

run "an_app_that_is_named_twice_is_refused" {
  command = plan

  variables {
    github = { app_id = 123456, registrars = [{ app_id = 123456 }] }
  }

  expect_failures = [var.github]
}

run "an_engine_with_a_tag_is_refused" {
  command = plan

  variables {
    images = { engine = "registry.dagger.io/engine:v0.19.4" }
  }

  expect_failures = [var.images]
}

run "an_engine_on_a_port_is_no_tag" {
  command = plan

  variables {
    images = { engine = "127.0.0.1:5000/engine" }
  }
}

run "the_tag_quillon_is_ours" {
  command = plan

  variables {
    tags = { quillon = "mine" }
  }

  expect_failures = [var.tags]
}

run "a_schedule_comes_into_the_document" {
  variables {
    pools = {
      p = {
        arch           = "arm64"
        instance_types = ["c7gd.4xlarge"]
        standby        = { dagger-v0-19-4-4c-8g = 1 }
        schedule = {
          time_zone = "Europe/Berlin"
          windows = [
            { days = ["mon", "tue", "wed", "thu", "fri"], from = "07:30", to = "19:00", min_nodes = 3 },
            { days = ["fri", "sun"], from = "19:00", to = "07:30", standby = {} },
            { days = ["sat"], from = "07:30", to = "24:00", min_nodes = 0 },
          ]
        }
      }
    }
  }

  assert {
    condition = jsonencode(jsondecode(module.config.document).pools.p.schedule) == jsonencode({
      time_zone = "Europe/Berlin"
      windows = [
        { days = ["mon", "tue", "wed", "thu", "fri"], from = "07:30", to = "19:00", min_nodes = 3 },
        { days = ["fri", "sun"], from = "19:00", to = "07:30", standby = {} },
        { days = ["sat"], from = "07:30", to = "24:00", min_nodes = 0 },
      ]
    })
    error_message = "The schedule differs: ${module.config.document}"
  }

  assert {
    condition     = jsondecode(module.config.document).pools.p.standby == { dagger-v0-19-4-4c-8g = 1 }
    error_message = "The standby differs: ${module.config.document}"
  }
}

run "an_unknown_time_zone_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berln", windows = [{ days = ["mon"], from = "08:00", to = "18:00", min_nodes = 1 }] } } }
  }

  expect_failures = [var.pools]
}

run "a_schedule_without_windows_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [] } } }
  }

  expect_failures = [var.pools]
}

run "windows_that_overlap_are_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [{ days = ["mon"], from = "08:00", to = "18:00", min_nodes = 1 }, { days = ["sun"], from = "22:00", to = "08:01", min_nodes = 1 }] } } }
  }

  expect_failures = [var.pools]
}

run "a_window_that_never_opens_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [{ days = ["mon"], from = "08:00", to = "08:00", min_nodes = 1 }] } } }
  }

  expect_failures = [var.pools]
}

run "a_window_of_another_clock_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [{ days = ["mon"], from = "8am", to = "6pm", min_nodes = 1 }] } } }
  }

  expect_failures = [var.pools]
}

run "a_window_that_keeps_nothing_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [{ days = ["mon"], from = "08:00", to = "18:00" }] } } }
  }

  expect_failures = [var.pools]
}

run "a_window_above_the_maximum_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], schedule = { time_zone = "Europe/Berlin", windows = [{ days = ["mon"], from = "08:00", to = "18:00", min_nodes = 11 }] } } }
  }

  expect_failures = [var.pools]
}

run "standby_of_somebody_elses_label_is_refused" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], standby = { ubuntu-latest = 1 } } }
  }

  expect_failures = [var.pools]
}

run "nothing_warm_is_kept_for_strangers" {
  command = plan

  variables {
    pools = { p = { arch = "arm64", instance_types = ["c7gd.4xlarge"], trust = "untrusted", standby = { dagger-4c = 1 } } }
  }

  expect_failures = [var.pools]
}
