locals {
  config_key    = "config.json"
  config_bucket = "${local.name}-config-${var.context.account}-${var.context.region}"
  config_object = "s3://${local.config_bucket}/${local.config_key}"
}

# Without versions: Terraform's own history says what was configured when.
resource "aws_s3_bucket" "config" {
  bucket = local.config_bucket
  tags   = var.context.tags
}

resource "aws_s3_bucket_public_access_block" "config" {
  bucket = aws_s3_bucket.config.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Untagged, because an object takes ten tags and a team may have more.
resource "aws_s3_object" "config" {
  bucket       = aws_s3_bucket.config.id
  key          = local.config_key
  content      = var.document
  content_type = "application/json"
}
