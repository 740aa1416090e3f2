"""What an update of one model alone would delete, by a state as the engine exports it."""

from pathlib import Path
from typing import Any

import pytest

from delivery.failure import Failure
from delivery.left_out import refuse_left_out
from tests.unit.settings_project import KSERVE, Project, project

_STACK = "urn:pulumi:dev::model-serving::"
CHURN = f"{_STACK}model-serving:index:InferenceService::churn"
CHILD = f"{_STACK}model-serving:index:InferenceService$kubernetes:x:InferenceService::churn-is"
GRAPH = f"{_STACK}model-serving:index:InferenceGraph::risk"
STATE: list[dict[str, Any]] = [
    {"urn": CHURN, "type": "model-serving:index:InferenceService"},
    {"urn": CHILD, "type": "kubernetes:x:InferenceService", "parent": CHURN},
    {"urn": f"{CHILD}-b", "type": "kubernetes:x:Stash", "parent": CHURN, "dependencies": [CHILD]},
]
CALLER = {"urn": GRAPH, "type": "model-serving:index:InferenceGraph", "dependencies": [CHILD]}
GRAPH_FILE = "target: kserve_graph\nowner: a\nnodes: {root: {steps: [{model: churn}]}}\n"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("churn", KSERVE)
    return made


def test_a_model_that_nobody_calls(site: Project) -> None:
    refuse_left_out(STATE, site.load(only="churn"), "churn")


def test_a_caller_that_is_registered_with_it(site: Project) -> None:
    site.model("risk", GRAPH_FILE)
    refuse_left_out([*STATE, CALLER], site.load(only="churn"), "churn")


def test_a_caller_that_would_be_deleted(site: Project) -> None:
    with pytest.raises(Failure, match="risk calls 'churn' in what is deployed"):
        refuse_left_out([*STATE, CALLER], site.load(only="churn"), "churn")


def test_what_depends_on_something_else(site: Project) -> None:
    other = {**CALLER, "dependencies": [f"{_STACK}kubernetes:core/v1:Namespace::models"]}
    refuse_left_out([*STATE, other], site.load(only="churn"), "churn")
