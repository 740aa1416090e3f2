"""ModelServer through the real engine: which resources change at each step of its life."""

import json
from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import ROOT, Sandbox
from tests.unit.test_model_server import BENTOML, EDGE, FULL, KEDA, MINIMAL

pytestmark = pytest.mark.engine

_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
_DEPLOYMENT = "ranker-deployment"
_AUTOSCALER = "ranker-autoscaler"
_BUDGET = "ranker-disruption-budget"
# Each argument of a group by what it changes: the resources, and of the pods the fields.
_POD: dict[str, tuple[object, str]] = {
    "arguments": (["--workers=8"], "containers[0].args[0]"),
    "env": ({"LOG_LEVEL": "DEBUG"}, "containers[0].env["),
    "cpu_limit": (4, "containers[0].resources.limits.cpu"),
    "memory_limit_mib": (8192, "containers[0].resources.limits.memory"),
    "tmp_mib": (1024, 'containers[0].resources.requests["ephemeral-storage"]'),
    "load_seconds": (300, "containers[0].startupProbe.failureThreshold"),
    "ready_probe_failures": (5, "containers[0].readinessProbe.failureThreshold"),
    "live_path": ("/live", "containers[0].livenessProbe.httpGet.path"),
    "drain_seconds": (20, "containers[0].lifecycle.preStop.sleep.seconds"),
    "grace_seconds": (50, "terminationGracePeriodSeconds"),
    "writable_folders": (["/var/cache/model"], "volumes[2]"),
    "node_selector": ({"disk": "ssd"}, "nodeSelector"),
    "tolerations": (["ml:NoSchedule"], "tolerations"),
    "user_id": (20_000, "securityContext.runAsUser"),
    "download_memory_mib": (2048, "initContainers[0].resources.limits.memory"),
    "image_pull_secrets": (["registry"], "imagePullSecrets"),
    "image_pull_policy": ("Always", "containers[0].imagePullPolicy"),
}
_AROUND: list[tuple[dict[str, Any], set[str]]] = [
    (
        {
            "grpc_port": 9000,
            "headless": True,
            "certificate_issuer": "letsencrypt",
            "predict_paths": ["/v2/models"],
        },
        {
            *(_DEPLOYMENT, "ranker-service", "ranker-network-policy"),
            *("ranker-pods-service", "ranker-certificate", "ranker-ingress"),
        },
    ),
    (
        {"min_replicas": 4, "max_replicas": 30, "max_unavailable": "25%"},
        {_AUTOSCALER, _BUDGET},
    ),
    ({"requests_per_second_target": 50, "max_body_mib": 50}, {_AUTOSCALER, "ranker-ingress"}),
    ({"update_max_surge": "1", "prometheus_annotations": False}, {_DEPLOYMENT}),
]


def _project(sandbox: Sandbox, args: dict[str, Any] = FULL) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.server.model_server",
        "ModelServer",
        "ranker",
        args | {"namespace": "default"},
    )


def _set(sandbox: Sandbox, name: str, kind: str, *changes: str, manager: str = "") -> None:
    """Change something live, as an autoscaler or a person does."""
    by = ("--manager", manager) if manager else ()
    command = (ROOT / "sandbox" / "cloud", "set", name, *changes, *by)
    sandbox.run(*command, "--token", f"*:{kind}", "--account", "serving-dev")


def _scale(sandbox: Sandbox, replicas: int) -> None:
    autoscaler = "kube-controller-manager"
    _set(sandbox, "ranker", "Deployment", f"spec.replicas={replicas}", manager=autoscaler)


def _replicas(sandbox: Sandbox) -> int:
    """How many pods are asked for in the cluster itself."""
    command = (ROOT / "sandbox" / "cloud", "show", "ranker", "--token", "*:Deployment")
    return json.loads(sandbox.run(*command, "--account", "serving-dev").stdout)["outputs"]["spec"][
        "replicas"
    ]


