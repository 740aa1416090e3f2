"""Callers beside the HTTP API: asynchronous ones, and those of the function's own URL."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.lambda_.lambda_settings import Settings

__all__ = ["asynchronous_callers", "function_url", "invoke_policy"]


def asynchronous_callers(
    name: str,
    alias: aws.lambda_.Alias,
    args: Mapping[str, Any],
    settings: Settings,
    opts: pulumi.ResourceOptions,
) -> None:
    """How often, how long and where to; nothing where AWS's defaults are meant."""
    destination = args.get("on_failure_arn")
    if (destination, settings.retries, settings.max_age_seconds) == (None, None, None):
        return
    aws.lambda_.FunctionEventInvokeConfig(
        f"{name}-asynchronous",
        function_name=alias.function_name,
        qualifier=alias.name,
        maximum_retry_attempts=settings.retries,
        maximum_event_age_in_seconds=settings.max_age_seconds,
        destination_config={"on_failure": {"destination": destination}} if destination else None,
        opts=opts,
    )


def function_url(
    name: str,
    alias: aws.lambda_.Alias,
    origins: Sequence[str],
    child: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """A URL of the alias, for callers who sign with IAM; within the account no more is needed."""
    made = aws.lambda_.FunctionUrl(
        f"{name}-url",
        function_name=alias.function_name,
        qualifier=alias.name,
        authorization_type="AWS_IAM",
        cors={
            "allow_origins": list(origins),
            "allow_methods": ["POST"],
            "allow_headers": ["authorization", "content-type"],
        }
        if origins
        else None,
        opts=child,
    )
    return made.function_url


def invoke_policy(
    route_arn: pulumi.Output[str], alias_arn: pulumi.Output[str] | None
) -> pulumi.Output[str]:
    """What a caller needs: the route, and the alias by its URL where it has one.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    if alias_arn is None:
        return iam.invoke_document("execute-api:Invoke", route_arn)
    return pulumi.Output.all(route_arn, alias_arn).apply(
        lambda known: iam.document(
            iam.allow("Invoke", ["execute-api:Invoke"], [known[0]]),
            iam.allow(
                "InvokeByUrl",
                ["lambda:InvokeFunctionUrl"],
                [known[1]],
                {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
            ),
            iam.allow(
                "InvokeOnlyByUrl",
                ["lambda:InvokeFunction"],
                [known[1]],
                {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
            ),
        )
    )
