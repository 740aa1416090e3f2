"""Model files and environments of SageMaker endpoints: what becomes of them, what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from components.aws.sagemaker.sagemaker_endpoint_args import SageMakerEndpointArgs
from facts.limits import Limit
from facts.sagemaker_hosting import DISK_GIB, START_SECONDS
from stacks.targets import arguments
from tests.unit.refusal_cases.sagemaker import CONTAINER, IMAGE, NIGHT, PACKAGE
from tests.unit.settings_project import (
    ASYNC,
    CANDIDATE,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    project,
)

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
SHARED: dict[str, Any] = {
    "subnet_ids": ["subnet-0a1"],
    "security_group_ids": ["sg-0a1"],
    "artifact_key_arn": KEY,
    "log_key_arn": f"{KEY}5",
    "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:pages",
    "capture_uri": "s3://captured/dev",
    "capture_key_arn": f"{KEY}6",
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def given(site: Project, model: dict[str, Any], **shared: object) -> dict[str, Any]:
    """The component's arguments of a model in an environment."""
    site.environment(targets={**TARGETS, "sagemaker": {**SHARED, **shared}})
    site.model("fraud", model)
    found = arguments(site.root, site.load(), "fraud")
    assert found.keys() <= SageMakerEndpointArgs.__annotations__.keys()
    return found


def test_the_least_says_nothing_more(site: Project) -> None:
    site.model("fraud", SAGEMAKER)
    assert arguments(site.root, site.load(), "fraud") == {
        "environment": "dev",
        "owner": "team-risk",
        "model_version": "1.4.0",
        "model_uri": "s3://models/fraud/1.4.0/model.tar.gz",
        "framework": "xgboost",
        "instance_type": "ml.m5.large",
        "min_replicas": 1,
        "max_replicas": 2,
        "canary_percent": 0,
        "latency_p95_ms": 100,
        "error_rate_percent": 1,
        "data_classification": "internal",
        "tags": {},
    }


def test_what_an_environments_models_share(site: Project) -> None:
    found = given(site, SAGEMAKER)
    assert found["subnet_ids"] == ["subnet-0a1"]
    assert found["security_group_ids"] == ["sg-0a1"]
    assert found["artifact_key_arn"] == KEY
    assert found["key_arn"] == SHARED["log_key_arn"]
    assert found["alarm_topic_arn"] == SHARED["alarm_topic_arn"]
    # A place for it captures nothing.
    assert not [key for key in found if key.startswith("capture")]


def test_a_model_without_the_environments_network(site: Project) -> None:
    found = given(site, changed(SAGEMAKER, isolated=True))
    assert (found["isolated"], found["subnet_ids"]) == (True, ["subnet-0a1"])
    assert "isolated" not in given(site, SAGEMAKER)


def test_capture_at_the_environments_place_or_at_ones_own(site: Project) -> None:
    found = given(site, changed(SAGEMAKER, capture={"percent": 20, "payload": ["request"]}))
    assert {key: value for key, value in found.items() if key.startswith("capture")} == {
        "capture_percent": 20,
        "capture_uri": "s3://captured/dev",
        "capture_payload": ["request"],
        "capture_key_arn": SHARED["capture_key_arn"],
    }
    found = given(site, changed(SAGEMAKER, capture={"uri": "s3://captured/fraud"}))
    assert (found["capture_percent"], found["capture_uri"]) == (100, "s3://captured/fraud")


