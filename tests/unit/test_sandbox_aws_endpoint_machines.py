"""What SageMaker refuses of an endpoint configuration's machines, raw as any program writes it."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox_aws import CONFIGURATION
from tests.unit.sandbox_life import AUTONAMING, Stack, urn

KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def on(kind: str, name: str = "stable", **more: object) -> dict[str, Any]:
    return {
        "variantName": name,
        "modelName": "m",
        "instanceType": kind,
        "initialInstanceCount": 1,
        **more,
    }


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"productionVariants": [on("ml.m5.large")], "kmsKeyArn": KEY}, ""),
        ({"productionVariants": [on("ml.m5.large", volumeSizeInGb=512)]}, ""),
        ({"productionVariants": [on("ml.m5d.large")]}, ""),
        ({"productionVariants": [on("ml.m5d.large")], "kmsKeyArn": KEY}, "kmsKeyArn"),
        ({"productionVariants": [on("ml.g5.xlarge")], "kmsKeyArn": KEY}, "kmsKeyArn"),
        (
            {
                "productionVariants": [on("ml.m5.large")],
                "shadowProductionVariants": [on("ml.g5.xlarge", "shadow")],
                "kmsKeyArn": KEY,
            },
            "kmsKeyArn",
        ),
        (
            {"productionVariants": [on("ml.c5d.large", volumeSizeInGb=10)]},
            "productionVariants[0].volumeSizeInGb",
        ),
        (
            {
                "productionVariants": [on("ml.m5.large")],
                "shadowProductionVariants": [on("ml.m5.large", "a"), on("ml.m5.large", "b")],
            },
            "shadowProductionVariants",
        ),
    ],
)
def test_disks_and_shadows(aws: Stack, inputs: dict[str, Any], path: str) -> None:
    _, problems = aws.life.check(urn(CONFIGURATION, "c"), inputs, {}, AUTONAMING)
    assert [problem.path for problem in problems] == ([path] if path else [])
