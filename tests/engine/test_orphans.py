"""A plugin that dies after the vendor has acted: nothing notes it, and it is told by name."""

import json

import pytest

from sandbox.store import Fault
from tests.engine.test_program import GO, Estate, estate

pytestmark = pytest.mark.engine

__all__ = ["estate"]

MODEL = "aws:sagemaker/model:Model"


def test_what_a_dead_plugin_made_is_told_by_name(estate: Estate) -> None:
    for name in ("chat-assistant", "churn", "iris-classifier", "ranker"):
        estate.model(name).unlink()
    estate.write("models", {})
    estate.write("layer", "serving")
    up = ("up", "--env", "dev", "--no-policies", *GO)
    with estate.sandbox.store() as store:
        store.add_fault(Fault(MODEL, "create", "die"))
    died = estate.serving(*up, check=False)
    assert died.returncode == 1
    # As plain Pulumi leaves it: made, and nothing known of it.
    assert not estate.sandbox.state(estate.root).get("pending_operations")
    resources = estate.sandbox.state(estate.root)["resources"]
    known = {str(each.get("id")) for each in resources}
    with estate.sandbox.store() as store:
        # The stable model, the candidate's, or both: they are made beside each other, and one may
        # have been done before.
        lost = sorted(row.name for row in store.list("aws", MODEL) if row.id not in known)
    assert lost
    _, told, after = died.stderr.partition("A plugin died while it made these")
    assert told, died.stderr
    assert f"({MODEL})" in after
    # In columns, where names differ in length.
    words = " ".join(after.split())
    assert all(f"sagemaker:model {name} fraud team-risk arn:" in words for name in lost), after
    assert "Not looked at, by hand: Kubernetes: kubectl get" in after

    # The next run makes others, and the first are still nobody's.
    estate.serving(*up)
    found = json.loads(estate.serving("orphans", "--env", "dev", "--json").stdout)
    assert sorted(each["name"] for each in found["orphans"]) == lost
    assert {each["model"] for each in found["orphans"]} == {"fraud"}
    assert found["looked_at"] == ["AWS account 123456789012 in eu-west-1, but for roles of IAM"]
    with estate.sandbox.store() as store:
        assert set(lost) < {row.name for row in store.list("aws", MODEL)}