def test_everything(site: Project) -> None:
    found = given(
        site,
        changed(
            SAGEMAKER,
            model={**SAGEMAKER["model"], "image": IMAGE},
            candidate={**CANDIDATE, "image": IMAGE},
            canary_percent=20,
            strategy="ab",
            candidate_replicas=3,
            instance_type="ml.c6i.xlarge",
            disk_gib=64,
            download_timeout_seconds=600,
            startup_timeout_seconds=700,
            env={"WORKERS": "2"},
            containers=[{**CONTAINER, "env": {"A": "1"}, "first": True}],
            container_call="serial",
            scaling={
                "metric": "concurrency",
                "target": 4,
                "scale_out_cooldown_seconds": 0,
                "scale_in_cooldown_seconds": 600,
                "schedules": [NIGHT],
            },
            rollout={"shift": "linear", "size_percent": 20, "wait_seconds": 60},
            log_retention_days=7,
        ),
    )
    expected: dict[str, Any] = {
        "image": IMAGE,
        "candidate_image": IMAGE,
        "candidate_version": "1.5.0",
        "canary_percent": 20,
        "strategy": "ab",
        "candidate_replicas": 3,
        "instance_type": "ml.c6i.xlarge",
        "disk_gib": 64,
        "download_timeout_seconds": 600,
        "startup_timeout_seconds": 700,
        "env": {"WORKERS": "2"},
        "containers": [{**CONTAINER, "env": {"A": "1"}, "first": True}],
        "container_call": "serial",
        "scaling_metric": "concurrency",
        "scaling_target": 4,
        "scale_out_cooldown_seconds": 0,
        "scale_in_cooldown_seconds": 600,
        "scaling_schedules": [NIGHT],
        "shift": "linear",
        "shift_size_percent": 20,
        "shift_wait_seconds": 60,
        "log_retention_days": 7,
    }
    assert {key: found[key] for key in expected} == expected
    assert "framework" not in found


def test_what_the_registry_brings_is_not_said(site: Project) -> None:
    found = given(site, changed(SAGEMAKER, model={**SAGEMAKER["model"], "uri": PACKAGE}))
    assert found["model_uri"] == PACKAGE
    assert not found.keys() & {"framework", "image"}
    # The framework is the candidate's, which is an artifact in S3.
    both = changed(SAGEMAKER, model={**SAGEMAKER["model"], "uri": PACKAGE}, candidate=CANDIDATE)
    assert given(site, both)["framework"] == "xgboost"


def test_instances_of_no_candidate(site: Project) -> None:
    site.model("fraud", changed(ASYNC, candidate_replicas=2))
    assert [(each.code, each.key) for each in site.problems()] == [("MS0214", "candidate_replicas")]
    site.model("fraud", changed(ASYNC, candidate_replicas=2, candidate=CANDIDATE))
    assert site.problems() == []


