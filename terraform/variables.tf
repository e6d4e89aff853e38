variable "installation" {
  description = "The name of this installation: the prefix of everything it makes and the value of the tag `quillon`."
  type        = string
  default     = "quillon"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.installation))
    error_message = "Write 2 to 24 characters of a-z, 0-9 and `-`, beginning with a letter and not ending with `-`."
  }
}

variable "github" {
  description = "The GitHub App that Quillon acts as; its secrets stay in SSM parameters, of which only the names are given here."
  type = object({
    app_id                           = number
    api_url                          = optional(string, "https://api.github.com")
    private_key_parameter            = optional(string)
    webhook_secret_parameter         = optional(string)
    runner_group_id                  = optional(number, 1)
    private_repositories_allow_forks = optional(bool, true)

    # Further Apps that only register runners: GitHub's limits are each App's own.
    registrars = optional(list(object({
      app_id                = number
      private_key_parameter = optional(string)
    })), [])
  })
  nullable = false

  validation {
    condition     = var.github.app_id > 0 && floor(var.github.app_id) == var.github.app_id
    error_message = "Write the App's numeric id, as its settings page on GitHub shows it."
  }

  validation {
    condition     = can(regex("^https?://[^/]+(/.*[^/])?$", var.github.api_url))
    error_message = "Write the API's URL without a slash at its end: https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server."
  }

  validation {
    condition     = length(distinct(concat([var.github.app_id], var.github.registrars[*].app_id))) == 1 + length(var.github.registrars) && length(var.github.registrars) <= 9
    error_message = "Name each App once, and at most 9 in registrars."
  }

  validation {
    condition     = alltrue([for app in var.github.registrars : app.app_id > 0 && floor(app.app_id) == app.app_id])
    error_message = "Write the numeric id of each App in registrars, as its settings page on GitHub shows it."
  }

  validation {
    condition = alltrue([
      for name in concat([var.github.private_key_parameter, var.github.webhook_secret_parameter], var.github.registrars[*].private_key_parameter) :
      name == null ? true : can(regex("^/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", name))
    ])
    error_message = "Write a parameter's full name, beginning with a slash: /quillon/github/private-key. The secret itself never comes here."
  }
}