def test_life(sandbox: Sandbox) -> None:
    """In a namespace that enforces the Pod Security Standard `restricted`."""
    project = _project(sandbox)
    _set(sandbox, "default", "Namespace", f"metadata.labels={json.dumps(_RESTRICTED)}")
    created = project.up()
    assert created.names("create") >= {_DEPLOYMENT, _AUTOSCALER, "ranker-ingress", _BUDGET}
    assert project.up().steps == {}

    newer = project.up(model_version="1.3.0", model_uri="s3://models/ranker/1.3.0/")
    assert newer.steps == {_DEPLOYMENT: ["update"]}

    asked: dict[str, Any] = {key: value for key, (value, _) in _POD.items()}
    pod = project.up(**asked)
    assert pod.steps == {_DEPLOYMENT: ["update"]}
    found = {path.removeprefix("spec.template.spec.") for path in pod.properties[_DEPLOYMENT]}
    for key, (_, path) in _POD.items():
        assert any(each.startswith(path) for each in found), (key, found)
    spec = project.resource(_DEPLOYMENT)["inputs"]["spec"]["template"]["spec"]
    env = {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}
    assert env["LOG_LEVEL"] == "DEBUG"
    for changes, touched in _AROUND:
        changed = project.up(**changes)
        assert set(changed.steps) == touched, changes

    # Other files are another object, which pods change to before the old one goes.
    files = project.up(config={"serving.yaml": "model: other\n"})
    assert set(files.steps) == {"ranker-config", _DEPLOYMENT}
    steps = [step for step in files.order if step[0] != "replace"]
    assert [operation for operation, _ in steps] == [
        "create-replacement",
        "update",
        "delete-replaced",
    ]
    project.refresh()
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= created.names("create")


