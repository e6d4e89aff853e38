locals {
  # GitHub cannot sign as an IAM identity: the webhook's own signature is its door. Everything else signs.
  routes = {
    "POST /webhook" = { function = "webhook", authorization = "NONE" }
    "POST /claim"   = { function = "broker", authorization = "AWS_IAM" }
    "POST /report"  = { function = "broker", authorization = "AWS_IAM" }
    "POST /node"    = { function = "broker", authorization = "AWS_IAM" }
  }
}

resource "aws_apigatewayv2_api" "this" {
  name          = local.name
  protocol_type = "HTTP"
  tags          = var.context.tags
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = toset([for route in local.routes : route.function])

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = module.function[each.key].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "this" {
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  authorization_type = each.value.authorization
  target             = "integrations/${aws_apigatewayv2_integration.this[each.value.function].id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true
  tags        = var.context.tags

  # Anybody may knock here. A matrix of 256 jobs sends as many webhooks in a second, and what is turned
  # away is a failed delivery, which a sweep has sent again.
  route_settings {
    route_key              = "POST /webhook"
    throttling_burst_limit = 1000
    throttling_rate_limit  = 500
  }

  # Settings of a route that does not exist yet are refused.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_lambda_permission" "this" {
  for_each = local.routes

  statement_id  = "api-${trimprefix(each.key, "POST /")}"
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.value.function].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/$default/${replace(each.key, " ", "")}"
}
