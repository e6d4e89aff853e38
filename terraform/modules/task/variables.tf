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

variable "api_execution_arn" {
  description = "The prefix of the HTTP API's ARNs, two routes of which a task may call."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "For how many days the logs of tasks are kept."
  type        = number
  nullable    = false
}