def test_what_an_autoscaler_did_stays(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    assert _replicas(sandbox) == 3
    _scale(sandbox, 5)

    def updated(touched: set[str], *, refresh: bool = False, **changes: Any) -> None:  # noqa: ANN401
        done = project.up(refresh=refresh, **changes)
        assert done.names("create", "update", "delete", "replace") == touched

    updated(set())
    updated({_BUDGET}, max_unavailable="50%")
    assert _replicas(sandbox) == 5
    updated({_DEPLOYMENT}, image=f"{MINIMAL['image'][:-1]}2")
    assert _replicas(sandbox) == 5
    updated({_AUTOSCALER}, min_replicas=4)
    assert _replicas(sandbox) == 5
    project.refresh()
    updated({_DEPLOYMENT}, refresh=True, cpu=1)
    assert _replicas(sandbox) == 5

    # Without an autoscaler, and a range: whoever scales next finds what there is.
    updated({_AUTOSCALER}, autoscaler="none")
    assert _replicas(sandbox) == 5
    # A number of the file's own: written over what an autoscaler owned, without a conflict.
    updated({_DEPLOYMENT}, min_replicas=6, max_replicas=6)
    assert _replicas(sandbox) == 6
    _scale(sandbox, 2)
    updated({_DEPLOYMENT}, refresh=True)
    assert _replicas(sandbox) == 6

    # An autoscaler again, then another: none of it is a matter of the pods' number.
    updated({_AUTOSCALER, _DEPLOYMENT}, autoscaler="hpa", min_replicas=2, max_replicas=9)
    _scale(sandbox, 8)
    switched = project.up(**KEDA)
    # The new one would be refused while the old one scales the same pods.
    assert switched.order.index(("delete-replaced", _AUTOSCALER)) < switched.order.index(
        ("create-replacement", _AUTOSCALER)
    )
    assert _DEPLOYMENT not in switched.steps
    # The Service is not waited for any more: nobody may answer.
    updated({_AUTOSCALER, "ranker-service"}, min_replicas=0)
    assert project.up().steps == {}
    assert _replicas(sandbox) == 8
    project.destroy()


def _fault(sandbox: Sandbox, *rule: str) -> None:
    sandbox.run(ROOT / "sandbox" / "cloud", "fault", *rule)


def test_never_ready_half_way_drift_and_replacement(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    # What keeps the pods from starting is said by its reason, and what was made is kept.
    failed = project.up(fails=True, priority_class_name="urgent")
    assert "no PriorityClass with name urgent was found" in failed.output
    _fault(sandbox, "add", "kubernetes:core/v1:Service", "create", "fail", "--count", "1")
    half = project.up(fails=True, priority_class_name=None)
    assert "ranker-service" in half.output
    assert "ranker-ingress" not in half.names("create")
    resumed = project.up()
    assert resumed.names("create") == {"ranker-service", "ranker-ingress"}
    assert project.up().steps == {}

    # A version that never gets ready fails the update; the one before goes on and comes back.
    missing: dict[str, Any] = {"secret_env": {"STORE_WORD": "store/word"}}
    broken = project.up(fails=True, model_version="1.3.0", **missing)
    assert 'secret "store" not found' in broken.output
    assert project.up(model_version="1.2.0", secret_env=None).steps == {_DEPLOYMENT: ["update"]}

    # What somebody changed by hand is seen, and set back.
    _set(sandbox, "ranker", "Service", "spec.ports[0].port=8080")
    _set(sandbox, "ranker", "PodDisruptionBudget", "spec.maxUnavailable=0")
    project.refresh()
    assert project.up().steps == {"ranker-service": ["update"], _BUDGET: ["update"]}
    assert project.up().steps == {}

    # The selector cannot be changed: another strategy makes another Deployment beside the old.
    other = project.up(strategy="blue_green", host=None, tls_secret_name=None)
    assert ("create", "ranker-deployment-1-2-0") in other.order
    places = {step: index for index, step in enumerate(other.order)}
    assert places["update", "ranker-service"] < places["delete", _DEPLOYMENT]
    assert project.destroy().names("delete") >= {"ranker-service", "ranker-config"}


def test_a_bentoml_service_and_secrets(sandbox: Sandbox) -> None:
    project = _project(sandbox, BENTOML | {"secrets": {"STORE_PASSWORD": "hunter-one"}})
    _set(sandbox, "default", "Namespace", f"metadata.labels={json.dumps(_RESTRICTED)}")
    project.up()
    assert project.up().steps == {}
    container = project.resource(_DEPLOYMENT)["inputs"]["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["ports"][0]["containerPort"] == 3000
    assert project.outputs()["latency_metric"]["metric"].startswith("bentoml_service_")

    # Another value is another Secret; pods change to it before the old one goes.
    state = json.dumps(sandbox.state(project.folder))
    assert "hunter-one" not in state
    before = project.resource("ranker-secrets")["outputs"]["metadata"]["name"]
    rotated = project.up(secrets={"STORE_PASSWORD": "hunter-two"})
    assert project.resource("ranker-secrets")["outputs"]["metadata"]["name"] != before
    steps = [step for step in rotated.order if step[0] != "replace"]
    assert steps == [
        ("create-replacement", "ranker-secrets"),
        ("update", _DEPLOYMENT),
        ("delete-replaced", "ranker-secrets"),
    ]
    assert "hunter-two" not in rotated.output
    project.destroy()


def test_the_edge(sandbox: Sandbox) -> None:
    project = _project(sandbox, EDGE)
    created = project.up()
    assert _AUTOSCALER not in created.names("create")
    assert ("create", "ranker-models") in created.order
    # The model is on the volume before the server starts.
    assert created.order.index(("create", "ranker-download")) < created.order.index(
        ("create", _DEPLOYMENT)
    )

    newer = project.up(model_version="1.3.0", model_uri="s3://models/ranker/1.3.0/")
    assert set(newer.steps) == {"ranker-download", _DEPLOYMENT}
    places = {step: index for index, step in enumerate(newer.order)}
    assert places["create-replacement", "ranker-download"] < places["update", _DEPLOYMENT]
    project.refresh()
    assert project.up().steps == {}

    refusals: list[tuple[dict[str, Any], str]] = [
        ({"max_replicas": 2}, "max_replicas: got 2; use 1 with profile edge"),
        ({"mesh": "istio_sidecar"}, "mesh: got 'istio_sidecar'; use none with profile edge"),
    ]
    for refused, said in refusals:
        answer = project.preview(fails=True, **refused)
        assert said in answer.output
        project.args = {key: value for key, value in project.args.items() if key not in refused}
    project.destroy()
