variable "name" {
  description = "The name of the Auto Scaling group and its launch template."
  type        = string
  nullable    = false
}

variable "pool" {
  description = "What the nodes are, how they are bought, how many there may be, and in which zones: null means all."
  type = object({
    arch            = string
    instance_types  = list(string)
    purchase        = string
    max_nodes       = number
    gpu             = bool
    ami_parameter   = string
    root_volume_gib = number
    zones           = list(string)
  })
  nullable = false
}

variable "subnets" {
  description = "The subnet of each of the network's zones."
  type        = map(string)
  nullable    = false
}

variable "tier" {
  description = "The trust tier whose cluster, role and security group the nodes have."
  type = object({
    cluster_name         = string
    instance_profile_arn = string
    security_group_id    = string
  })
  nullable = false
}

variable "api_url" {
  description = "The base URL of the HTTP API, where a node announces itself."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region the nodes lie in."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that is made here, the nodes included."
  type        = map(string)
  nullable    = false
}
