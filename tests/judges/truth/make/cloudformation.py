"""What CloudFormation replaces: `createOnlyProperties` of its types, as cfn-lint has them."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.rules.build.names import plain, singular
from sandbox.schema import Library, Property
from tests.judges.truth.make.shapes import objects
from tests.judges.truth.make.updates import updates

__all__ = ["facts", "name_of", "schemas_of"]

# CloudFormation's service of Pulumi's module, where they are not the same word.
_SERVICES = {
    "appautoscaling": "ApplicationAutoScaling",
    "apigatewayv2": "ApiGatewayV2",
    "sfn": "StepFunctions",
}
# CloudFormation's types whose names differ.
_TYPES: Mapping[str, str] = {
    "aws:appautoscaling/policy:Policy": "AWS::ApplicationAutoScaling::ScalingPolicy",
    "aws:appautoscaling/target:Target": "AWS::ApplicationAutoScaling::ScalableTarget",
    "aws:autoscaling/group:Group": "AWS::AutoScaling::AutoScalingGroup",
    "aws:autoscaling/policy:Policy": "AWS::AutoScaling::ScalingPolicy",
    "aws:autoscaling/schedule:Schedule": "AWS::AutoScaling::ScheduledAction",
    "aws:cloudwatch/eventArchive:EventArchive": "AWS::Events::Archive",
    "aws:cloudwatch/eventBus:EventBus": "AWS::Events::EventBus",
    "aws:cloudwatch/eventConnection:EventConnection": "AWS::Events::Connection",
    "aws:cloudwatch/eventRule:EventRule": "AWS::Events::Rule",
    "aws:cloudwatch/logDestination:LogDestination": "AWS::Logs::Destination",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "AWS::Logs::MetricFilter",
    "aws:cloudwatch/logStream:LogStream": "AWS::Logs::LogStream",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "AWS::Logs::SubscriptionFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:dynamodb/table:Table": "AWS::DynamoDB::Table",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "AWS::IAM::OIDCProvider",
    "aws:iam/policy:Policy": "AWS::IAM::ManagedPolicy",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        "AWS::Lambda::EventInvokeConfig"
    ),
    "aws:lambda/functionUrl:FunctionUrl": "AWS::Lambda::Url",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": "AWS::SageMaker::EndpointConfig",
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": (
        "AWS::SageMaker::NotebookInstanceLifecycleConfig"
    ),
    "aws:sns/topicSubscription:TopicSubscription": "AWS::SNS::Subscription",
    "aws:s3/bucket:Bucket": "AWS::S3::Bucket",
}
# Another thing under the same name: the inline policy of a principal.
_OTHERS = {"AWS::IAM::Policy", "AWS::ApplicationAutoScaling::ScalingPolicy"}
# Names that the whole type has instead of `name`.
_NOUNS = {
    "EndpointConfiguration": ("EndpointConfigName",),
    "Group": ("AutoScalingGroupName",),
    "LogGroup": ("LogGroupName",),
    "LogMetricFilter": ("FilterName",),
    "MetricAlarm": ("AlarmName",),
    "Policy": ("ManagedPolicyName", "PolicyName"),
}


def facts(library: Library) -> dict[str, dict[str, Any]]:
    """By type and path, whether CloudFormation replaces, where type and path are the same thing."""
    found: dict[str, dict[str, Any]] = {}
    for token, (name, schema) in schemas_of(library).items():
        inputs = library.resource(token).inputs
        told = dict(_told(library, schema, inputs, token.rpartition(":")[2], name))
        if told:
            found[token] = told
    return found


def schemas_of(library: Library) -> dict[str, tuple[str, dict[str, Any]]]:
    """CloudFormation's name and schema of each of Pulumi's types that it has too."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    schemas = dict(_schemas())
    by_plain = {_key(name): name for name in schemas if name not in _OTHERS}
    for token in library.tokens():
        if token.startswith("pulumi:"):
            continue
        module, noun = token.split(":")[1].partition("/")[0], token.rpartition(":")[2]
        service = _SERVICES.get(module, module)
        name = _TYPES.get(token) or by_plain.get((plain(service), plain(noun)))
        if name is not None:
            found[token] = (name, schemas[name])
    return found


def _schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data" / "schemas"
    index = json.loads((folder / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    for name, file in index.items():
        path = folder / "resources" / f"{file}.json"
        yield name, json.loads(path.read_text(encoding="utf-8"))


def _key(name: str) -> tuple[str, str]:
    service, _, noun = name.partition("::")[2].partition("::")
    return plain(service), plain(noun)


def _told(
    library: Library,
    schema: Mapping[str, Any],
    inputs: Mapping[str, Property],
    noun: str,
    name: str,
) -> Iterator[tuple[str, dict[str, Any]]]:
    def listed(key: str) -> list[tuple[str, ...]]:
        return [tuple(path.split("/")[2:]) for path in schema.get(key, ())]

    immutable = listed("createOnlyProperties")
    updated = updates(schema)
    unsure = [*listed("conditionalCreateOnlyProperties"), *listed("readOnlyProperties")]
    for property_ in schema.get("properties", {}):
        path = (property_,)
        ours = _path(library, inputs, path, noun)
        if ours is None or ours in {"tags", "region"} or path in unsure:
            continue
        if path in immutable:
            yield ours, {"replace": True, "source": f"{name} createOnlyProperties"}
        elif singular(plain(property_)) in updated and not any(
            other[:1] == path for other in (*immutable, *unsure)
        ):
            yield ours, {"replace": False, "source": f"{name} update"}
    for path in immutable:
        ours = _path(library, inputs, path, noun) if len(path) > 1 else None
        if ours is not None:
            yield ours, {"replace": True, "source": f"{name} createOnlyProperties"}


def _path(
    library: Library, declared: Mapping[str, Property], path: tuple[str, ...], noun: str
) -> str | None:
    """Pulumi's path of a property; None where a name on the way is not declared, or not once."""
    names: list[str] = []
    here: Mapping[str, Property] | None = declared
    for step in path:
        if step in {"*", "items"}:
            continue
        if here is None:
            return None
        name = name_of(here, step, noun if not names else "")
        if name is None:
            return None
        names.append(name)
        here = objects(library, here[name].type)
    return ".".join(names)


def name_of(declared: Mapping[str, Property], step: str, noun: str) -> str | None:
    """The declared property that is CloudFormation's; None where that is not certain."""
    if noun and step in (f"{noun}Name", *_NOUNS.get(noun, ())) and "name" in declared:
        return "name"
    exact = [name for name in declared if plain(name) == plain(step)]
    if exact:
        return exact[0]
    loose = [name for name in declared if singular(plain(name)) == singular(plain(step))]
    return loose[0] if len(loose) == 1 else None