@pytest.mark.parametrize(
    ("model", "code", "key"),
    [
        ({"strategy": "ab"}, "MS0203", "strategy"),
        ({"model_cache": True}, "MS0228", "model_cache"),
        ({"container_call": "serial"}, "MS0228", "container_call"),
        ({"env": {"DB_PASSWORD": "hunter22"}}, "MS0107", "env.DB_PASSWORD"),
        (
            {"containers": [{**CONTAINER, "env": {"DB_PASSWORD": "hunter22"}}]},
            "MS0107",
            "containers[0].env.DB_PASSWORD",
        ),
        ({"containers": [CONTAINER, CONTAINER]}, "MS0239", "containers[1].hostname"),
        (
            {"containers": [{**CONTAINER, "hostname": "model"}]},
            "MS0239",
            "containers[0].hostname",
        ),
        (
            {"containers": [{**CONTAINER, "image": IMAGE.partition("@")[0]}]},
            "MS0202",
            "containers[0].image",
        ),
        (
            {"containers": [{**CONTAINER, "uri": "s3://models/latest/m.tar.gz"}]},
            "MS0202",
            "containers[0].uri",
        ),
        ({"model": {**SAGEMAKER["model"], "uri": "s3://models-1.4.0"}}, "MS0106", "model.uri"),
        (
            {"model": {"uri": PACKAGE, "version": "1.4.0"}, "candidate": CANDIDATE},
            "MS0205",
            "candidate.image",
        ),
        ({"max_replicas": 1, "scaling": {"metric": "cpu"}}, "MS0201", "scaling.metric"),
        (
            {"scaling": {"schedules": [{"schedule": "8am", "min_replicas": 1}]}},
            "MS0227",
            "scaling.schedules[0].schedule",
        ),
        (
            {"scaling": {"schedules": [{**NIGHT, "time_zone": "CEST"}]}},
            "MS0227",
            "scaling.schedules[0].time_zone",
        ),
        (
            {"scaling": {"schedules": [NIGHT, NIGHT]}},
            "MS0227",
            "scaling.schedules[1].schedule",
        ),
        (
            {"scaling": {"schedules": [{"schedule": "0 8 * * *"}]}},
            "MS0227",
            "scaling.schedules[0].schedule",
        ),
        (
            {"max_replicas": 2, "scaling": {"schedules": [{**NIGHT, "min_replicas": 3}]}},
            "MS0201",
            "scaling.schedules[0].min_replicas",
        ),
        (
            {"scaling": {"schedules": [{**NIGHT, "min_replicas": 3, "max_replicas": 2}]}},
            "MS0201",
            "scaling.schedules[0].min_replicas",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    site: Project, model: dict[str, Any], code: str, key: str
) -> None:
    site.model("fraud", changed(SAGEMAKER, **model))
    problems = site.problems()
    assert [(each.code, each.key) for each in problems] == [(code, key)]
    assert problems[0].fix
    assert problems[0].place.line > 0


def test_further_containers_come_from_where_models_and_images_may(site: Project) -> None:
    other = IMAGE.replace("123456789012", "210987654321")
    site.model("fraud", changed(SAGEMAKER, containers=[{**CONTAINER, "candidate_image": other}]))
    assert [(each.code, each.key) for each in site.problems()] == [
        ("MS0252", "containers[0].candidate_image")
    ]
    site.environment(targets=TARGETS, artifact_prefixes=["s3://models/fraud/"])
    site.model("fraud", changed(SAGEMAKER, containers=[CONTAINER]))
    assert [(each.code, each.key) for each in site.problems()] == [("MS0251", "containers[0].uri")]


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("disk_gib", DISK_GIB),
        ("download_timeout_seconds", START_SECONDS),
        ("startup_timeout_seconds", START_SECONDS),
    ],
)
def test_bounds_of_settings_are_the_vendors(site: Project, key: str, limit: Limit) -> None:
    for value, right in (
        (limit.minimum, True),
        (limit.maximum, True),
        ((limit.minimum or 0) - 1, False),
        ((limit.maximum or 0) + 1, False),
    ):
        site.model("fraud", changed(SAGEMAKER, **{key: value}))
        assert ([each.code for each in site.problems()] == []) == right


@pytest.mark.parametrize(
    ("lacks", "there"),
    [("security_group_ids", "subnet_ids"), ("subnet_ids", "security_group_ids")],
)
def test_a_network_has_subnets_and_groups(site: Project, lacks: str, there: str) -> None:
    site.environment(targets={**TARGETS, "sagemaker": {there: SHARED[there]}})
    site.model("fraud", SAGEMAKER)
    (problem,) = site.problems()
    assert problem.code == "MS0102"
    assert problem.key.endswith(f"targets.sagemaker.{lacks}")
    assert lacks in problem.fix


@pytest.mark.parametrize(
    "key", ["artifact_key_arn", "log_key_arn", "alarm_topic_arn", "capture_key_arn"]
)
def test_keys_and_topics_are_in_the_environments_region(site: Project, key: str) -> None:
    elsewhere = SHARED[key].replace("eu-west-1", "us-east-1")
    site.environment(targets={**TARGETS, "sagemaker": {key: elsewhere}})
    site.model("fraud", SAGEMAKER)
    (problem,) = site.problems()
    assert (problem.code, problem.key.rpartition(".")[2]) == ("MS0106", key)
    site.environment(targets={**TARGETS, "sagemaker": {key: SHARED[key]}})
    assert site.problems() == []
