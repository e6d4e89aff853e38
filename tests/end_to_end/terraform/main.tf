# Where the emulators listen comes from the environment (AWS_ENDPOINT_URL and its kin), never from here.
provider "aws" {
  s3_use_path_style = true
}

module "quillon" {
  source = "../../../terraform"

  github = {
    app_id                           = var.github_app_id
    api_url                          = var.github_api_url
    private_repositories_allow_forks = var.private_repositories_allow_forks
  }
  functions = {
    zips         = var.zips
    architecture = var.architecture
    log_level    = var.log_level
  }
  images = var.images
  pools  = var.pools
}
