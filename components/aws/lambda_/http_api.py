"""`POST /predict` on an API Gateway HTTP API in front of a Lambda alias."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.serving import Core

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
LONGEST_TIMEOUT_SECONDS: Final = 30
_ROUTE: Final = "POST /predict"
_STAGE: Final = "$default"
_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLatencyMs": "$context.responseLatency",
    "integrationLatencyMs": "$context.integrationLatency",
    "integrationError": "$context.integrationErrorMessage",
    "caller": "$context.identity.caller",
}
_CORS_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Domain:
    """A host name of one's own, its certificate, and the Route 53 zone that gets its record."""

    name: pulumi.Input[str]
    certificate_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str] | None


@dataclass(frozen=True, slots=True)
class PredictApi:
    """The API, and the address of its one route."""

    api: aws.apigatewayv2.Api
    url: pulumi.Output[str]


def predict_api(
    core: Core,
    alias: aws.lambda_.Alias,
    *,
    timeout_seconds: int,
    throttle_rate_per_second: float,
    throttle_burst: int,
    log_retention_days: int,
    key_arn: pulumi.Input[str] | None,
    jwt_issuer: pulumi.Input[str] | None,
    jwt_audience: str,
    cors_origins: Sequence[str] = (),
    domain: Domain | None = None,
    child: pulumi.ResourceOptions,
) -> PredictApi:
    """One route, for callers who are known, bounded in rate, with an access log."""
    name, tags = core.name, core.aws_tags()
    own_domain = _domain(core, domain, child) if domain else None
    api = aws.apigatewayv2.Api(
        f"{name}-api",
        name=core.physical_name,
        protocol_type="HTTP",
        description=f"Requests to the model {name}",
        cors_configuration=_cors(cors_origins),
        # With a domain of its own the API has one address, and one certificate to look after.
        disable_execute_api_endpoint=True if domain else None,
        tags=tags,
        # The one address goes once the other can be: a certificate that is refused leaves it.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(depends_on=own_domain and [own_domain])
        ),
    )
    integration = aws.apigatewayv2.Integration(
        f"{name}-integration",
        api_id=api.id,
        integration_type="AWS_PROXY",
        integration_method="POST",
        integration_uri=alias.invoke_arn,
        payload_format_version="2.0",
        timeout_milliseconds=timeout_seconds * 1000,
        opts=child,
    )
    authorizer = None
    if jwt_issuer is not None:
        authorizer = aws.apigatewayv2.Authorizer(
            f"{name}-authorizer",
            api_id=api.id,
            name=f"{core.physical_name}-jwt",
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={
                "issuer": jwt_issuer,
                "audiences": [jwt_audience],
            },
            opts=child,
        )
    aws.apigatewayv2.Route(
        f"{name}-route",
        api_id=api.id,
        route_key=_ROUTE,
        authorization_type="JWT" if authorizer else "AWS_IAM",
        authorizer_id=authorizer.id if authorizer else None,
        target=pulumi.Output.concat("integrations/", integration.id),
        opts=child,
    )
    access_logs = aws.cloudwatch.LogGroup(
        f"{name}-access-logs",
        # Under this prefix AWS allows the delivery for all groups at once; elsewhere each group
        # is added to one resource policy, which is full (5,120 characters) after a few tens.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
        name=f"/aws/vendedlogs/apigateway/{core.physical_name}",
        retention_in_days=log_retention_days,
        kms_key_id=key_arn,
        tags=tags,
        opts=child,
    )
    stage = aws.apigatewayv2.Stage(
        f"{name}-stage",
        api_id=api.id,
        name=_STAGE,
        auto_deploy=True,
        default_route_settings={
            "throttling_rate_limit": throttle_rate_per_second,
            "throttling_burst_limit": throttle_burst,
            "detailed_metrics_enabled": True,
        },
        access_log_settings={
            "destination_arn": access_logs.arn,
            "format": json.dumps(_ACCESS_LOG, sort_keys=True),
        },
        tags=tags,
        opts=child,
    )
    aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        principal="apigateway.amazonaws.com",
        function=alias.function_name,
        qualifier=alias.name,
        source_arn=pulumi.Output.concat(api.execution_arn, "/*/POST/predict"),
        opts=child,
    )
    url = api.api_endpoint
    if domain and own_domain:
        host = _mapped(name, api, stage, own_domain, zone_id=domain.zone_id, child=child)
        url = pulumi.Output.concat("https://", host)
    return PredictApi(api, pulumi.Output.concat(url, "/predict"))


def _cors(
    origins: Sequence[str],
) -> aws.apigatewayv2.ApiCorsConfigurationArgsDict | None:
    """What a browser asks before it sends a request from a page of these origins."""
    if not origins:
        return None
    return {
        "allow_origins": list(origins),
        "allow_methods": ["POST"],
        "allow_headers": ["authorization", "content-type", "x-amz-date", "x-amz-security-token"],
        "max_age": _CORS_SECONDS,
    }


def _domain(
    core: Core, domain: Domain, child: pulumi.ResourceOptions
) -> aws.apigatewayv2.DomainName:
    return aws.apigatewayv2.DomainName(
        f"{core.name}-domain",
        domain_name=domain.name,
        domain_name_configuration={
            "certificate_arn": domain.certificate_arn,
            "endpoint_type": "REGIONAL",
            "security_policy": "TLS_1_2",
        },
        tags=core.aws_tags(),
        opts=child,
    )


def _mapped(
    name: str,
    api: aws.apigatewayv2.Api,
    stage: aws.apigatewayv2.Stage,
    made: aws.apigatewayv2.DomainName,
    *,
    zone_id: pulumi.Input[str] | None,
    child: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The domain at the API's stage, and its record where a zone is given."""
    mapping = aws.apigatewayv2.ApiMapping(
        f"{name}-mapping",
        api_id=api.id,
        domain_name=made.domain_name,
        stage=stage.name,
        opts=child,
    )
    if zone_id is not None:
        address = made.domain_name_configuration
        aws.route53.Record(
            f"{name}-record",
            zone_id=zone_id,
            name=made.domain_name,
            type="A",
            aliases=[
                {
                    "name": address.target_domain_name.apply(str),
                    "zone_id": address.hosted_zone_id.apply(str),
                    "evaluate_target_health": False,
                }
            ],
            opts=child,
        )
    return mapping.domain_name
