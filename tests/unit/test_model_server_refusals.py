"""What ModelServer refuses before anything is registered, and the numbers that it fills in."""

from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.checks import Checks
from components.kubernetes.server.model_server import ModelServer
from components.kubernetes.server.probes import read_probes
from tests.unit.component_mocks import record
from tests.unit.test_model_server import HOST, MINIMAL


def _refused(args: dict[str, Any]) -> str:
    with pytest.raises(pulumi.RunError) as raised:
        record(ModelServer, "ranker", args)
    return str(raised.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "a.example.com"}, "host: got 'a.example.com'; use tls_secret_name, or"),
        (
            {"load_seconds": 901, "ready_timeout_seconds": 900},
            "ready_timeout_seconds: got 900; use at least load_seconds (901)",
        ),
        (
            {"load_seconds": 150, "startup_probe_failures": 14},
            "startup_probe_failures: got 14; use enough for load_seconds (150)",
        ),
        ({"env": {"a-b": "c"}}, "env: got 'a-b'; use names of letters, digits and _"),
        ({"env": {"POD_NAME": "c"}}, "env: got 'POD_NAME'; use another name"),
        ({"env": {"API_KEY": "abcd"}}, "env: got 'API_KEY'; use secret_env"),
        ({"env": {"AWS_SECRET_ACCESS_KEY": "a"}}, "use a service account with a cloud identity"),
        ({"secret_env": {"A": "b"}}, "secret_env: got 'b'; use secret-name/key"),
        (
            {"env": {"A": "b"}, "secret_env": {"A": "b/c"}},
            "secret_env: got 'A'; use each name once",
        ),
        ({"image": "ranker:latest"}, "image: got 'ranker:latest'; use an image by its digest"),
        ({"download_image": "a:1"}, "download_image: got 'a:1'; use an image by its digest"),
        ({"accelerator": "nvidia-l4", "accelerator_count": 0.5}, "use a whole number from 1 to 16"),
        ({"min_replicas": 3, "max_replicas": 2}, "max_replicas: got 2; use at least min_replicas"),
        ({"min_replicas": 0}, "min_replicas: got 0; use at least 1, or autoscaler keda"),
        ({"min_replicas": 2, "min_available": "2"}, "keeps all of the 2 that run at the least"),
        ({"max_unavailable": "0"}, "max_unavailable 0 lets no pod go"),
        ({"min_available": "some"}, "use a number of pods or a share"),
        ({"grpc_port": 8000}, "grpc_port and port are both 8000"),
        ({"probe": "grpc"}, "probe: got 'grpc'; use grpc_port beside it"),
        ({"writable_folders": ["/mnt/models/a"]}, "/mnt/models/a lies in /mnt/models"),
        ({"writable_folders": ["/etc"]}, "/etc hides /etc/model-server"),
        ({"update_max_surge": "0"}, "update_max_surge: got '0'; use more than 0"),
        ({"cpu": 2, "cpu_limit": 1}, "cpu_limit: got 1; use at least cpu (2)"),
        ({"shm_mib": 4096}, "shm_mib: got 4096; use less than the memory limit (2048)"),
        ({"tolerations": ["a=b:Sometimes"]}, "tolerations: got 'a=b:Sometimes'"),
        ({"autoscaler": "keda"}, "prometheus_url, prometheus_query, prometheus_target together"),
        ({"cooldown_seconds": 1}, "cooldown_seconds: got 1; use autoscaler keda, or leave it out"),
        ({"model_uri": "oci://a/b:1"}, "model_uri: got 'oci://a/b:1'; use image_volumes: true"),
        ({"model_uri": "image:a"}, "model_uri: got 'image:a'; use image:/absolute/path"),
        ({"server": "vllm"}, "use download_image beside it: this kind of server reads a folder"),
        ({"model_volume_mib": 9}, "model_volume_mib: got 9; use download_image"),
        (HOST | {"server": "bentoml"}, "predict_paths: got []; use the paths that callers use"),
        (HOST | {"ingress_class": "alb", "max_body_mib": 9}, "max_body_mib: got 9; use ingress_"),
        ({"internal_load_balancer": "aws"}, "use load_balancer_cidrs beside it"),
        ({"profile": "edge", "max_replicas": 2}, "max_replicas: got 2; use 1 with profile edge"),
        ({"profile": "edge"}, "without a network the model could not be fetched again"),
        ({"profile": "edge", "mesh": "istio_sidecar"}, "mesh: got 'istio_sidecar'; use none with"),
        ({"probe": "ftp"}, "probe: got 'ftp'; use one of grpc, http, none, tcp"),
    ],
)
def test_refused(changes: dict[str, Any], said: str) -> None:
    assert said in _refused(MINIMAL | changes)


def test_a_name_that_is_no_label_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="name: got 'Ranker_1'; use a DNS label"):
        record(ModelServer, "Ranker_1", MINIMAL)


def test_all_at_once() -> None:
    said = _refused(MINIMAL | {"image": "a:1", "min_replicas": 0, "probe": "grpc"})
    assert "has 3 problems" in said


@given(
    load=some.integers(1, 7200),
    delay=some.integers(0, 3600),
    period=some.integers(1, 600),
    failures=some.none() | some.integers(1, 7200),
)
def test_a_model_that_loads_in_time_is_never_started_anew(
    load: int, delay: int, period: int, failures: int | None
) -> None:
    """The budget covers the load, or it is refused; and what is filled in is not wasteful."""
    args = {"startup_probe_delay_seconds": delay, "startup_probe_period_seconds": period}
    if failures is not None:
        args["startup_probe_failures"] = failures
    checks = Checks("ModelServer", "ranker", args, args)
    startup = read_probes(checks, ("/a", "/b", "/c"), load, None).startup
    budget = startup.delay_seconds + startup.period_seconds * startup.failures
    if failures is None:
        checks.raise_problems()
        assert load <= budget <= max(load, delay) + 2 * period
    elif budget < load:
        with pytest.raises(pulumi.RunError, match="enough for load_seconds"):
            checks.raise_problems()
    else:
        checks.raise_problems()


@given(drain=some.integers(1, 3600), grace=some.integers(1, 3600))
def test_a_pod_that_goes_drains_before_it_is_killed(drain: int, grace: int) -> None:
    args = MINIMAL | {"drain_seconds": drain, "grace_seconds": grace}
    made = record(ModelServer, "ranker", args).inputs["ranker-deployment"]
    pod = made["spec"]["template"]["spec"]
    sleeps = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleeps == drain
    assert pod["terminationGracePeriodSeconds"] - sleeps == grace
