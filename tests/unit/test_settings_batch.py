"""Settings of batch runs: what is wrong with them is said with place, value and the way out."""

from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.batch.batch_inference import BatchInferenceArgs
from stacks.targets import arguments
from tests.unit.settings_project import BATCH, DIGEST, Project, changed, project

FULL: dict[str, Any] = BATCH | {
    "schedule": "30 2 * * *",
    "time_zone": "Europe/Berlin",
    "overlap": "replace",
    "late_seconds": 600,
    "suspended": True,
    "kept_runs": 5,
    "partitions": 20,
    "parallelism": 4,
    "retries": 3,
    "timeout_seconds": 7200,
    "arguments": ["--batch=64"],
    "env": {"LOG_LEVEL": "INFO"},
    "secret_env": {"FEATURES": "features/password"},
    "resources": {"cpu": 3, "memory_mib": 12288, "accelerator": "nvidia-l4"},
    "cpu_limit": 4,
    "memory_limit_mib": 16384,
    "scratch_mib": 4096,
    "node_selector": {"pool": "batch"},
    "tolerations": ["dedicated=batch:NoSchedule"],
    "priority_class_name": "batch",
    "download_image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/storage@{DIGEST}",
    "download_cpu": 2,
    "download_memory_mib": 2048,
    "model_mib": 2048,
    "egress": ["features:6379"],
    "service_account_name": "scorer",
    "user_id": 20_000,
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def test_every_setting_reaches_the_component(site: Project) -> None:
    site.model("churn-scores", FULL)
    made = arguments(site.root, site.load(), "churn-scores")
    assert made.keys() <= BatchInferenceArgs.__annotations__.keys()
    for key in FULL.keys() - {"target", "model", "resources"}:
        assert made[key] == FULL[key], key
    assert (made["cpu"], made["memory_mib"], made["accelerator"]) == (3, 12288, "nvidia-l4")
    assert (made["model_version"], made["image"]) == ("2.1.0", BATCH["model"]["image"])


@pytest.mark.parametrize(
    ("changes", "code", "key", "said"),
    [
        ({"schedule": "60 * * * *"}, "MS0227", "schedule", "a minute from 0 to 59"),
        (
            {"schedule": "@daily", "time_zone": "Berlin"},
            "MS0227",
            "time_zone",
            "such as Europe/Berlin",
        ),
        ({"overlap": "forbid"}, "MS0228", "overlap", "there is no schedule"),
        (
            {"schedule": "@daily", "wait_for_completion": False},
            "MS0228",
            "wait_for_completion",
            "runs come by a schedule",
        ),
        ({"parallelism": 2}, "MS0201", "parallelism", "above partitions 1"),
        (
            {"resources": {"accelerator_count": 2}},
            "MS0207",
            "resources.accelerator_count",
            "no accelerator",
        ),
        ({"env": {"DB_PASSWORD": "abc"}}, "MS0107", "env.DB_PASSWORD", "looks like a secret"),
        ({"model__image": None}, "MS0205", "model.image", "missing"),
        ({"model__image": "scorer:1.2"}, "MS0202", "model.image", "a tag that can move"),
        ({"model__version": "latest"}, "MS0202", "model.version", "not one release"),
        ({"model__uri": "ftp://models/2.1.0/x"}, "MS0320", "model.uri", "cannot read"),
        ({"input_uri": None}, "MS0102", "input_uri", "missing"),
        ({"partitons": 2}, "MS0101", "partitons", "unknown key"),
    ],
)
def test_refused(site: Project, changes: dict[str, Any], code: str, key: str, said: str) -> None:
    site.model("churn-scores", changed(BATCH, **changes))
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, key)
    assert said in "\n".join(problem.lines())
    assert problem.place.line > 0


def test_a_secret_is_not_repeated(site: Project) -> None:
    site.model("churn-scores", changed(BATCH, env={"DB_PASSWORD": "hunter2"}))
    assert all("hunter2" not in line for problem in site.problems() for line in problem.lines())
