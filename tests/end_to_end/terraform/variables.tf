variable "zips" {
  description = "The folder holding webhook.zip, scaler.zip and broker.zip."
  type        = string
  nullable    = false
}

variable "architecture" {
  description = "What the zips were built for: the machine that runs the emulator."
  type        = string
  default     = "x86_64"
  nullable    = false
}

variable "log_level" {
  description = "What the functions log."
  type        = string
  default     = "info"
  nullable    = false
}

variable "github_api_url" {
  description = "Where the model of GitHub listens."
  type        = string
  nullable    = false
}

variable "github_app_id" {
  description = "The App's id there."
  type        = number
  default     = 123456
  nullable    = false
}

variable "private_repositories_allow_forks" {
  description = "Whether private repositories' runs may come from forks."
  type        = bool
  default     = true
  nullable    = false
}

variable "images" {
  description = "The images of a job, in the registry of the world."
  type        = object({ runner = optional(string), engine = optional(string), dockerd = optional(string) })
  default     = {}
  nullable    = false
}

variable "pools" {
  description = "The pools by name, as the module takes them."
  type        = any
  nullable    = false

  default = {
    arm64-spot = {
      arch           = "arm64"
      purchase       = "spot"
      instance_types = ["c7gd.4xlarge"]
      max_nodes      = 8
      default_size   = { vcpu = 4, memory_gib = 8 }
    }
    forks = {
      arch           = "arm64"
      purchase       = "spot"
      trust          = "untrusted"
      instance_types = ["c7gd.4xlarge"]
      max_nodes      = 2
    }
    tasks = {
      arch         = "arm64"
      carrier      = "serverless"
      purchase     = "spot"
      max_tasks    = 2
      default_size = { vcpu = 1, memory_gib = 2 }
    }
  }
}
