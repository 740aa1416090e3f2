from typing import Any

import pytest

from sandbox.check import Problem, Shape, nearest, once
from sandbox.schema import Library
from sandbox.wire import ARCHIVE, SIGNATURE, UNKNOWN

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
FUNCTION = "aws:lambda/function:Function"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ONLINE_ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"


def found(token: str, values: dict[str, Any]) -> dict[str, str]:
    provider = token.partition(":")[0]
    is_terraform = provider in {"aws", "gcp"}
    shape = Shape(Library(provider), coerces=is_terraform, closed_enums=not is_terraform)
    problems = shape.problems(shape.library.resource(token).inputs, values)
    return {problem.path: problem.reason for problem in problems}


def test_all_problems_at_once_each_with_its_path() -> None:
    problems = found(
        CONFIGURATION,
        {
            "kmsKey": "x",
            "productionVariants": [
                {"variantName": "a", "modelNam": "m"},
                {"variantName": "b", "initialInstanceCount": "two"},
            ],
            "dataCaptureConfig": [],
        },
    )
    assert problems["kmsKey"] == 'unknown property; did you mean "kmsKeyArn"?'
    at = "productionVariants[0].modelNam"
    assert problems[at] == 'unknown property; did you mean "modelName"?'
    at = "productionVariants[1].initialInstanceCount"
    assert problems[at] == 'got "two"; use a whole number'
    assert problems["dataCaptureConfig"].startswith("got []; use an object with captureOptions")
    assert len(problems) == 4


def test_python_spelling_is_recognised() -> None:
    problems = found(FUNCTION, {"role": "r", "memory_size": 1})
    assert problems == {"memory_size": 'unknown property; did you mean "memorySize"?'}


def test_required_properties_at_any_depth() -> None:
    assert found(CONFIGURATION, {}) == {
        "productionVariants": "missing required property; give it a list, each item an object with"
        " acceleratorType, capacityReservationConfig, containerStartupHealthCheckTimeoutInSeconds,"
        " coreDumpConfig, enableSsmAccess, inferenceAmiVersion, initialInstanceCount,"
        " initialVariantWeight, instanceType, managedInstanceScaling,"
        " modelDataDownloadTimeoutInSeconds, modelName and 4 more"
    }
    container = {"image": "x"}
    template = {"metadata": {}, "spec": {"containers": [container]}}
    problems = found(DEPLOYMENT, {"spec": {"selector": {}, "template": template}})
    assert set(problems) == {"spec.template.spec.containers[0].name"}
    assert found(FUNCTION, {"role": None}) == {"role": "required, but its value is null"}


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert found(CONFIGURATION, {"productionVariants": UNKNOWN}) == {}
    assert found(CONFIGURATION, {"productionVariants": [UNKNOWN], "name": UNKNOWN}) == {}


def test_notes_of_the_engine_are_not_judged() -> None:
    assert found(FUNCTION, {"role": "r", "__defaults": ["name"]}) == {}


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("memorySize", 128, True),
        ("memorySize", 128.0, True),
        ("memorySize", "128", True),
        ("memorySize", 128.5, False),
        ("memorySize", True, False),
        ("memorySize", "big", False),
        ("publish", True, True),
        ("publish", "true", True),
        ("publish", 1, False),
        ("description", "text", True),
        ("description", 5, True),
        ("description", ["text"], False),
        ("layers", ["a"], True),
        ("layers", "a", False),
        ("tags", {"a": "b"}, True),
        ("tags", [], False),
        ("code", {SIGNATURE: ARCHIVE, "hash": "x"}, True),
        ("code", "code.zip", False),
        ("runtime", "python3.12", True),
        # The SDK's list of runtimes may be older than the service's.
        ("runtime", "python3.99", True),
    ],
)
def test_scalars_as_terraform_providers_read_them(name: str, value: object, *, fits: bool) -> None:
    assert (name not in found(FUNCTION, {"role": "r", name: value})) is fits


def test_kubernetes_reads_nothing_into_a_value() -> None:
    template = {"spec": {"containers": [{"name": "x", "ports": [{"containerPort": "80"}]}]}}
    spec = {"replicas": "2", "selector": {"matchLabels": {"a": 1}}, "template": template}
    problems = found(DEPLOYMENT, {"spec": spec})
    assert problems == {
        "spec.replicas": 'got "2"; use a whole number',
        'spec.selector.matchLabels["a"]': "got 1; use a string",
        "spec.template.spec.containers[0].ports[0].containerPort": 'got "80"; use a whole number',
    }


def test_a_union_takes_either() -> None:
    port = "kubernetes:core/v1:Service"
    assert found(port, {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}) == {}
    assert found(port, {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}) == {}
    problems = found(port, {"spec": {"ports": [{"port": 80, "targetPort": []}]}})
    assert problems == {"spec.ports[0].targetPort": "got []; use a whole number or a string"}


def test_enumerations_of_azure_are_closed() -> None:
    endpoint = {"resourceGroupName": "models", "workspaceName": "w"}
    problems = found(ONLINE_ENDPOINT, {**endpoint, "properties": {"authMode": "Kye"}})
    assert problems == {
        "properties.authMode": 'got "Kye"; use one of AMLToken, Key, AADToken (did you mean "Key"?)'
    }


def test_nearest() -> None:
    assert nearest("model_name", ["modelName", "name"]) == "modelName"
    assert nearest("modelNmae", ["modelName", "name"]) == "modelName"
    assert nearest("zzz", ["modelName", "name"]) is None


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ("items[0].name", False),  # The very path.
        ("items[0].name.first", False),  # Below it.
        ('items[0].name["a"]', False),
        ("items.name", False),  # By a source that knows no positions.
        ("items[0].names", True),
        ("items[0]", True),  # Around it.
        ("items[1].name", True),
        ("item", True),
    ],
)
def test_a_path_is_reported_once_by_who_speaks_first(later: str, *, said: bool) -> None:
    shape = Problem("items[0].name", "got 5; use a string")
    found = once([shape], [Problem(later, "too long")], [Problem(later, "too odd")])
    assert found == [shape, *([Problem(later, "too long")] if said else [])]


def test_one_source_may_say_several_things_of_a_path() -> None:
    both = [Problem("a", "too long"), Problem("a", "of no pattern")]
    assert once([], both) == both
    assert once(both, [Problem("", "the whole"), Problem("a", "else")]) == [
        *both,
        Problem("", "the whole"),
    ]
