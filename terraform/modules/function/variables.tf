variable "name" {
  description = "The name of the function, its role and its log group, the last word of which is its crate's."
  type        = string
  nullable    = false
}

variable "zip" {
  description = "The path of the zip that holds the bootstrap."
  type        = string
  nullable    = false
}

variable "policy" {
  description = "What its role may do, as JSON."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Where its configuration is, its own name, and its log level: everything else is in the document."
  type = object({
    QUILLON_CONFIG   = string
    QUILLON_FUNCTION = string
    QUILLON_LOG      = string
  })
  nullable = false
}

variable "architecture" {
  description = "What the bootstrap was built for."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Write x86_64 or arm64."
  }
}

variable "memory_mib" {
  description = "Its memory in MiB, which its share of a CPU follows."
  type        = number
  nullable    = false
}

variable "timeout_s" {
  description = "After how many seconds it is stopped."
  type        = number
  nullable    = false
}

variable "log_retention_days" {
  description = "For how many days its logs are kept."
  type        = number
  nullable    = false
}

variable "tags" {
  description = "Tags for everything that is made here."
  type        = map(string)
  nullable    = false
}
