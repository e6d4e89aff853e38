# The one module people consume. It composes the modules below it and creates nothing itself.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  tags = merge(var.tags, { quillon = var.installation })

  github = merge(var.github, {
    private_key_parameter    = coalesce(var.github.private_key_parameter, "/${var.installation}/github/private-key")
    webhook_secret_parameter = coalesce(var.github.webhook_secret_parameter, "/${var.installation}/github/webhook-secret")
    registrars = [
      for app in var.github.registrars :
      merge(app, { private_key_parameter = coalesce(app.private_key_parameter, "/${var.installation}/github/registrars/${app.app_id}/private-key") })
    ]
  })

  vpc_id  = var.network.existing == null ? module.network[0].vpc_id : var.network.existing.vpc_id
  subnets = var.network.existing == null ? module.network[0].subnets : var.network.existing.subnets

  # Addresses are what the network of one's own has in place of a gateway.
  has_public_ip = var.network.existing == null ? true : var.network.existing.public_ip

  pools_of_nodes = { for name, pool in var.pools : name => pool if pool.carrier == "nodes" }

  # What IAM and names are made of, the same for every module.
  context = {
    installation = var.installation
    partition    = local.partition
    region       = local.region
    account      = local.account
    tags         = local.tags
  }
}

module "network" {
  source = "./modules/network"
  count  = var.network.existing == null ? 1 : 0

  name  = var.installation
  cidr  = var.network.cidr
  zones = var.network.zones
  tags  = local.tags
}

module "control" {
  source = "./modules/control"

  context   = local.context
  document  = module.config.document
  functions = var.functions
  parameters = {
    private_key    = local.github.private_key_parameter
    webhook_secret = local.github.webhook_secret_parameter
    registrar_keys = local.github.registrars[*].private_key_parameter
  }
  clusters   = { for trust, tier in module.tier : trust => { name = tier.cluster_name, arn = tier.cluster_arn } }
  pass_roles = [module.task.role_arn, module.task.execution_role_arn]
}

module "task" {
  source = "./modules/task"

  context            = local.context
  api_execution_arn  = module.control.api_execution_arn
  log_retention_days = var.functions.log_retention_days
}

module "tier" {
  source   = "./modules/tier"
  for_each = toset([for pool in var.pools : pool.trust])

  context           = local.context
  trust             = each.key
  vpc_id            = local.vpc_id
  api_execution_arn = module.control.api_execution_arn
}

module "pool" {
  source   = "./modules/pool"
  for_each = local.pools_of_nodes

  name    = "${var.installation}-${each.key}"
  pool    = each.value
  subnets = local.subnets
  tier    = module.tier[each.value.trust]
  api_url = module.control.api_url
  region  = local.region
  tags    = local.tags
}

module "config" {
  source = "./modules/config"

  installation = var.installation
  region       = local.region
  account      = local.account
  api_url      = module.control.api_url
  table        = module.control.table
  doorbell     = module.control.doorbell
  github       = local.github
  labels       = var.labels
  limits       = var.limits
  images       = var.images
  tasks = {
    role_arn           = module.task.role_arn
    execution_role_arn = module.task.execution_role_arn
    log_group          = module.task.log_group
  }
  nodes    = { role_arns = { for trust, tier in module.tier : trust => tier.node_role_arn } }
  clusters = { for trust, tier in module.tier : trust => tier.cluster_arn }
  pools = {
    for name, pool in var.pools : name => {
      arch         = pool.arch
      purchase     = pool.purchase
      trust        = pool.trust
      default_size = pool.default_size

      group              = pool.carrier == "nodes" ? module.pool[name].group : null
      instance_types     = pool.carrier == "nodes" ? pool.instance_types : null
      zones              = pool.carrier == "nodes" ? module.pool[name].zones : null
      max_nodes          = pool.carrier == "nodes" ? pool.max_nodes : null
      gpu                = pool.carrier == "nodes" ? pool.gpu : null
      min_nodes          = pool.carrier == "nodes" ? pool.min_nodes : null
      idle_after_minutes = pool.carrier == "nodes" ? pool.idle_after_minutes : null
      max_age_hours      = pool.carrier == "nodes" ? pool.max_age_hours : null
      daily_budget_usd   = pool.daily_budget_usd

      carrier   = pool.carrier == "serverless" ? pool.carrier : null
      max_tasks = pool.carrier == "serverless" ? pool.max_tasks : null
      network = pool.carrier == "serverless" ? {
        subnets         = [for zone in sort(keys(local.subnets)) : local.subnets[zone]]
        security_groups = [module.tier[pool.trust].security_group_id]
        public_ip       = local.has_public_ip
      } : null

      standby  = length(pool.standby) == 0 ? null : pool.standby
      schedule = pool.schedule

      fallback_pool          = pool.fallback_pool
      fallback_after_minutes = pool.fallback_pool == null ? null : pool.fallback_after_minutes
    }
  }
}
