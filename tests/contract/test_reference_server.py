"""The kind of server that is our own: facts say what the server does, and a pod starts it so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.kubernetes.server.model_server import ModelServer
from facts.model_servers import MODEL_SERVERS
from runtime.server import settings
from tests.unit.component_mocks import record
from tests.unit.inference_server import NAME, SETOSA, Local, example

KIND = MODEL_SERVERS["reference"]
IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/serving-cpu@sha256:{'1' * 64}"
ARGS = {
    "environment": "dev",
    "owner": "team-search",
    "model_version": "1.0.0",
    "namespace": "models",
    "image": IMAGE,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Local:
    return Local(model=example(tmp_path_factory.mktemp("model")))


def test_probes_and_metrics_are_where_facts_say(server: Local) -> None:
    """A probe on a path that is not there would never let a pod be ready."""
    for path in (KIND.live_path, KIND.ready_path, KIND.startup_path, KIND.metrics_path):
        assert server.call("GET", path).status_code == 200


def test_callers_reach_each_protocol_by_the_prefixes_of_facts(server: Local) -> None:
    """What is routed from outside is what predicts, and nothing that is the operator's."""
    paths = set(server.fastapi.openapi()["paths"])
    routed = {path for path in paths if path.startswith(KIND.predict_paths)}
    assert "/v1/models/{name}:predict" in routed
    assert "/v2/models/{name}/infer" in routed
    assert not {path for path in routed if "health" in path or "metrics" in path}


def test_the_latency_metric_is_a_histogram_of_the_server(server: Local) -> None:
    """Alerts and dashboards are made from its name."""
    body = {"instances": [SETOSA]}
    assert server.call("POST", f"/v1/models/{NAME}:predict", json=body).status_code == 200
    assert f"{KIND.latency_metric}_bucket" in server.call("GET", "/metrics").text


@pytest.mark.parametrize("port", [None, 9000])
def test_the_variables_of_a_pod_are_the_servers_settings(port: int | None, tmp_path: Path) -> None:
    """By them alone the server finds its port, and its model where the image has it."""
    args = {**ARGS, "model_uri": f"image:{tmp_path}", **({"port": port} if port else {})}
    pod = record(ModelServer, "ranker", args).inputs["ranker-deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    found = settings.read(environment)
    assert found.port == (port or KIND.port) == container["ports"][0]["containerPort"]
    assert (found.core.model_name, found.core.model_version) == ("ranker", "1.0.0")
    assert (found.core.model_path, found.core.model_uri) == (tmp_path, "")


@given(drain=some.integers(1, 3600), grace=some.integers(1, 3600))
def test_a_pod_lives_as_long_as_its_server_drains(drain: int, grace: int) -> None:
    """The kubelet waits before SIGTERM; after it the server takes its own wait and the grace."""
    args = {**ARGS, "model_uri": "image:/models", "drain_seconds": drain, "grace_seconds": grace}
    pod = record(ModelServer, "ranker", args).inputs["ranker-deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    left = pod["spec"]["terminationGracePeriodSeconds"] - before
    environment = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    told = settings.read(environment)
    assert told.drain_seconds + told.grace_seconds <= left
    # A second or more to end in, as soon as there is more than what one request may take.
    assert told.drain_seconds + told.grace_seconds < left or left < 4
    assert told.grace_seconds >= left / 2
