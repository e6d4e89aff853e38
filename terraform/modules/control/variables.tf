variable "context" {
  description = "What names, ARNs and tags are made of."
  type = object({
    installation = string
    partition    = string
    region       = string
    account      = string
    tags         = map(string)
  })
  nullable = false
}

variable "document" {
  description = "The configuration document that the functions read, as JSON."
  type        = string
  nullable    = false
}

variable "functions" {
  description = "Where the functions' zips lie, what they were built for, and how much they say for how long."
  type = object({
    zips               = string
    architecture       = string
    log_level          = string
    log_retention_days = number
  })
  nullable = false
}

variable "parameters" {
  description = "The names of the SSM parameters that hold the App's secrets, and the keys of further Apps that register runners; the secrets themselves never come here."
  type        = object({ private_key = string, webhook_secret = string, registrar_keys = optional(list(string), []) })
  nullable    = false
}

variable "clusters" {
  description = "The clusters that the scaler runs tasks in, by trust tier."
  type        = map(object({ name = string, arn = string }))
  nullable    = false
}

variable "pass_roles" {
  description = "The ARNs of the roles that the scaler may give to a task, and no others."
  type        = list(string)
  nullable    = false
}
