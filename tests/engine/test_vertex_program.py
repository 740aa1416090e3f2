"""A model file for Vertex AI through the whole program: `serving` to the live endpoint."""

import pytest
import yaml

from sandbox.api.vertex_facts import ENDPOINT
from sandbox.store import Store
from tests.engine.test_program import GO, Estate, estate
from tests.unit.settings_project import VERTEX, changed

pytestmark = pytest.mark.engine

__all__ = ["estate"]


def test_the_file_becomes_an_endpoint_in_the_right_project_alone(estate: Estate) -> None:
    model = changed(VERTEX, model__uri="gs://example-models/prices/1.4.0/", resources={})
    estate.model("prices").write_text(yaml.safe_dump(model))
    estate.write("targets.gcp", {"project": "example-model"})
    estate.write("targets.vertex", {"region": "europe-west4"})
    up = ("up", "--env", "dev", "--only", "prices", *GO)
    wrong = estate.serving(*up, check=False)
    told = wrong.stdout + wrong.stderr
    assert wrong.returncode
    assert "Google Cloud cannot be used" in told
    assert "expected: project example-model" in told
    assert not [each for each in estate.resources() if each["type"].startswith("gcp:")]

    estate.write("targets.gcp", {"project": "example-models"})
    estate.serving(*up)
    store = Store(estate.sandbox.home / "store.sqlite")
    (row,) = store.list("gcp", ENDPOINT)
    store.close()
    assert row.name == "prices-dev"
    assert list(row.live["trafficSplit"].values()) == [100]
    shown = estate.serving("status", "--env", "dev").stdout
    assert "prices" in shown
    assert "vertex" in shown

    # All that has our labels is known; without its state none of it is.
    found = estate.orphans()
    assert found["orphans"] == []
    assert found["looked_at"][-1].startswith("Google Cloud project example-models, but for")
    estate.forget("gcp")
    estate.forget("serving")
    found = estate.orphans()["orphans"]
    assert {each["type"] for each in found} == {"aiplatform:Endpoint", "aiplatform:Model"}
    assert {each["model"] for each in found} == {"prices"}
