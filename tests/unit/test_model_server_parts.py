"""Units of several services: what waits for what, what is brought to them, what is refused."""

from typing import Any

import pulumi
import pytest

from components.kubernetes.server.model_server import ModelServer
from tests.unit.component_mocks import Recorded, record
from tests.unit.model_server_strategies import CANDIDATE, unit_parts
from tests.unit.settings_project import DIGEST
from tests.unit.test_model_server import IMAGE, MINIMAL

UNIT = MINIMAL | {"strategy": "blue_green"}
BESIDE = UNIT | CANDIDATE
ROUTED = BESIDE | {"strategy": "canary", "router": "gateway"}


def _made(**changes: object) -> Recorded:
    return record(ModelServer, "ranker", BESIDE | changes)


def _pod(made: Recorded, name: str) -> dict[str, Any]:
    return made.inputs[name]["spec"]["template"]["spec"]


def test_an_artifact_that_only_the_candidates_part_has_is_brought_to_it() -> None:
    part = {"name": "a", "image": IMAGE, "candidate_uri": "s3://models/a/2.0.0/"}
    made = _made(parts=[part], download_image=IMAGE)
    assert "initContainers" not in _pod(made, "ranker-a-deployment-1-2-0")
    (download,) = _pod(made, "ranker-a-deployment-1-3-0")["initContainers"]
    assert download["args"][0] == "s3://models/a/2.0.0/"


def test_a_share_that_a_rollout_walks_is_told_apart() -> None:
    owned = record(ModelServer, "ranker", ROUTED | {"share_owner": "rollout"})
    assert owned.outputs["status"]["share_owner"] == "rollout"
    assert "share_owner" not in record(ModelServer, "ranker", ROUTED).outputs["status"]


def test_the_service_of_a_version_is_not_waited_for() -> None:
    """It is there before the pods, and would wait for them."""
    made = _made(parts=unit_parts(IMAGE))
    for name, inputs in made.inputs.items():
        if made.types[name] == "kubernetes:core/v1:Service":
            wanted = "pulumi.com/skipAwait" if name != "ranker-service" else "pulumi.com/patchForce"
            assert inputs["metadata"]["annotations"] == {wanted: "true"}, name


@pytest.mark.parametrize("least", [0, 1])
def test_a_model_that_sleeps_is_changed_without_pods(least: int) -> None:
    keda = {"prometheus_url": "http://a", "prometheus_query": "b", "prometheus_target": 1}
    asked = MINIMAL | keda | {"autoscaler": "keda", "min_replicas": least, "headless": True}
    made = record(ModelServer, "ranker", asked)
    for name in ("ranker-service", "ranker-pods-service"):
        annotations = made.inputs[name]["metadata"].get("annotations")
        assert annotations == (None if least else {"pulumi.com/skipAwait": "true"})


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            {"uri": f"oci://registry.example/a@{DIGEST}"},
            "parts[a].uri: got 'oci://",
        ),
        ({"uri": "image:models"}, "parts[a].uri: got 'image:models'; use image:/absolute/path"),
        (
            {"uri": "s3://models/a/1/", "server": "triton"},
            "parts[a].uri: got 's3://models/a/1/'; use download_image beside it",
        ),
        ({"env": {"A_URL": "http://b"}}, "parts[a].env: got 'A_URL'; use another name: this one"),
        ({"secret_env": {"A_URL": "b/c"}}, "parts[a].secret_env: got 'A_URL'; use another name"),
        ({"min_replicas": 2, "max_replicas": 1}, "parts[a].max_replicas: got 1; use at least"),
    ],
)
def test_refused(part: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(ModelServer, "ranker", UNIT | {"parts": [{"name": "a", "image": IMAGE, **part}]})
    assert said in str(raised.value)


def test_the_models_own_variables_do_not_lead_elsewhere() -> None:
    parts = [{"name": "a", "image": IMAGE}]
    for key, value in (("env", "http://b"), ("secret_env", "b/c"), ("secrets", "http://b")):
        with pytest.raises(pulumi.RunError) as raised:
            record(ModelServer, "ranker", UNIT | {"parts": parts, key: {"A_URL": value}})
        assert f"{key}: got 'A_URL'; use another name: this one leads to" in str(raised.value)
        assert record(ModelServer, "ranker", UNIT | {key: {"A_URL": value}})


@pytest.mark.parametrize("name", ["method", "Authority", "URI", "scheme"])
def test_no_header(name: str) -> None:
    """Istio ignores a match by these: all requests would go to the candidate."""
    asked = ROUTED | {"strategy": "ab", "ab_header": name, "ab_values": ["a"]}
    with pytest.raises(pulumi.RunError) as raised:
        record(ModelServer, "ranker", asked)
    assert f"ab_header: got '{name}'; use the name of a header" in str(raised.value)
    by_cookie = asked | {"ab_header": None, "ab_cookie": name}
    assert record(ModelServer, "ranker", by_cookie)
