"""Mistakes in an environment's file, each by its code, key and way out."""

from pathlib import Path
from typing import Any

import pytest

from stacks.settings.codes import CODES
from tests.unit.settings_project import SAGEMAKER, Project, changed, project


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


ENVIRONMENT_CASES: list[tuple[str, dict[str, Any], str, str, str]] = [
    (
        "entry for a model that does not exist",
        {"models": {"frad": {"canary_percent": 0}}},
        "MS0108",
        "model-serving:models.frad",
        "did you mean: fraud?",
    ),
    (
        "misspelt key in an entry",
        {"models": {"fraud": {"canary_percnt": 0}}},
        "MS0101",
        "model-serving:models.fraud.canary_percnt",
        "did you mean: canary_percent?",
    ),
    (
        "wrong value in an entry",
        {"models": {"fraud": {"canary_percent": 130}}},
        "MS0104",
        "model-serving:models.fraud.canary_percent",
        "from 0 to 100",
    ),
    (
        "entry is a list",
        {"models": {"fraud": [1]}},
        "MS0103",
        "model-serving:models.fraud",
        "mapping",
    ),
    ("models is text", {"models": "fraud"}, "MS0103", "model-serving:models", "a mapping"),
    (
        "misspelt section",
        {"modles": {}},
        "MS0101",
        "model-serving:modles",
        "did you mean: model-serving:models?",
    ),
    (
        "misspelt default",
        {"defaults": {"min_replica": 1}},
        "MS0101",
        "model-serving:defaults.min_replica",
        "did you mean: min_replicas?",
    ),
    (
        "wrong default, covered by the file",
        {"defaults": {"instance_type": 5}},
        "MS0103",
        "model-serving:defaults.instance_type",
        "put it in quotes",
    ),
    (
        "account id too short",
        {"targets": {"aws": {"account_id": "12345", "region": "eu-west-1"}}},
        "MS0106",
        "model-serving:targets.aws.account_id",
        "twelve digits",
    ),
    (
        "account id that lost its first digit",
        {"targets": {"aws": {"account_id": 12345678901, "region": "eu-west-1"}}},
        "MS0106",
        "model-serving:targets.aws.account_id",
        "a number loses its first 0",
    ),
    *(
        (
            f"no region: {region}",
            {"targets": {"aws": {"account_id": "123456789012", "region": region}}},
            "MS0106",
            "model-serving:targets.aws.region",
            "an AWS region, such as eu-west-1",
        )
        for region in ("eu-wset-1", "eu-west1", "west-1", "eu-west-", "eu-estwest-1")
    ),
    (
        "no account for a SageMaker model",
        {"targets": {}},
        "MS0208",
        "model-serving:targets.aws",
        "fraud cannot go anywhere",
    ),
    ("unknown layer", {"layer": "servng"}, "MS0105", "model-serving:layer", "serving?"),
    (
        "secret",
        {"tags": {"a": {"secure": "v1:abc"}}},
        "MS0107",
        "model-serving:tags.a",
        "secret store",
    ),
    (
        "pool with an instance type without the accelerator",
        {
            "platform": {
                "gpu_node_pools": {
                    "p": {
                        "owner": "team-platform",
                        "accelerator": "nvidia-l4",
                        "instance_types": ["g5.xlarge"],
                    }
                }
            }
        },
        "MS0210",
        "model-serving:platform.gpu_node_pools.p.instance_types[0]",
        "g6.xlarge",
    ),
    (
        "pool with more at the start than ever",
        {
            "platform": {
                "gpu_node_pools": {
                    "p": {
                        "owner": "team-platform",
                        "accelerator": "nvidia-l4",
                        "instance_types": ["g6.xlarge"],
                        "min_nodes": 3,
                        "max_nodes": 2,
                    }
                }
            }
        },
        "MS0201",
        "model-serving:platform.gpu_node_pools.p.min_nodes",
        "at most max_nodes (2)",
    ),
]


@pytest.mark.parametrize(
    ("keys", "code", "key", "word"),
    [case[1:] for case in ENVIRONMENT_CASES],
    ids=[case[0] for case in ENVIRONMENT_CASES],
)
def test_mistake_in_an_environment(
    site: Project, keys: dict[str, Any], code: str, key: str, word: str
) -> None:
    site.model("fraud", changed(SAGEMAKER, instance_type="ml.m5.large"))
    site.environment(**keys)
    found = [p for p in site.problems() if p.code == code and p.key == key]
    assert len(found) == 1, [p.lines() for p in site.problems()]
    assert word in "\n".join(found[0].lines())
    assert found[0].place.file == "Pulumi.dev.yaml"
    assert found[0].place.line >= 1


def test_every_code_that_is_reported_is_explained() -> None:
    assert {case[2] for case in ENVIRONMENT_CASES} <= set(CODES)
