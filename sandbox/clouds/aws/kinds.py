"""Every AWS resource type that the sandbox knows more about than its declared shape."""

from sandbox.clouds.aws import (
    alarms,
    cognito,
    compute,
    dashboards,
    eks_access,
    gateway,
    iam,
    lambda_,
    sagemaker,
    short_ids,
    small,
)
from sandbox.clouds.aws.kind import Kind
from sandbox.schema import Resource

__all__ = ["KINDS", "default"]

KINDS: dict[str, Kind] = {
    **short_ids.KINDS,
    **sagemaker.KINDS,
    **lambda_.KINDS,
    **gateway.KINDS,
    **iam.KINDS,
    **compute.KINDS,
    **eks_access.KINDS,
    **small.KINDS,
    **alarms.KINDS,
    **dashboards.KINDS,
    **cognito.KINDS,
}


# What ARNs call a service, where that is not Pulumi's module.
# https://docs.aws.amazon.com/service-authorization/latest/reference/
_SERVICES = {
    "alb": "elasticloadbalancing",
    "appautoscaling": "application-autoscaling",
    "cfg": "config",
    "cloudwatch/event": "events",
    "cloudwatch/log": "logs",
    "elb": "elasticloadbalancing",
    "lb": "elasticloadbalancing",
    "sfn": "states",
    "vpc": "ec2",
}


def _service(module: str) -> str:
    """The service in the ARN of a type that is known by shape only."""
    folder = module.partition("/")[0]
    # `cloudwatch/eventRule` is of another service than `cloudwatch/metricAlarm`.
    parts = (each for each in _SERVICES if "/" in each and module.startswith(each))
    return _SERVICES.get(next(parts, folder), folder)


def default(token: str, declared: Resource) -> Kind:
    """A type known by shape only: its id is its name, or made up.

    A name is taken to be unique within what the type must name beside itself: a log stream's in its
    group, an API's parts in it.
    """
    module, name = token.split(":", 1)[1].rsplit(":", 1)
    service = _service(module)
    noun = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
    within = [
        f"{{input:{other}}}"
        for other, property_ in sorted(declared.inputs.items())
        if property_.required and other != "name" and other.endswith(("Name", "Id", "Arn"))
    ]
    return Kind(
        arn=f"arn:aws:{service}:{{region}}:{{account}}:{noun}/{{id}}", parent="/".join(within)
    )
