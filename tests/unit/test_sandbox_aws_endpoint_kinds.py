"""What SageMaker refuses of serverless and asynchronous endpoints, raw as any program writes it."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_aws import CONFIGURATION, ENDPOINT, MODEL, role, served, variant
from tests.unit.sandbox_life import AUTONAMING, Stack, urn

SERVERLESS = {"maxConcurrency": 5, "memorySizeInMb": 2048}
ASYNC = {"outputConfig": {"s3OutputPath": "s3://data/out/"}}
SHADOW = {
    "variantName": "shadow",
    "modelName": "m",
    "instanceType": "ml.m5.large",
    "initialInstanceCount": 1,
}
CAPTURE = {
    "enableCapture": True,
    "initialSamplingPercentage": 100,
    "destinationS3Uri": "s3://data/captured/",
    "captureOptions": [{"captureMode": "Input"}],
}


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def one(name: str = "stable", **config: object) -> dict[str, Any]:
    return {"variantName": name, "modelName": "m", "serverlessConfig": {**SERVERLESS, **config}}


def on_instances(name: str = "stable") -> dict[str, Any]:
    return {**SHADOW, "variantName": name}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"productionVariants": [one()]}, ""),
        ({"productionVariants": [one(provisionedConcurrency=5)]}, ""),
        (
            {"productionVariants": [one(provisionedConcurrency=6)]},
            "productionVariants[0].serverlessConfig.provisionedConcurrency",
        ),
        ({"productionVariants": [one(), one("candidate")]}, "productionVariants"),
        (
            {"productionVariants": [{**one(), "instanceType": "ml.g5.xlarge"}]},
            "productionVariants[0].instanceType",
        ),
        ({"productionVariants": [one()], "dataCaptureConfig": CAPTURE}, "dataCaptureConfig"),
        ({"productionVariants": [one()], "asyncInferenceConfig": ASYNC}, "asyncInferenceConfig"),
        (
            {"productionVariants": [one()], "shadowProductionVariants": [SHADOW]},
            "shadowProductionVariants",
        ),
        ({"productionVariants": [on_instances()], "asyncInferenceConfig": ASYNC}, ""),
        (
            {
                "productionVariants": [on_instances()],
                "asyncInferenceConfig": ASYNC,
                "shadowProductionVariants": [SHADOW],
            },
            "shadowProductionVariants",
        ),
        (
            {"productionVariants": [on_instances()], "shadowProductionVariants": [SHADOW]},
            "",
        ),
    ],
)
def test_what_goes_together(aws: Stack, inputs: dict[str, Any], path: str) -> None:
    _, problems = aws.life.check(urn(CONFIGURATION, "c"), inputs, {}, AUTONAMING)
    assert [problem.path for problem in problems] == ([path] if path else [])


@pytest.mark.parametrize("memory", [1536, 512, 7168])
def test_memory_comes_in_sizes(aws: Stack, memory: int) -> None:
    inputs = {"productionVariants": [one(memorySizeInMb=memory)]}
    _, problems = aws.life.check(urn(CONFIGURATION, "c"), inputs, {}, AUTONAMING)
    path = "productionVariants[0].serverlessConfig.memorySizeInMb"
    assert [problem.path for problem in problems] == [path]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"primaryContainer": {"image": "x"}}, ""),
        (
            {
                "primaryContainer": {"image": "x"},
                "vpcConfig": {
                    "subnets": ["subnet-0dev00000000000a1"],
                    "securityGroupIds": ["sg-0dev00000000000a0"],
                },
            },
            "has a VPC",
        ),
        (
            {"primaryContainer": {"image": "x"}, "enableNetworkIsolation": True},
            "has network isolation",
        ),
        (
            {"primaryContainer": {"image": "x", "mode": "MultiModel"}},
            "has many models",
        ),
        ({"containers": [{"image": "x"}, {"image": "y"}]}, "has several containers"),
    ],
)
def test_models_that_serverless_inference_does_not_take(
    aws: Stack, model: dict[str, Any], said: str
) -> None:
    arn = role(aws, "sagemaker.amazonaws.com")
    made = aws.create(MODEL, "m", executionRoleArn=arn, **model)
    variants = [{**one(), "modelName": made.outputs["name"]}]
    if not said:
        aws.create(CONFIGURATION, "c", productionVariants=variants)
        return
    with pytest.raises(RefusedError, match=said):
        aws.create(CONFIGURATION, "c", productionVariants=variants)


def test_an_endpoint_on_instances_does_not_become_serverless(aws: Stack) -> None:
    model, _, endpoint = served(aws)
    name = {"modelName": model.outputs["name"]}
    serverless = aws.create(CONFIGURATION, "s", productionVariants=[{**one(), **name}])
    with pytest.raises(RefusedError, match="cannot be converted to serverless"):
        aws.update(endpoint, endpointConfigName=serverless.id)
    other = aws.create(ENDPOINT, "other", name="o", endpointConfigName=serverless.id)
    instances = aws.create(CONFIGURATION, "i", productionVariants=[variant("stable", model)])
    aws.update(other, endpointConfigName=instances.id)
