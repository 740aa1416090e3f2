"""A model file for Cloud Run through the whole program: `serving` to the live service."""

import pytest
import yaml

from sandbox.store import Store
from tests.engine.test_program import GO, Estate, estate
from tests.unit.settings_project import CLOUD_RUN, CLOUD_RUN_TARGETS, DIGEST, changed

pytestmark = pytest.mark.engine

__all__ = ["estate"]

_IMAGE = f"europe-docker.pkg.dev/example-models/models/prices@{DIGEST}"


def test_the_file_becomes_a_service_with_a_candidate(estate: Estate) -> None:
    model = changed(
        CLOUD_RUN,
        model={**CLOUD_RUN["model"], "uri": "gs://example-models/prices/1.4.0/model.onnx"},
        model__image=_IMAGE,
    )
    for key, value in CLOUD_RUN_TARGETS.items():
        estate.write(f"targets.{key}", value)
    up = ("up", "--env", "dev", "--only", "prices", *GO)
    estate.model("prices").write_text(yaml.safe_dump(model))
    estate.serving(*up)
    candidate = {"uri": "gs://example-models/prices/1.5.0/model.onnx", "version": "1.5.0"}
    with_candidate = changed(model, candidate=candidate, canary_percent=10)
    # Watched too, from now on.
    estate.write("targets.gcp", {**CLOUD_RUN_TARGETS["gcp"], "monitoring": {}})
    estate.model("prices").write_text(yaml.safe_dump(with_candidate))
    estate.serving(*up)

    store = Store(estate.sandbox.home / "store.sqlite")
    (row,) = store.list("gcp", "gcp:cloudrunv2/service:Service")
    (dashboard,) = store.list("gcp", "gcp:monitoring/dashboard:Dashboard")
    store.close()
    endpoints = estate.sandbox.outputs(estate.root)["endpoints"]
    shown_at = endpoints["prices"]["dashboard_url"]
    assert dashboard.id.rpartition("/")[2] in shown_at
    assert row.name == "prices-dev"
    shares = {each["tag"]: each["percent"] for each in row.outputs["trafficStatuses"]}
    assert shares == {"stable": 90, "candidate": 10}
    shown = estate.serving("status", "--env", "dev").stdout
    assert "prices" in shown
    assert "cloud_run" in shown