variable "pools" {
  description = "The pools by name: an architecture, a way to buy, and what carries the tasks: like nodes of instance types of one shape, or Fargate (carrier = \"serverless\"), which runs bare jobs alone."
  type = map(object({
    arch           = string
    carrier        = optional(string, "nodes")
    instance_types = optional(list(string), [])
    purchase       = optional(string, "spot")
    # Untrusted pools run what comes from forks: in a cluster of their own, one job to a node, which is given back after it.
    trust     = optional(string, "trusted")
    max_nodes = optional(number, 10)
    # Of a serverless pool.
    max_tasks = optional(number, 10)
    # Kept though nothing is on them.
    min_nodes = optional(number, 0)
    # A node on which nothing has been for so long is given back.
    idle_after_minutes = optional(number, 10)
    # A node older than this is replaced by one of the newest image, once nothing is on it.
    max_age_hours = optional(number, 168)
    # What its nodes or tasks may cost from midnight to midnight UTC, at the prices that Quillon knows: once it is spent nothing more is bought.
    daily_budget_usd = optional(number)
    zones            = optional(list(string))
    default_size     = optional(object({ vcpu = number, memory_gib = number }), { vcpu = 4, memory_gib = 8 })
    gpu              = optional(bool, false)
    # Where its jobs go after so many minutes of waiting, or at once when no zone has capacity.
    fallback_pool          = optional(string)
    fallback_after_minutes = optional(number, 10)
    ami_parameter          = optional(string)
    root_volume_gib        = optional(number, 100)
    # Tasks that are started and wait, by the label that their jobs will have: { dagger-v0-19-4-4c-8g = 2 }.
    standby = optional(map(number), {})
    # What holds instead while a window is open, by the clocks of one zone. It is ready when the window opens.
    schedule = optional(object({
      time_zone = string
      windows = list(object({
        # On which it opens; if `to` is not after `from`, it closes on the next.
        days      = list(string)
        from      = string
        to        = string
        min_nodes = optional(number)
        standby   = optional(map(number))
      }))
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.pools) > 0
    error_message = "Write at least one pool."
  }

  validation {
    condition     = alltrue([for name, _ in var.pools : can(regex("^[a-z][a-z0-9-]{0,31}$", name))])
    error_message = "Name a pool with 1 to 32 characters of a-z, 0-9 and `-`, beginning with a letter."
  }

  validation {
    condition     = alltrue([for pool in var.pools : contains(["x86_64", "arm64"], pool.arch)])
    error_message = "Write a pool's arch as x86_64 or arm64."
  }

  validation {
    condition     = alltrue([for pool in var.pools : contains(["spot", "on-demand"], pool.purchase)])
    error_message = "Write a pool's purchase as spot or on-demand."
  }

  validation {
    condition     = alltrue([for pool in var.pools : contains(["trusted", "untrusted"], pool.trust)])
    error_message = "Write a pool's trust as trusted or untrusted."
  }

  validation {
    condition     = alltrue([for pool in var.pools : contains(["nodes", "serverless"], pool.carrier)])
    error_message = "Write a pool's carrier as nodes or serverless."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : length(pool.instance_types) >= 1 && length(pool.instance_types) <= 40 if pool.carrier == "nodes"
    ])
    error_message = "Write 1 to 40 instance types for each pool of nodes, all of one shape."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : length(pool.instance_types) == 0 && pool.zones == null && pool.min_nodes == 0 && !pool.gpu && pool.ami_parameter == null if pool.carrier == "serverless"
    ])
    error_message = "Leave instance_types, zones, min_nodes, gpu and ami_parameter out of a pool with carrier = \"serverless\": it has no nodes."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : pool.max_tasks >= 1 && pool.max_tasks <= 5000 && floor(pool.max_tasks) == pool.max_tasks
    ])
    error_message = "Write max_tasks as a whole number from 1 to 5000."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : pool.default_size.vcpu <= 16 && pool.default_size.memory_gib <= 128 if pool.carrier == "serverless"
    ])
    error_message = "Write a default_size of at most 16 vCPUs and 128 GiB for a pool with carrier = \"serverless\": Fargate has no larger task."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : pool.min_nodes == 0 && alltrue([for window in try(pool.schedule.windows, []) : coalesce(window.min_nodes, 0) == 0]) if pool.trust == "untrusted"
    ])
    error_message = "Leave min_nodes out of an untrusted pool: it keeps nothing warm."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.max_nodes >= 1 && pool.max_nodes <= 5000 && floor(pool.max_nodes) == pool.max_nodes])
    error_message = "Write max_nodes as a whole number from 1 to 5000, as many as an ECS cluster may have; take a pool out of the map to have none of it."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.min_nodes >= 0 && pool.min_nodes <= pool.max_nodes && floor(pool.min_nodes) == pool.min_nodes])
    error_message = "Write min_nodes as a whole number from 0 to the pool's max_nodes."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : pool.idle_after_minutes >= 1 && pool.idle_after_minutes <= 1440 && pool.max_age_hours >= 1 && pool.max_age_hours <= 8760
    ])
    error_message = "Write idle_after_minutes from 1 to 1440 and max_age_hours from 1 to 8760."
  }

  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [for amount in values(pool.default_size) : amount >= 1 && floor(amount) == amount]
    ]))
    error_message = "Write default_size in whole vCPUs and whole GiB: { vcpu = 4, memory_gib = 8 }."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.schedule == null ? true : contains(split("\n", file("${path.module}/time_zones.txt")), pool.schedule.time_zone)])
    error_message = "Write schedule.time_zone as the IANA database spells it, like Europe/Berlin: time_zones.txt beside this file has every name."
  }

  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [
        for window in try(pool.schedule.windows, []) : [
          length(window.days) > 0 && length(distinct(window.days)) == length(window.days),
          alltrue([for day in window.days : contains(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], day)]),
          alltrue([for time in [window.from, window.to] : can(regex("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", time))]),
          replace(window.from, "24:00", "00:00") != window.to,
        ]
      ]
    ]))
    error_message = "Write a window of a schedule with days of mon to sun, each once, and from and to as different times of 00:00 to 24:00: { days = [\"mon\"], from = \"08:00\", to = \"18:00\", min_nodes = 2 }."
  }

  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [
        for window in try(pool.schedule.windows, []) : [
          window.min_nodes != null || window.standby != null,
          coalesce(window.min_nodes, 0) >= 0 && coalesce(window.min_nodes, 0) <= pool.max_nodes && floor(coalesce(window.min_nodes, 0)) == coalesce(window.min_nodes, 0),
        ]
      ]
    ]))
    error_message = "Write min_nodes, standby or both in each window of a schedule, min_nodes as a whole number from 0 to the pool's max_nodes."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.schedule == null ? true : length(pool.schedule.windows) > 0])
    error_message = "Write at least one window in a schedule, or leave it out."
  }

  # In minutes of the week, 1440 a day: no window begins while another is open.
  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [
        for all in [flatten([
          for n, window in try(pool.schedule.windows, []) : [
            for time in try([[for text in [window.from, window.to] : 60 * tonumber(substr(text, 0, 2)) + tonumber(substr(text, 3, 2))]], []) : [
              for day in window.days : {
                window = n
                start  = 1440 * try(index(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], day), 0) + time[0]
                length = (time[1] - time[0] + 1440 - 1) % 1440 + 1
              }
            ]
          ]
        ])] : [for pair in setproduct(all, all) : pair[0].window == pair[1].window || (pair[0].start - pair[1].start + 10080) % 10080 >= pair[1].length]
      ]
    ]))
    error_message = "Write windows of a schedule so that one is open at a time: two of a pool overlap."
  }

  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [
        for standby in concat([pool.standby], [for window in try(pool.schedule.windows, []) : coalesce(window.standby, {})]) : [
          for label, n in standby : n >= 0 && n <= 1000 && floor(n) == n && can(regex("^(?i)(dagger|docker|bare|runs-on)", label)) && !can(regex("(?i)-run-", label))
        ]
      ]
    ]))
    error_message = "Write standby as whole numbers from 0 to 1000, each for a label that jobs have, without `-run-…`: { dagger-v0-19-4-4c-8g = 2 }."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.trust == "trusted" || (length(pool.standby) == 0 && alltrue([for window in try(pool.schedule.windows, []) : window.standby == null]))])
    error_message = "Leave standby out of an untrusted pool: nothing is kept warm for code of strangers."
  }

  validation {
    condition     = alltrue([for name, pool in var.pools : pool.fallback_pool == null ? true : contains(keys(var.pools), pool.fallback_pool) && pool.fallback_pool != name])
    error_message = "Write fallback_pool as the name of another pool, of the same arch, trust and gpu."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.daily_budget_usd == null ? true : pool.daily_budget_usd > 0 && pool.daily_budget_usd < 1000000000])
    error_message = "Write daily_budget_usd as a number of dollars above 0, or leave it out; a pool that is to buy nothing is taken out of the map."
  }

  validation {
    condition     = alltrue([for pool in var.pools : !pool.gpu || pool.arch == "x86_64"])
    error_message = "Write arch = \"x86_64\" for a pool with gpu: AWS has no GPU image for arm64."
  }
}

