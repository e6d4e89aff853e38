# One schema, two readers: what this module writes is what `wire::config` reads. The golden document is taken
# apart into this module's inputs and must come out as it went in; a part that the inputs do not know would be lost.

variables {
  installation = jsondecode(file("../../../crates/wire/tests/golden/config.json")).installation
  region       = jsondecode(file("../../../crates/wire/tests/golden/config.json")).region
  account      = jsondecode(file("../../../crates/wire/tests/golden/config.json")).account
  api_url      = jsondecode(file("../../../crates/wire/tests/golden/config.json")).api_url
  table        = jsondecode(file("../../../crates/wire/tests/golden/config.json")).table
  doorbell     = jsondecode(file("../../../crates/wire/tests/golden/config.json")).doorbell
  github       = jsondecode(file("../../../crates/wire/tests/golden/config.json")).github
  labels       = jsondecode(file("../../../crates/wire/tests/golden/config.json")).labels
  images       = jsondecode(file("../../../crates/wire/tests/golden/config.json")).images
  tasks        = jsondecode(file("../../../crates/wire/tests/golden/config.json")).tasks
  nodes        = jsondecode(file("../../../crates/wire/tests/golden/config.json")).nodes
  clusters     = jsondecode(file("../../../crates/wire/tests/golden/config.json")).clusters
  pools        = jsondecode(file("../../../crates/wire/tests/golden/config.json")).pools
}

run "the_golden_document_comes_out_as_it_went_in" {
  assert {
    condition     = output.document == jsonencode(jsondecode(file("../../../crates/wire/tests/golden/config.json")))
    error_message = "The document differs from crates/wire/tests/golden/config.json: ${output.document}"
  }
}

run "limits_are_written_as_far_as_there_are_some" {
  variables {
    limits = { max_jobs = 50, repositories = { "acme/shop" = { max_jobs = 5 } } }
  }

  assert {
    condition     = jsonencode(jsondecode(output.document).limits) == jsonencode({ max_jobs = 50, repositories = { "acme/shop" = { max_jobs = 5 } } })
    error_message = "The limits differ: ${output.document}"
  }
}

run "a_pool_that_stands_in_is_written" {
  variables {
    pools = { for name, pool in jsondecode(file("../../../crates/wire/tests/golden/config.json")).pools : name => merge(pool, { fallback_pool = "od", fallback_after_minutes = 5 }) }
  }

  assert {
    condition     = jsondecode(output.document).pools["arm64-spot"].fallback_pool == "od" && jsondecode(output.document).pools["arm64-spot"].fallback_after_minutes == 5
    error_message = "The fallback differs: ${output.document}"
  }
}

run "what_a_pool_may_cost_is_written" {
  variables {
    pools = { for name, pool in jsondecode(file("../../../crates/wire/tests/golden/config.json")).pools : name => merge(pool, { daily_budget_usd = 12.5 }) }
  }

  assert {
    condition     = jsondecode(output.document).pools["arm64-spot"].daily_budget_usd == 12.5
    error_message = "The budget differs: ${output.document}"
  }
}

run "a_pool_without_nodes_is_written" {
  variables {
    pools = {
      tasks = {
        arch         = "arm64", carrier = "serverless", purchase = "spot", trust = "untrusted", max_tasks = 5
        default_size = { vcpu = 1, memory_gib = 2 }
        network      = { subnets = ["subnet-a"], security_groups = ["sg-1"], public_ip = false }
      }
    }
  }

  assert {
    condition = jsondecode(output.document).pools == {
      tasks = {
        arch         = "arm64", carrier = "serverless", purchase = "spot", trust = "untrusted", max_tasks = 5
        default_size = { vcpu = 1, memory_gib = 2 }
        network      = { subnets = ["subnet-a"], security_groups = ["sg-1"], public_ip = false }
      }
    }
    error_message = "The pool differs: ${output.document}"
  }
}

run "a_pool_has_a_group_or_a_network" {
  command = plan

  variables {
    pools = {
      tasks = { arch = "arm64", carrier = "serverless", purchase = "spot", trust = "trusted", max_tasks = 5, default_size = { vcpu = 1, memory_gib = 2 } }
    }
  }

  expect_failures = [var.pools]
}

run "what_a_pool_keeps_and_when_is_written" {
  variables {
    pools = { for name, pool in jsondecode(file("../../../crates/wire/tests/golden/config.json")).pools : name => merge(pool, jsondecode(file("../../../crates/wire/tests/golden/schedule.json"))) }
  }

  assert {
    condition = jsonencode(jsondecode(output.document).pools["arm64-spot"]) == jsonencode(merge(
      jsondecode(file("../../../crates/wire/tests/golden/config.json")).pools["arm64-spot"],
      jsondecode(file("../../../crates/wire/tests/golden/schedule.json")),
    ))
    error_message = "The schedule differs from crates/wire/tests/golden/schedule.json: ${output.document}"
  }
}

run "an_account_keeps_its_zeros" {
  command = plan

  variables {
    account = 12345678901
  }

  expect_failures = [var.account]
}

run "rings_need_a_fifo_queue" {
  command = plan

  variables {
    doorbell = "https://sqs.eu-central-1.amazonaws.com/123456789012/quillon"
  }

  expect_failures = [var.doorbell]
}

run "a_slash_at_the_end_is_refused" {
  command = plan

  variables {
    api_url = "https://abc.execute-api.eu-central-1.amazonaws.com/"
  }

  expect_failures = [var.api_url]
}
