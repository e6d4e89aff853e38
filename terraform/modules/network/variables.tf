variable "name" {
  description = "The name of the VPC and the prefix of its parts' names."
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "The VPC's IPv4 range."
  type        = string
  nullable    = false
}

variable "zones" {
  description = "The zones to have a subnet in; null takes the region's first three."
  type        = list(string)
  default     = null

  validation {
    condition     = var.zones == null ? true : length(var.zones) >= 1 && length(var.zones) <= 8
    error_message = "Write one to eight zones, or leave them out."
  }
}

variable "tags" {
  description = "Tags for everything that is made here."
  type        = map(string)
  nullable    = false
}
