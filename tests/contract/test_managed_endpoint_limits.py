"""What the vendors' managed endpoints refuse is refused before anything is made, with the limit.

Each limit in the words of a model file, of the component, and of the resource below it, where that
can say it: one that another layer lets through would only be told by the vendor, halfway through an
update.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from provider.aws import sagemaker_live_endpoint_inputs as live_endpoint
from provider.azure import azure_ml_traffic_inputs as azure_ml_traffic
from provider.gcp import vertex_traffic_split_inputs as vertex_split
from sandbox.check import Problem as Found
from tests.contract.component_table import COMPONENTS, least
from tests.unit.component_mocks import record
from tests.unit.sandbox_life import Stack
from tests.unit.settings_project import (
    ASYNC,
    AZURE_ML,
    AZURE_ML_TARGETS,
    CANDIDATE,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    SAGEMAKER,
    SERVERLESS,
    TARGETS,
    VERTEX,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)

_NEXT: Final = {
    "uri": "https://examplemodels.blob.core.windows.net/models/fraud/1.5.0",
    "version": "1.5.0",
}
_THEIRS: Final = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/server@sha256:" + "0" * 64
_ALLOWED: Final = ["s3://models/", "gs://models/"]

# What is asked for, the file, the code, the key, what the report has to say, and the vendor's page.
SETTINGS: Final[list[tuple[str, dict[str, Any], str, str, str, str]]] = [
    (
        "a canary step over half",
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 51}),
        *("MS0307", "rollout.size_percent", "50", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "a linear step of 5 %",
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 5}),
        *("MS0307", "rollout.size_percent", "10", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "a rolling batch over half, on an asynchronous endpoint",
        changed(ASYNC, rollout={"shift": "rolling", "size_percent": 51}),
        *("MS0307", "rollout.size_percent", "50", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "copies of more than half",
        changed(AZURE_ML, candidate=_NEXT, strategy="shadow", canary_percent=60),
        *("MS0471", "canary_percent", "50", "learn.microsoft.com/"),
    ),
    (
        "a second shadow",
        changed(SAGEMAKER, candidate=CANDIDATE, strategy="shadow", shadow=CANDIDATE),
        *("MS0305", "shadow", "shadow", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "a GPU without instances",
        changed(SERVERLESS, resources={"accelerator": "nvidia-l4"}),
        *("MS0420", "resources.accelerator", "no GPUs", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "an instance type that hosts nothing",
        changed(SAGEMAKER, instance_type="ml.m5.metal"),
        *("MS0400", "instance_type", "hosts no models", "docs.aws.amazon.com/sagemaker"),
    ),
    (
        "a size that serves nothing on Azure ML",
        changed(AZURE_ML, instance_type="Standard_B1s"),
        *("MS0472", "instance_type", "do not take that size", "learn.microsoft.com/"),
    ),
    (
        "a machine that does not carry the GPUs on Vertex AI",
        changed(
            VERTEX,
            model__framework="pytorch",
            machine_type="g2-standard-4",
            resources={"accelerator": "nvidia-t4"},
        ),
        *("MS0455", "machine_type", "g2-standard-4", "cloud.google.com/vertex-ai"),
    ),
    (
        "a GPU with less memory than it goes with on Cloud Run",
        changed(CLOUD_RUN, resources={"accelerator": "nvidia-l4", "memory_mib": 8192}),
        *("MS0524", "resources.memory_mib", "16384 MiB", "cloud.google.com/run"),
    ),
    (
        "an artifact from elsewhere",
        changed(SAGEMAKER, model__uri="s3://elsewhere/fraud/1.4.0/model.tar.gz"),
        *("MS0251", "model.uri", "s3://models/", ""),
    ),
    (
        "an artifact from elsewhere on Google Cloud",
        changed(VERTEX, model__uri="gs://models-of-others/fraud/1.4.0/"),
        *("MS0251", "model.uri", "gs://models/", ""),
    ),
    (
        "an image of an account that lets nobody pull",
        changed(SAGEMAKER, model__image=_THEIRS, model__framework=None),
        *("MS0252", "model.image", "999999999999", "docs.aws.amazon.com/AmazonECR"),
    ),
]


@pytest.mark.parametrize(
    ("asked", "code", "key", "said", "page"),
    [case[1:] for case in SETTINGS],
    ids=[case[0] for case in SETTINGS],
)
def test_settings_are_refused_at_their_line(  # noqa: PLR0917 - one for each column
    tmp_path: Path, asked: dict[str, Any], code: str, key: str, said: str, page: str
) -> None:
    """One problem, with place, limit, way out and page, and no traceback."""
    site = project(tmp_path)
    site.environment(
        targets={**TARGETS, **VERTEX_TARGETS, **CLOUD_RUN_TARGETS, **AZURE_ML_TARGETS},
        artifact_prefixes=[*_ALLOWED, AZURE_ML["model"]["uri"].rpartition("/")[0] + "/"],
    )
    _only(site, asked)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, key)
    assert problem.place.line > 0
    assert problem.fix
    assert said in f"{problem.message} {problem.allowed}"
    assert page in problem.source


def _only(site: Project, asked: dict[str, Any]) -> None:
    for other in (site.root / "stacks" / "models").glob("*.yaml"):
        other.unlink()
    site.model("fraud", asked)


COMPONENT_ARGUMENTS: Final[list[tuple[str, dict[str, Any], str, str]]] = [
    (
        "SageMakerEndpoint",
        {"shift": "canary", "shift_size_percent": 51},
        *("shift_size_percent: got 51", "50"),
    ),
    (
        "SageMakerEndpoint",
        {"shift": "linear", "shift_size_percent": 5},
        *("shift_size_percent: got 5", "10"),
    ),
    ("SageMakerEndpoint", {"instance_type": "ml.m5.metal"}, "instance_type: got", "ml.m5.large"),
    ("SageMakerServerlessEndpoint", {"accelerator": "nvidia-l4"}, "accelerator", "no GPUs"),
    ("SageMakerServerlessEndpoint", {"instance_type": "ml.g5.xlarge"}, "instance_type", "https://"),
    (
        "AzureMlEndpoint",
        {
            "candidate_version": "1.5.0",
            "candidate_uri": _NEXT["uri"],
            "strategy": "shadow",
            "canary_percent": 60,
        },
        *("canary_percent: got 60", "50"),
    ),
    ("AzureMlEndpoint", {"instance_type": "Standard_B1s"}, "instance_type: got", "Standard_"),
    (
        "VertexEndpoint",
        {"framework": "pytorch", "machine_type": "g2-standard-4", "accelerator": "nvidia-t4"},
        *("machine_type: got", "carries nvidia-l4"),
    ),
    (
        "CloudRunEndpoint",
        {"accelerator": "nvidia-l4", "cpu": 3},
        *("cpu: got 3", "at least 4 vCPUs"),
    ),
]


@pytest.mark.parametrize(("component", "given", "asked", "allowed"), COMPONENT_ARGUMENTS)
def test_components_refuse_the_same(
    component: str, given: dict[str, Any], asked: str, allowed: str
) -> None:
    """Before anything is registered, for whoever writes no model file."""
    with pytest.raises(pulumi.RunError) as caught:
        record(COMPONENTS[component], "fraud", {**least(component), **given})
    assert asked in str(caught.value)
    assert allowed in str(caught.value)


Check = Callable[[Mapping[str, object]], tuple[dict[str, object], list[tuple[str, str]]]]
_LIVE: Final = {
    "endpointName": "fraud",
    "endpointConfigName": "fraud-1",
    "weights": {"stable": 100},
}
_SPLIT: Final = {
    "project": "example-models",
    "region": "europe-west4",
    "endpoint": "projects/1/locations/europe-west4/endpoints/2",
}
_TRAFFIC: Final = {
    "subscriptionId": "00000000-0000-0000-0000-000000000001",
    "resourceGroupName": "models",
    "workspaceName": "models-dev",
    "endpointName": "fraud",
    "traffic": {"blue": 100},
}
RESOURCES: Final[list[tuple[str, Check, dict[str, Any], str, str]]] = [
    (
        *("weights that sum to 90", live_endpoint.check),
        *({**_LIVE, "weights": {"stable": 60, "candidate": 30}}, "weights", "90"),
    ),
    (
        *("a split that sums to 90", vertex_split.check),
        {
            **_SPLIT,
            "traffic": [
                {"deployedModelId": "1", "percent": 60},
                {"deployedModelId": "2", "percent": 30},
            ],
        },
        *("traffic", "90"),
    ),
    (
        *("traffic that sums to 90", azure_ml_traffic.check),
        *({**_TRAFFIC, "traffic": {"blue": 60, "green": 30}}, "traffic", "90"),
    ),
    (
        *("a mirror of 60 %", azure_ml_traffic.check),
        *({**_TRAFFIC, "mirrorTraffic": {"green": 60}}, "mirrorTraffic", "50"),
    ),
    (
        *("a canary step over half", live_endpoint.check),
        *({**_LIVE, "shift": "canary", "shiftSizePercent": 51}, "shiftSizePercent", "50"),
    ),
    (
        *("a linear step of 5 %", live_endpoint.check),
        *({**_LIVE, "shift": "linear", "shiftSizePercent": 5}, "shiftSizePercent", "10"),
    ),
]


@pytest.mark.parametrize(
    ("check", "inputs", "path", "said"),
    [case[1:] for case in RESOURCES],
    ids=[case[0] for case in RESOURCES],
)
def test_first_party_resources_refuse_the_same(
    check: Check, inputs: dict[str, Any], path: str, said: str
) -> None:
    """In a preview, which makes no call."""
    ((where, reason),) = check(inputs)[1]
    assert where.partition(".")[0] == path
    assert said in reason
    assert "https://" in reason or "100" in reason


def _variant(name: str, **more: object) -> dict[str, object]:
    return {
        "variantName": name,
        "modelName": "fraud",
        "initialInstanceCount": 1,
        "instanceType": "ml.m5.large",
        **more,
    }


_CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
RAW: Final[list[tuple[str, dict[str, Any], str]]] = [
    (
        "two shadows",
        {
            "productionVariants": [_variant("stable")],
            "shadowProductionVariants": [_variant("one"), _variant("two")],
        },
        "shadowProductionVariants",
    ),
    (
        "a GPU instance of a serverless variant",
        {
            "productionVariants": [
                _variant(
                    "stable",
                    instanceType="ml.g5.xlarge",
                    serverlessConfig={"maxConcurrency": 5, "memorySizeInMb": 2048},
                )
            ]
        },
        "productionVariants",
    ),
    (
        "an instance type that hosts nothing",
        {"productionVariants": [_variant("stable", instanceType="ml.m5.metal")]},
        "productionVariants",
    ),
]


@pytest.mark.parametrize(
    ("inputs", "path"), [case[1:] for case in RAW], ids=[case[0] for case in RAW]
)
def test_the_sandbox_refuses_raw_resources(
    tmp_path: Path, inputs: dict[str, Any], path: str
) -> None:
    """As the vendor would, for programs that use no component."""
    stack = Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})
    found: list[Found] = stack.problems(_CONFIGURATION, {"name": "fraud", **inputs})
    assert [each for each in found if each.path.startswith(path)], found
