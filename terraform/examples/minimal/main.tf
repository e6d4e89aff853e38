module "quillon" {
  source    = "../.."
  github    = { app_id = 123456 }
  functions = { zips = "${path.module}/zips" }
  pools = {
    arm64-spot = { arch = "arm64", instance_types = ["c7gd.4xlarge"] }
  }
}
