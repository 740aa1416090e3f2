"""A model on Seldon Core 2 in the settings."""

from pathlib import Path

import pytest

from components.kubernetes.seldon_model import SeldonModel, SeldonModelArgs
from facts.capabilities import TARGETS
from facts.seldon import ARTIFACT_TAGS
from stacks.targets import arguments, namespaces
from tests.unit.component_mocks import record
from tests.unit.settings_project import KSERVE, SELDON, Project, changed, project

CANDIDATE = {"uri": "gs://models/churn/2.2.0", "version": "2.2.0"}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def test_settings_become_arguments(site: Project) -> None:
    full = changed(
        SELDON,
        candidate=CANDIDATE,
        mirror_percent=20,
        max_replicas=3,
        resources={"memory_mib": 512},
        requirements=["churn-deps"],
        server_name="mlserver-churn",
        storage_secret_name="churn-store",
        dedicated=True,
        ready_timeout_seconds=90,
        description="x",
    )
    site.model("churn", full)
    given = arguments(site.root, site.load(), "churn")
    assert given.keys() == SeldonModelArgs.__annotations__.keys()
    assert given["namespace"] == "seldon-mesh"
    assert record(SeldonModel, "churn", given).types["churn-experiment"]


def test_the_runtimes_namespace_is_not_ours(site: Project) -> None:
    """Closed as a namespace of models is, it would keep Seldon from its own servers."""
    site.model("churn", SELDON)
    assert namespaces(site.load()) == []
    site.model("other", KSERVE)
    assert namespaces(site.load()) == ["models"]


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"mirror_percent": 5}, "MS0203", "there is no candidate to get the copies"),
        ({"mirror_percent": 0}, "MS0104", "a whole number from 1 to 100"),
        ({"min_replicas": 0}, "MS0104", "a whole number from 1 to 1000"),
        ({"model__framework": "pmml"}, "MS0319", "the target has no server for that framework"),
        ({"model__uri": "hf://a/churn-2.1.0"}, "MS0320", "cannot read artifacts from there"),
        ({"rollout": {"shift": "canary"}}, "MS0321", "the target has no such shift"),
        ({"namespace": "x"}, "MS0101", "did you mean: runtime_namespace?"),
    ],
)
def test_each_mistake_is_one_error(
    site: Project, change: dict[str, object], code: str, said: str
) -> None:
    site.model("churn", changed(SELDON, **change))
    (problem,) = site.problems()
    assert problem.code == code
    assert said in "\n".join(problem.lines())


def test_the_frameworks_are_the_components() -> None:
    assert set(TARGETS["seldon"].frameworks) == set(ARTIFACT_TAGS)
