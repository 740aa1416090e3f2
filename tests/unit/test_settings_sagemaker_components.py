"""Shared endpoints and inference components in the settings: one file each, judged together."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.aws.sagemaker.sagemaker_inference_component import SageMakerInferenceComponent
from components.aws.sagemaker.sagemaker_shared_endpoint import SageMakerSharedEndpoint
from stacks.settings.callers import files_that_name
from stacks.settings.load import load
from stacks.targets import arguments, callers_last
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    COMPONENT,
    DIGEST,
    KSERVE,
    SHARED_ENDPOINT,
    Project,
    changed,
    project,
)

ON_POOL: dict[str, Any] = {
    **{key: value for key, value in COMPONENT.items() if key != "instance_type"},
    "server": "pool",
}
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("pool", SHARED_ENDPOINT)
    return made


def test_one_file_per_model(site: Project) -> None:
    """Who owns a model touches its file alone; the endpoint's says nothing of it."""
    site.model("a-churn", ON_POOL)
    site.model("b-fraud", changed(ON_POOL, owner="team-other"))
    site.model("alone", COMPONENT)
    assert site.problems() == []
    order = [name for name, _ in callers_last(site.load())]
    assert order == ["alone", "pool", "a-churn", "b-fraud"]
    # An update of the endpoint alone registers them too.
    assert set(files_that_name(site.root, "pool", {})) == {"a-churn", "b-fraud"}
    loaded = site.load(only="pool")
    assert set(loaded.models) == {"a-churn", "b-fraud", "pool"}


@pytest.mark.parametrize(
    ("change", "code", "key", "said"),
    [
        ({"server": "pol"}, "MS0447", "server", "did you mean: pool?"),
        ({"server": "other"}, "MS0447", "server", 'got "other", whose target is kserve'),
        ({"server": None}, "MS0446", "instance_type", "missing, and there is no `server`"),
        ({"instance_type": "ml.m5.large"}, "MS0446", "instance_type", "are those of pool"),
        ({"min_instances": 1}, "MS0446", "min_instances", "are those of pool"),
        (
            {"model__uri": "s3://elsewhere/1.4.0/model.tar.gz"},
            "MS0448",
            "model.uri",
            "which pool may not read",
        ),
        (
            {"model__image": f"{ECR}/x@{DIGEST}"},
            "MS0448",
            "model.image",
            "which pool may not pull",
        ),
        ({"resources": {"cpu": 1}}, "MS0102", "resources.memory_mib", "places copies by their"),
        ({"resources": {"memory_mib": 127}}, "MS0104", "resources.memory_mib", "at least 128"),
        (
            {"resources": {"memory_mib": 2048, "cpu": 0.2}},
            "MS0104",
            "resources.cpu",
            "at least 0.25",
        ),
        (
            {"resources": {"memory_mib": 2048, "accelerator": "nvidia-l4"}},
            "MS0443",
            "resources.accelerator",
            "ml.m5.large has no GPU",
        ),
        ({"rollout": {"shift": "canary"}}, "MS0321", "rollout.shift", "rolling"),
        ({"scaling": {"metric": "gpu"}, "max_replicas": 2}, "MS0408", "scaling.metric", "no GPU"),
        ({"scaling": {"target": 3}}, "MS0201", "scaling.target", "always 1 copies"),
        ({"env": {"API_TOKEN": "abcdefgh"}}, "MS0107", "env.API_TOKEN", "secret"),
        ({"model__image": f"quay.io/x@{DIGEST}"}, "MS0411", "model.image", "Amazon ECR"),
    ],
)
def test_each_mistake_of_a_model_is_one_error_at_its_line(
    site: Project, change: dict[str, Any], code: str, key: str, said: str
) -> None:
    site.model("other", KSERVE)
    site.model("churn", changed(ON_POOL, **change))
    # What fits on no instance is the server's file's problem too.
    (problem,) = [each for each in site.problems() if "pool" not in each.place.file]
    assert (problem.code, problem.key) == (code, key), problem.lines()
    assert problem.place.file == "stacks/models/churn.yaml"
    assert problem.place.line > 0
    assert said in "\n".join(problem.lines())


