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

variable "trust" {
  description = "Whether its nodes run trusted or untrusted work."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["trusted", "untrusted"], var.trust)
    error_message = "Write trusted or untrusted."
  }
}

variable "vpc_id" {
  description = "The VPC its nodes lie in."
  type        = string
  nullable    = false
}

variable "api_execution_arn" {
  description = "The prefix of the HTTP API's ARNs, one route of which a node may call."
  type        = string
  nullable    = false
}
