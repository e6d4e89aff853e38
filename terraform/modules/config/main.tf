# The shape is the one `wire::config` reads; the golden document in crates/wire/tests/golden holds both to it.

locals {
  limits = { for name, limit in var.limits : name => limit if limit != null }

  # What a pool leaves out is left out of the document too, and so is what a window does.
  schedules = {
    for name, pool in var.pools : name => {
      schedule = {
        time_zone = pool.schedule.time_zone
        windows   = [for window in pool.schedule.windows : { for key, value in window : key => value if value != null }]
      }
    } if pool.schedule != null
  }
  pools = {
    for name, pool in var.pools :
    name => merge({ for key, value in pool : key => value if value != null }, lookup(local.schedules, name, {}))
  }

  document = merge(length(local.limits) == 0 ? {} : { limits = local.limits }, {
    version      = 1
    installation = var.installation
    region       = var.region
    account      = var.account
    api_url      = var.api_url
    table        = var.table
    doorbell     = var.doorbell
    github       = var.github
    labels       = var.labels
    images       = var.images
    tasks        = var.tasks
    nodes        = var.nodes
    clusters     = var.clusters
    pools        = local.pools
  })
}
