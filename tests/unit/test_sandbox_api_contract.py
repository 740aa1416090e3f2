"""What boto3 reads back is what Pulumi deployed; answers are of the shape that botocore knows."""

import importlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.api.aws import _MODULES as MODULES  # pyright: ignore[reportPrivateUsage]
from sandbox.schema import Library, Property, Type
from sandbox.store import Row, Store
from tests.unit.sandbox_api import ACCOUNT, LOADER, REGION, Client, clients

LIBRARY = Library("aws")
# botocore's names of the services that requests are signed for.
NAMES = {
    "cloudcontrolapi": "cloudcontrol",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


@pytest.fixture
def client(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with clients(store.path, monkeypatch, enums=False) as make:
        yield make


@pytest.mark.parametrize("service", list(MODULES))
def test_operations_are_the_vendors(service: str) -> None:
    known: dict[str, Any] = LOADER.load_service_model(NAMES.get(service, service), "service-2")
    for name in MODULES[service]:
        operations = importlib.import_module(f"sandbox.api.{name}").OPERATIONS
        assert operations
        assert set(operations) <= set(known["operations"])


class Maker:
    """Values for every declared property, each scalar another one."""

    def __init__(self) -> None:
        self.made: dict[Any, str] = {}
        self.number = 1000

    def inputs(self, properties: dict[str, Property], at: str = "") -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, declared in properties.items():
            value = self.value(declared.type, f"{at}.{name}".lstrip("."))
            if value is not None:
                made[name] = value
        return made

    def value(self, declared: Type, at: str) -> Any:  # noqa: ANN401, PLR0911
        self.number += 1
        match declared.kind:
            case "string":
                return self.noted(str(self.number), at)
            case "integer" | "number":
                return self.noted(self.number, at)
            case "boolean":
                return True
            case "array":
                return [self.value(declared.of[0], f"{at}[]")]
            case "map":
                return {"key": self.value(declared.of[0], f"{at}{{}}")}
            case "union":
                return self.value(declared.of[0], at)
            case "ref":
                nested = LIBRARY.nested(declared.ref)
                if nested is not None and nested.properties is not None:
                    return self.inputs(nested.properties, at)
                return None
            case _:
                return None

    def noted(self, value: Any, at: str) -> Any:  # noqa: ANN401
        self.made[value] = at
        return value


def leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401
    if isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from leaves(item)
    else:
        yield value


PLACE = {"region", "namePrefix"}
# Type, how it is read, and the properties that the API does not give back there.
READ: list[tuple[str, str, str, dict[str, Any], set[str]]] = [
    (
        "aws:sagemaker/model:Model",
        "sagemaker",
        "describe_model",
        {"ModelName": "{name}"},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "sagemaker",
        "describe_endpoint_config",
        {"EndpointConfigName": "{name}"},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "sagemaker",
        "describe_model_package_group",
        {"ModelPackageGroupName": "{name}"},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["{name}"]},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["{name}"]},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:appautoscaling/target:Target",
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "sagemaker"},
        {*PLACE, "tags{}"},
    ),
    (
        "aws:appautoscaling/policy:Policy",
        "application-autoscaling",
        "describe_scaling_policies",
        {"ServiceNamespace": "sagemaker"},
        {*PLACE},
    ),
    (
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "application-autoscaling",
        "describe_scheduled_actions",
        {"ServiceNamespace": "sagemaker"},
        # Times are read as the service has them, not as they were written.
        {*PLACE, "startTime", "endTime"},
    ),
    (
        "aws:lambda/function:Function",
        "lambda",
        "get_function",
        {"FunctionName": "{name}"},
        {
            *PLACE,
            # Where the code came from, and what is the provider's alone.
            *(
                "s3Bucket",
                "s3Key",
                "s3ObjectVersion",
                "sourceCodeHash",
                "codeSha256",
                "sourceKmsKeyArn",
            ),
            *("codeSigningConfigArn", "publishTo", "replacementSecurityGroupIds[]"),
        },
    ),
    (
        "aws:lambda/alias:Alias",
        "lambda",
        "get_alias",
        {"FunctionName": "f", "Name": "{name}"},
        {*PLACE, "functionName"},
    ),
    (
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        "codedeploy",
        "get_deployment_group",
        {"applicationName": "app", "deploymentGroupName": "{name}"},
        # The sandbox deploys Lambda versions; these are of the other platforms.
        {
            *(*PLACE, "tags{}", "autoscalingGroups*", "blueGreenDeploymentConfig*"),
            *("ec2*", "ecsService*", "loadBalancerInfo*", "onPremisesInstanceTagFilters*"),
        },
    ),
    (
        "aws:iam/role:Role",
        "iam",
        "get_role",
        {"RoleName": "{name}"},
        {*PLACE, "inlinePolicies[].name", "inlinePolicies[].policy", "managedPolicyArns[]"},
    ),
]


@pytest.mark.parametrize("case", READ, ids=[case[0] for case in READ])
def test_every_declared_field_is_read_back(
    store: Store, client: Client, case: tuple[str, str, str, dict[str, Any], set[str]]
) -> None:
    token, service, operation, asked, unread = case
    maker = Maker()
    inputs = maker.inputs(LIBRARY.resource(token).inputs)
    name = next(inputs[key] for key in NAMING if isinstance(inputs.get(key), str))
    inputs |= {key: value for key, value in FIXED.items() if key in inputs}
    store.put(
        Row("aws", "aws:codedeploy/application:Application", "a", ACCOUNT, REGION, name="app")
    )
    row = Row(provider="aws", token=token, id=name, name=name, account=ACCOUNT, region=REGION)
    if token.endswith(":Alias"):
        row = row.replace(id=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:{name}")
    outputs = {"arn": f"arn:aws:x:{REGION}:{ACCOUNT}:{name}", "tagsAll": inputs.get("tags")}
    store.put(row.replace(inputs=inputs, outputs=outputs))
    given = {k: [name] if isinstance(v, list) else v.format(name=name) for k, v in asked.items()}
    answer = getattr(client(service), operation)(**given)
    found = set(map(str, leaves(answer)))
    known = {each.replace("[", "[[]") for each in unread}
    lost = {
        path
        for value, path in maker.made.items()
        if path not in FIXED and str(value) not in found and f"{value}.0" not in found
    }
    assert not [path for path in lost if not any(fnmatchcase(path, each) for each in known)]
    assert name in found


# By which of its properties a resource is named.
NAMING = (
    *("alarmName", "deploymentGroupName", "modelPackageGroupName", "name", "resourceId"),
    "policyName",
)
FIXED: dict[str, Any] = {"serviceNamespace": "sagemaker", "appName": "app"}
