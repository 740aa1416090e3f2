"""Host names outside of the cluster: no two models answer the same requests."""

from pathlib import Path

import pytest

from tests.unit.refusal_cases.takeover import CANARY, GATEWAY, HOST
from tests.unit.settings_project import KSERVE, Project, changed, project

SHOWN = changed(CANARY, **HOST, **GATEWAY)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("paths", "others", "meet"),
    [
        ([], [], True),
        (["/v2/models"], ["/v2/models/ranker"], True),
        (["/v2/models/ranker"], ["/v2/models"], True),
        (["/"], ["/score"], True),
        (["/score"], ["/scores"], False),
        (["/a", "/b"], ["/c"], False),
        (["/a", "/b"], ["/c", "/b"], True),
    ],
)
def test_two_model_servers_by_one_host(
    site: Project,
    paths: list[str],
    others: list[str],
    meet: bool,  # noqa: FBT001 - a case
) -> None:
    site.model("ranker", changed(SHOWN, predict_paths=paths))
    site.model("scorer", changed(SHOWN, predict_paths=others, namespace="scores"))
    found = [(problem.code, problem.key) for problem in site.problems()]
    # Each file is told.
    assert found == ([("MS0240", "host")] * 2 if meet else [])
    site.model("scorer", changed(SHOWN, predict_paths=others, host="scorer.example.com"))
    assert site.problems() == []


def test_kserve_has_all_paths(site: Project) -> None:
    site.model("churn", changed(KSERVE, deployment_mode="standard", host=HOST["host"]))
    site.model("ranker", changed(SHOWN, predict_paths=["/score"]))
    assert {problem.place.file.rpartition("/")[2] for problem in site.problems()} >= {
        "churn.yaml",
        "ranker.yaml",
    }
    assert {problem.code for problem in site.problems()} >= {"MS0240"}
