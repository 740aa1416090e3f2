"""ModelServer through the real engine: which resources change at each step of its life."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_model_server import FULL

pytestmark = pytest.mark.engine


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.model_server",
        "ModelServer",
        "ranker",
        FULL | {"namespace": "default"},
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.names("create") >= {"ranker-deployment", "ranker-autoscaler", "ranker-ingress"}
    assert project.up().steps == {}

    newer = project.up(model_version="1.3.0", model_uri="s3://models/ranker/1.3.0/")
    assert newer.steps == {"ranker-deployment": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")