def test_names_that_sagemaker_does_not_take(site: Project) -> None:
    """The component's name holds the endpoint's, the environment's and the model's."""
    for length, count in ((63 - len("pool-dev-"), 0), (64 - len("pool-dev-"), 1)):
        name = "m" * min(length, 39)
        server = "p" * (len("pool") + length - len(name))
        site.model(server, SHARED_ENDPOINT)
        site.model(name, changed(ON_POOL, server=server))
        found = [each for each in site.problems() if each.code == "MS0449"]
        assert len(found) == count


_CASES: list[tuple[dict[str, dict[str, Any]], int, str | None]] = [
    ({"a": {}, "b": {}}, 1, None),
    ({name: {} for name in "abcde"}, 1, "need 10240 MiB together, and 1 ml.m5.large have 8192"),
    # What all may grow to together is nobody's promise; what one may is.
    ({name: {"max_replicas": 4} for name in "abcd"}, 1, None),
    ({"a": {"max_replicas": 5}}, 1, "5 copies of a need 2 instances"),
    ({"a": {"max_replicas": 5}}, 2, None),
    ({"a": {"resources": {"memory_mib": 8193}}}, 9, "one copy of a needs 8193 MiB"),
]


@pytest.mark.parametrize(("models", "most", "told"), _CASES)
def test_room_for_all_models_together(
    site: Project, models: dict[str, dict[str, Any]], most: int, told: str | None
) -> None:
    site.model("pool", changed(SHARED_ENDPOINT, max_replicas=most))
    for name, change in models.items():
        site.model(name, changed(ON_POOL, **change))
    problems = site.problems()
    assert [each.code for each in problems] == (["MS0442"] if told else [])
    assert told is None or told in "\n".join(problems[0].lines())
    assert all(each.place.file == "stacks/models/pool.yaml" for each in problems)


def test_what_the_components_get(site: Project) -> None:
    site.environment(
        targets={
            "aws": {"account_id": "123456789012", "region": "eu-west-1"},
            "sagemaker": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
        }
    )
    site.model("pool", changed(SHARED_ENDPOINT, images=[f"{ECR}/x@{DIGEST}"], min_replicas=0))
    full = changed(
        ON_POOL,
        model__image=f"{ECR}/x@{DIGEST}",
        min_replicas=0,
        max_replicas=3,
        resources={"memory_mib": 2048, "cpu": 0.5},
        scaling={"metric": "concurrency", "target": 2},
        rollout={"shift": "rolling", "size_percent": 25, "wait_seconds": 30},
        startup_timeout_seconds=900,
    )
    site.model("churn", full)
    loaded = site.load()
    pool = record(SageMakerSharedEndpoint, "pool", arguments(site.root, loaded, "pool"))
    assert pool.inputs["pool-endpoint"]["name"] == "pool-dev"
    churn = record(SageMakerInferenceComponent, "churn", arguments(site.root, loaded, "churn"))
    live = churn.inputs["churn-live-component"]
    assert (live["componentName"], live["endpointName"]) == ("pool-dev-churn", "pool-dev")
    assert (live["minCopies"], live["maxCopies"]) == (0, 3)
    rolling = live["deploymentConfig"]["RollingUpdatePolicy"]
    assert rolling["MaximumBatchSize"]["Value"] == 25
    assert churn.inputs["churn-model"]["vpcConfig"]["subnets"] == ["subnet-1"]


def test_the_examples_in_the_documents_are_taken(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/sagemaker.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"```yaml\n# (Pulumi\.\S+|stacks/\S+)\n(.*?)```", text, re.DOTALL))
    (tmp_path / "stacks/models").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    loaded = load(tmp_path, "docs")
    for name in ("summaries", "prices"):
        record(SageMakerInferenceComponent, name, arguments(tmp_path, loaded, name))
    record(SageMakerSharedEndpoint, "pool", arguments(tmp_path, loaded, "pool"))
