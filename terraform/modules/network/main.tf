data "aws_region" "current" {}

data "aws_availability_zones" "open" {
  state = "available"

  # Local zones and Wavelength have few instance types and no gateway endpoints.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  open  = sort(data.aws_availability_zones.open.names)
  zones = coalesce(var.zones, slice(local.open, 0, min(3, length(local.open))))
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = var.name })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.this.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

# Public, because a NAT gateway costs more at rest than everything else together. Nothing can
# reach a node all the same: their security group has no ingress.
resource "aws_subnet" "this" {
  for_each = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 3, index) }

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = true
  tags                    = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route_table_association" "this" {
  for_each = aws_subnet.this

  route_table_id = aws_route_table.this.id
  subnet_id      = each.value.id
}

# Gateway endpoints are free, and keep image layers and caches off the metered path. They carry no
# policy: the roles say who may do what.
resource "aws_vpc_endpoint" "this" {
  for_each = toset(["s3", "dynamodb"])

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${data.aws_region.current.id}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.this.id]
  tags              = merge(var.tags, { Name = "${var.name}-${each.key}" })
}