variable "functions" {
  description = "The three functions: the folder holding webhook.zip, scaler.zip and broker.zip, what they were built for, and how much they say."
  type = object({
    zips               = string
    architecture       = optional(string, "arm64")
    log_level          = optional(string, "info")
    log_retention_days = optional(number, 30)
  })
  nullable = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.functions.architecture)
    error_message = "Write the functions' architecture as x86_64 or arm64: the one the zips were built for."
  }
}

variable "images" {
  description = "The container images of a job: the runner, the Dagger engine without a tag (the label brings it), and dockerd."
  type = object({
    runner  = optional(string, "ghcr.io/quillon/runner:v0.1.0")
    engine  = optional(string, "registry.dagger.io/engine")
    dockerd = optional(string, "ghcr.io/quillon/dockerd:v0.1.0")
  })
  default  = {}
  nullable = false

  validation {
    condition     = !can(regex("(:[^/]*|@.*)$", var.images.engine))
    error_message = "Write the engine's image without tag or digest: each job's label says the version."
  }
}

variable "network" {
  description = "The network of the nodes: one of its own with public subnets and no gateway that costs at rest, or an existing VPC with a subnet for each zone."
  type = object({
    cidr  = optional(string, "10.64.0.0/16")
    zones = optional(list(string))
    # public_ip: whether a task without a node needs a public address there to reach anything.
    existing = optional(object({ vpc_id = string, subnets = map(string), public_ip = optional(bool, false) }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(cidrnetmask(var.network.cidr)) && try(tonumber(split("/", var.network.cidr)[1]) <= 20, false)
    error_message = "Write an IPv4 range of /20 or larger: 10.64.0.0/16."
  }

  validation {
    condition     = var.network.existing == null ? true : length(var.network.existing.subnets) > 0
    error_message = "Write existing.subnets as a map from zone to subnet id: { eu-central-1a = \"subnet-…\" }."
  }
}

variable "labels" {
  description = "What labels may ask for: Dagger versions from min_version on."
  type        = object({ min_version = optional(string, "v0.19.0") })
  default     = {}
  nullable    = false

  validation {
    condition     = can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+(-[0-9A-Za-z.]+)?$", var.labels.min_version))
    error_message = "Write min_version as Dagger tags it: v0.19.0."
  }
}

variable "limits" {
  description = "What repositories share: how many jobs of one may run at once (max_jobs, for single ones in repositories by owner/name), and how many runners each App registers in a minute (150 if left out), and how many nodes all pools of one tier have together, as many as a cluster may hold (max_cluster_nodes, 5,000 if left out)."
  type = object({
    max_jobs                 = optional(number)
    registrations_per_minute = optional(number)
    max_cluster_nodes        = optional(number)
    repositories             = optional(map(object({ max_jobs = number })))
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(coalesce(var.limits.repositories, { none = { max_jobs = 1 } })) > 0
    error_message = "Leave limits.repositories out where no repository has a limit of its own."
  }
}

variable "tags" {
  description = "Tags for everything that is made, beside the tag `quillon`, which names the installation."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = !contains(keys(var.tags), "quillon")
    error_message = "Leave the tag `quillon` out: policies depend on it and the module sets it."
  }
}
