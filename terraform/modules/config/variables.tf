variable "installation" {
  description = "The name of the installation."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region everything lies in."
  type        = string
  nullable    = false
}

variable "account" {
  description = "The account's twelve digits."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "Write the account as twelve digits in quotes: a number would lose its zeros."
  }
}

variable "api_url" {
  description = "The base URL of the HTTP API, without a slash at its end."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^https?://.*[^/]$", var.api_url))
    error_message = "Write the API's URL without a slash at its end."
  }
}

variable "table" {
  description = "The name of the ledger's table."
  type        = string
  nullable    = false
}

variable "doorbell" {
  description = "The URL of the doorbell queue."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.doorbell, ".fifo")
    error_message = "Write the URL of a FIFO queue: ticks must not overlap."
  }
}

variable "github" {
  description = "The GitHub App and the names of the parameters that hold its secrets."
  type = object({
    api_url                          = string
    app_id                           = number
    private_key_parameter            = string
    webhook_secret_parameter         = string
    runner_group_id                  = number
    private_repositories_allow_forks = bool
    registrars                       = optional(list(object({ app_id = number, private_key_parameter = string })), [])
  })
  nullable = false
}

variable "labels" {
  description = "What labels may ask for."
  type        = object({ min_version = string })
  nullable    = false
}

variable "limits" {
  description = "What is shared out among repositories; what is left out has the default of the program that reads it."
  type = object({
    max_jobs                 = optional(number)
    registrations_per_minute = optional(number)
    max_cluster_nodes        = optional(number)
    repositories             = optional(map(object({ max_jobs = number })))
  })
  default  = {}
  nullable = false
}

variable "images" {
  description = "The container images of a job."
  type        = object({ runner = string, engine = string, dockerd = string })
  nullable    = false
}

variable "tasks" {
  description = "What every task definition names: its two roles and its log group."
  type        = object({ role_arn = string, execution_role_arn = string, log_group = string })
  nullable    = false
}

variable "nodes" {
  description = "The role that the nodes of each trust tier announce themselves with."
  type        = object({ role_arns = map(string) })
  nullable    = false
}

variable "clusters" {
  description = "The ARN of the ECS cluster of each trust tier."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for trust, _ in var.clusters : contains(["trusted", "untrusted"], trust)])
    error_message = "Name clusters trusted or untrusted."
  }
}

variable "pools" {
  description = "The pools by name, each with the Auto Scaling group that holds its nodes, or with the network that its tasks are in."
  type = map(object({
    arch         = string
    purchase     = string
    trust        = string
    default_size = object({ vcpu = number, memory_gib = number })

    group              = optional(string)
    instance_types     = optional(list(string))
    zones              = optional(list(string))
    max_nodes          = optional(number)
    gpu                = optional(bool)
    min_nodes          = optional(number)
    idle_after_minutes = optional(number)
    max_age_hours      = optional(number)
    daily_budget_usd   = optional(number)

    carrier   = optional(string)
    max_tasks = optional(number)
    network   = optional(object({ subnets = list(string), security_groups = list(string), public_ip = bool }))

    fallback_pool          = optional(string)
    fallback_after_minutes = optional(number)

    standby = optional(map(number))
    schedule = optional(object({
      time_zone = string
      windows = list(object({
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
    condition     = alltrue([for pool in var.pools : pool.zones == null ? pool.carrier == "serverless" : length(pool.zones) > 0])
    error_message = "Write zones of the pool that the network has a subnet in."
  }

  validation {
    condition     = alltrue([for pool in var.pools : (pool.carrier == "serverless") == (pool.network != null) && (pool.network == null) == (pool.group != null)])
    error_message = "Write a group for a pool of nodes, and a network for a pool with carrier = \"serverless\"."
  }
}
