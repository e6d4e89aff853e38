output "vpc_id" {
  description = "The VPC's id."
  value       = aws_vpc.this.id
}

output "subnets" {
  description = "The id of the subnet of each zone."
  value       = { for zone, subnet in aws_subnet.this : zone => subnet.id }
}
