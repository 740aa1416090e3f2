"""What the validators in a Terraform provider's source allow, as facts about Pulumi's paths."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.rules.build.groups import groups_of
from sandbox.rules.build.names import Field, fields_of, walk
from sandbox.rules.build.overlays import RENAMED
from sandbox.schema import Library
from sandbox.values import listed, mapped

__all__ = ["MODULES", "facts"]

# The services around model serving: every type in them.
MODULES: Mapping[str, frozenset[str]] = {
    "aws": frozenset(
        {
            *("apigatewayv2", "appautoscaling", "autoscaling", "cloudwatch", "codedeploy", "ecr"),
            *("eks", "iam", "kms", "lambda", "pipes", "s3", "sagemaker", "scheduler", "sfn", "sns"),
            *("sqs", "ssm", "secretsmanager", "dynamodb"),
        }
    ),
    "gcp": frozenset(
        {
            *("artifactregistry", "cloudfunctionsv2", "cloudrun", "cloudrunv2", "cloudscheduler"),
            *("container", "eventarc", "kms", "logging", "monitoring", "projects", "pubsub"),
            *("secretmanager", "serviceaccount", "storage", "vertex", "workflows"),
        }
    ),
}
# EC2 has hundreds of types: those beside an endpoint.
_EC2 = {
    *("instance", "launchTemplate", "securityGroup", "securityGroupRule", "subnet", "vpc"),
    *("vpcEndpoint", "volume", "eip", "natGateway", "routeTable", "internetGateway", "keyPair"),
}
_FORMATS = {
    "ValidARNCheck": "arn",
    "ARNType": "arn",
    "StringIsJSON": "json",
    "ValidIAMPolicyJSON": "json",
    "ValidAccountID": "account",
    "AWSAccountID": "account",
}
# The keys of a validator's leading arguments, by its name.
_BOUNDS: Mapping[str, tuple[str, ...]] = {
    "StringLenBetween": ("min_length", "max_length"),
    "LengthBetween": ("min_length", "max_length"),
    "UTF8LengthBetween": ("min_length", "max_length"),
    "LengthAtLeast": ("min_length",),
    "LengthAtMost": ("max_length",),
    "IntBetween": ("min", "max"),
    "FloatBetween": ("min", "max"),
    "Between": ("min", "max"),
    "IntAtLeast": ("min",),
    "FloatAtLeast": ("min",),
    "AtLeast": ("min",),
    "IntAtMost": ("max",),
    "FloatAtMost": ("max",),
    "AtMost": ("max",),
}
_ENUMS = {"StringInSlice", "ValidateEnum", "Validate", "FrameworkValidate", "OneOf"}
_PATTERNS = {"StringMatch", "RegexMatches", "ValidateRegexp"}
_ALL = {"All", "AllDiag"}


def facts(
    library: Library, resources: Mapping[str, Any], tokens: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The facts of every type of the services in `MODULES`."""
    found: dict[str, dict[str, Any]] = {}
    for token, name in sorted(tokens.items()):
        module, _, kind = token.split(":")[1].partition("/")
        wanted = module in MODULES[library.provider] or (module == "ec2" and kind in _EC2)
        if wanted:
            resource = resources[name]
            declared = library.resource(token).inputs
            fields = fields_of(library, resource["attributes"], declared, RENAMED.get(name, {}), [])
            paths = {item.dotted: _facts(item, resource["source"]) for item in walk(fields)}
            found[token] = {
                "terraform": name,
                "paths": paths,
                **groups_of(resource, fields, {}, []),
            }
    return found


def _facts(item: Field, source: str) -> dict[str, Any]:
    attribute = item.attribute
    found: dict[str, Any] = {}
    for rule in (*attribute.get("validators", ()), *attribute.get("element_validators", ())):
        for key, value in _constraints(rule):
            _add(found, key, value)
    if attribute.get("custom_type") in _FORMATS:
        found["format"] = _FORMATS[attribute["custom_type"]]
    if attribute["type"] in {"list", "set"} and attribute.get("max_items") != 1:
        for key in ("min_items", "max_items"):
            if attribute.get(key):
                found[key] = attribute[key]
    if attribute.get("required"):
        found["required"] = True
    if not attribute.get("force_new_if"):
        found["replace"] = bool(attribute.get("force_new"))
    return {**found, "source": f"{source}:{attribute['line']}"}


def _add(found: dict[str, Any], key: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """A bound that is narrower than one that is there takes its place; of patterns, the first."""
    if key in found and key.startswith("min"):
        value = max(value, found[key])
    elif key in found and key.startswith("max"):
        value = min(value, found[key])
    elif key in found:
        return
    found[key] = value


def _constraints(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    name, args = str(rule["name"]), listed(rule.get("args"))
    if name in _ALL:
        for inner in map(mapped, args):
            if inner:
                yield from _constraints(inner)
    elif name in _ENUMS:
        yield from _enum(name, args)
    elif name in _BOUNDS:
        for key, value in zip(_BOUNDS[name], args, strict=False):
            if isinstance(value, int | float):
                yield key, value
    elif name in _PATTERNS and args and isinstance(args[0], str):
        yield "pattern", args[0]
    elif name in _FORMATS:
        yield "format", _FORMATS[name]


def _enum(name: str, args: list[Any]) -> Iterator[tuple[str, Any]]:
    ignores_case = name == "StringInSlice" and len(args) > 1 and args[1] is True
    if not args or ignores_case:
        return
    values = listed(args[0]) or args
    if values and all(isinstance(value, str) for value in values):
        yield "enum", sorted(set(values))
