"""What never becomes ready, and why: pod security, what pods need, KServe's runtimes, waiting."""

import copy
from pathlib import Path
from typing import Any

import pytest

from sandbox import eventual
from sandbox.clouds.base import RefusedError
from sandbox.clouds.kubernetes.pod_security import violations
from sandbox.kinds import Kinds
from sandbox.readiness import Readiness
from sandbox.session import HalfDoneError
from tests.unit.sandbox_life import Made, Stack

Object = dict[str, Any]

NAMESPACE = "kubernetes:core/v1:Namespace"
POD = "kubernetes:core/v1:Pod"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
INFERENCE_SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
SAFE: Object = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
PLAIN: Object = {"containers": [{"name": "web", "image": "web:1"}]}
# Each container says itself that it is not root.
NON_ROOT: Object = {
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "securityContext": {
                "runAsNonRoot": True,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }
    ],
}
WINDOWS: Object = {**PLAIN, "securityContext": {"runAsNonRoot": True}}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv(eventual.VARIABLE, "0")
    stack = Stack("kubernetes", tmp_path / "store.sqlite", {"context": "serving-dev"})
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    stack.create(NAMESPACE, "strict", metadata={"name": "strict", "labels": labels})
    return stack


def pod(spec: Object, namespace: str = "default", **annotations: str) -> Object:
    metadata = {"name": "web", "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def deployment(spec: Object, namespace: str = "default", **annotations: str) -> Object:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "annotations": annotations},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def with_container(spec: Object, **parts: object) -> Object:
    found = copy.deepcopy(spec)
    found["containers"][0] |= parts
    return found


def conditions(made: Made | dict[str, Any]) -> dict[str, str]:
    outputs = made.outputs if isinstance(made, Made) else made
    return {c["type"]: c["status"] for c in outputs["status"]["conditions"]}


# ---- pod security ----


LEVELS: list[tuple[Object, str]] = [
    ({"hostNetwork": True}, "privileged"),
    ({"hostPID": True}, "privileged"),
    ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, "privileged"),
    ({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}, "privileged"),
    ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, "privileged"),
    ({"securityContext": {"seLinuxOptions": {"type": "spc_t"}}}, "privileged"),
    ({"containers": [{"securityContext": {"privileged": True}}]}, "privileged"),
    ({"containers": [{"securityContext": {"procMount": "Unmasked"}}]}, "privileged"),
    ({"containers": [{"ports": [{"hostPort": 80}]}]}, "privileged"),
    (
        {"containers": [{"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]},
        "privileged",
    ),
    (
        {"containers": [{"livenessProbe": {"httpGet": {"port": 1, "host": "10.0.0.1"}}}]},
        "privileged",
    ),
    ({"containers": [{"securityContext": {"capabilities": {"add": ["CHOWN"]}}}]}, "baseline"),
    ({"containers": [{"ports": [{"hostPort": 0}]}]}, "baseline"),
    ({"volumes": [{"name": "v", "nfs": {"path": "/"}}], **SAFE}, "baseline"),
    ({**SAFE, "securityContext": {"seccompProfile": {"type": "Localhost"}}}, "baseline"),
    (
        {**SAFE, "securityContext": {**SAFE["securityContext"], "runAsUser": 0}},
        "baseline",
    ),
    (PLAIN, "baseline"),
    (SAFE, "restricted"),
    ({**SAFE, "volumes": [{"name": "v", "emptyDir": {}}]}, "restricted"),
    ({**SAFE, "volumes": [{"name": "v", "image": {"reference": "a:1"}}]}, "restricted"),
    ({**SAFE, "volumes": [{"name": "v", "nfs": {"server": "a", "path": "/"}}]}, "baseline"),
    ({**NON_ROOT, "securityContext": {"runAsNonRoot": True}}, "restricted"),
    # What the pod itself says is refused even if each container says otherwise.
    ({**NON_ROOT, "securityContext": {"runAsNonRoot": False}}, "baseline"),
    ({**WINDOWS, "os": {"name": "windows"}}, "restricted"),
    (WINDOWS, "baseline"),
]


@pytest.mark.parametrize(("spec", "level"), LEVELS)
def test_the_strictest_level_that_a_pod_fits(spec: Object, level: str) -> None:
    named = copy.deepcopy(spec)
    for container in named.get("containers", []):
        container.setdefault("name", "c")
    levels = [
        each for each in ("privileged", "baseline", "restricted") if not violations(each, {}, named)
    ]
    assert levels[-1] == level


def test_a_pod_that_its_namespace_forbids_is_refused(cluster: Stack) -> None:
    message = (
        r'pods "web" is forbidden: violates PodSecurity "restricted:latest":'
        r' allowPrivilegeEscalation != false \(container "web" must set'
    )
    with pytest.raises(RefusedError, match=message):
        cluster.create(POD, "web", **pod(PLAIN, "strict"))
    assert cluster.create(POD, "web", **pod(SAFE, "strict")).outputs["status"]["phase"] == "Running"
    assert cluster.create(POD, "other", **pod(PLAIN)).id == "default/web"


def test_a_workload_there_is_taken_and_its_pods_never_come(cluster: Stack) -> None:
    with pytest.raises(
        HalfDoneError, match=r"\[FailedCreate\] pods .* violates PodSecurity"
    ) as half:
        cluster.create(DEPLOYMENT, "web", **deployment(PLAIN, "strict"))
    outputs = half.value.result.outputs
    assert conditions(outputs) == {
        "Available": "False",
        "Progressing": "False",
        "ReplicaFailure": "True",
    }
    assert "readyReplicas" not in outputs["status"]
    row = cluster.store.get("kubernetes", DEPLOYMENT, "strict/web")
    assert row is not None
    made = Made(half.value.result.id, "strict/web", row.inputs, row.outputs)
    given = cluster.life.update(
        f"urn:pulumi:dev::tests::{DEPLOYMENT}::web",
        made.id,
        made.inputs,
        deployment(SAFE, "strict"),
        set(),
    )
    assert conditions(given.outputs) == {"Available": "True", "Progressing": "True"}


def test_it_is_not_waited_for_when_the_program_says_so(cluster: Stack) -> None:
    given = deployment(PLAIN, "strict", **{"pulumi.com/skipAwait": "true"})
    made = cluster.create(DEPLOYMENT, "web", **given)
    assert conditions(made)["ReplicaFailure"] == "True"


# ---- what pods need ----


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        ({"serviceAccountName": "sa"}, 'serviceaccount "sa" not found'),
        ({"priorityClassName": "high"}, "no PriorityClass with name high"),
        (
            {"volumes": [{"name": "v", "configMap": {"name": "c"}}]},
            'configmap "c" not found',
        ),
        ({"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}, 'secret "s" not found'),
        (
            {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "p"}}]},
            'persistentvolumeclaim "p" not found',
        ),
        ({"serviceAccountName": "default"}, ""),
        ({"priorityClassName": "system-node-critical"}, ""),
        ({"volumes": [{"name": "v", "configMap": {"name": "c", "optional": True}}]}, ""),
    ],
)
def test_what_a_pod_waits_for(cluster: Stack, parts: Object, missing: str) -> None:
    given = deployment({**PLAIN, **parts})
    if not missing:
        assert conditions(cluster.create(DEPLOYMENT, "web", **given))["Available"] == "True"
        return
    with pytest.raises(HalfDoneError, match=missing):
        cluster.create(DEPLOYMENT, "web", **given)


def test_a_key_that_is_not_there(cluster: Stack) -> None:
    config = "kubernetes:core/v1:ConfigMap"
    cluster.create(config, "c", metadata={"name": "c"}, data={"a": "1"})

    def uses(key: str) -> Object:
        reference = {"configMapKeyRef": {"name": "c", "key": key}}
        return with_container(PLAIN, env=[{"name": "A", "valueFrom": reference}])

    with pytest.raises(HalfDoneError, match="couldn't find key b in ConfigMap default/c"):
        cluster.create(DEPLOYMENT, "bad", **deployment(uses("b")))
    given = deployment(uses("a"))
    given["metadata"]["name"] = "good"
    assert cluster.create(DEPLOYMENT, "good", **given).id == "default/good"


def test_a_secret_that_a_custom_resource_names_is_thought_to_be_made(cluster: Stack) -> None:
    cluster.create(
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "e",
        apiVersion="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata={"name": "e"},
        spec={"target": {"name": "s"}},
    )
    spec = {**PLAIN, "volumes": [{"name": "v", "secret": {"secretName": "s"}}]}
    assert cluster.create(DEPLOYMENT, "web", **deployment(spec)).id == "default/web"


def test_what_comes_while_it_is_waited_for_is_seen(
    cluster: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(eventual.VARIABLE, "0.001")
    spec = {**PLAIN, "volumes": [{"name": "v", "configMap": {"name": "c"}}]}
    config = "kubernetes:core/v1:ConfigMap"

    def pause(_: object, __: float) -> bool:
        if cluster.store.by_name("kubernetes", config, "c") is None:
            cluster.create(config, "c", metadata={"name": "c"}, data={"a": "1"})
        return False

    monkeypatch.setattr(Readiness, "pause", pause)
    made = cluster.create(DEPLOYMENT, "web", **deployment(spec))
    assert conditions(made)["Available"] == "True"
    assert cluster.read(made) is not None


def test_an_ingress_needs_its_services(cluster: Stack) -> None:
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    ingress = "kubernetes:networking.k8s.io/v1:Ingress"
    given = {"metadata": {"name": "i"}, "spec": {"rules": [{"http": {"paths": [path]}}]}}
    with pytest.raises(HalfDoneError, match='no matching service found for ingress rule: "s"'):
        cluster.create(ingress, "i", **given)


# ---- KServe ----


def service(uri: str = "s3://a", form: str = "sklearn", **annotations: str) -> Object:
    model = {"modelFormat": {"name": form}, "storageUri": uri}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "churn", "annotations": annotations},
        "spec": {"predictor": {"model": model}},
    }


READY = {"pulumi.com/waitFor": "condition=Ready"}


def runtimes_known() -> None:
    if not Kinds().document("runtimes"):
        pytest.skip("KServe's module could not be had at set-up")


def test_a_format_that_no_runtime_serves(cluster: Stack) -> None:
    runtimes_known()
    made = cluster.create(INFERENCE_SERVICE, "churn", **service(form="sklaern"))
    assert conditions(made)["Ready"] == "False"
    failure = made.outputs["status"]["modelStatus"]["lastFailureInfo"]
    assert failure["reason"] == "NoSupportingRuntime"
    with pytest.raises(
        HalfDoneError, match=r"condition=Ready was not met: \[NoSupportingRuntime\]"
    ):
        cluster.update(made, metadata={"name": "churn", "annotations": READY})


def test_without_a_protocol_it_is_v1(cluster: Stack) -> None:
    runtimes_known()
    made = cluster.create(INFERENCE_SERVICE, "churn", **service(form="onnx"))
    assert conditions(made)["Ready"] == "False"
    spoken = service(form="onnx", **READY)
    spoken["spec"]["predictor"]["model"]["protocolVersion"] = "v2"
    assert conditions(cluster.update(made, **spoken))["Ready"] == "True"
    triton = service(form="triton", **READY)
    assert conditions(cluster.update(made, **triton))["Ready"] == "True"


def test_a_runtime_of_the_program_serves_it(cluster: Stack) -> None:
    runtimes_known()
    cluster.create(
        "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime",
        "own",
        apiVersion="serving.kserve.io/v1alpha1",
        kind="ClusterServingRuntime",
        metadata={"name": "own"},
        spec={
            "supportedModelFormats": [{"name": "sklaern", "autoSelect": True}],
            "containers": [{"name": "kserve-container", "image": "own:1"}],
        },
    )
    made = cluster.create(INFERENCE_SERVICE, "churn", **service(form="sklaern", **READY))
    assert conditions(made)["Ready"] == "True"


@pytest.mark.parametrize("uri", ["s3://a", "gs://a", "hf://a/b", "pvc://a/b", "/mnt/model"])
def test_storage_that_kserve_reads(cluster: Stack, uri: str) -> None:
    made = cluster.create(INFERENCE_SERVICE, "churn", **service(uri, **READY))
    assert conditions(made)["Ready"] == "True"


def test_storage_that_kserve_does_not_read(cluster: Stack) -> None:
    runtimes_known()
    with pytest.raises(HalfDoneError, match=r"StorageUri \[ftp://a\] is not supported"):
        cluster.create(INFERENCE_SERVICE, "churn", **service("ftp://a", **READY))


LLM = "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService"


def language_model(uri: str = "hf://a/b", **spec: object) -> Object:
    return {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": "chat", "annotations": READY},
        "spec": {"model": {"uri": uri}, **spec},
    }


def test_a_language_model_has_the_address_of_its_route(cluster: Stack) -> None:
    made = cluster.create(LLM, "chat", **language_model())
    assert conditions(made)["RouterReady"] == "True"
    assert made.outputs["status"]["url"] == "http://gateway.example.com/default/chat"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (language_model("gs://a"), "unsupported schema in model URI: gs://a"),
        (language_model(baseRefs=[{"name": "own"}]), "LLMInferenceServiceConfig own not found"),
        (language_model(template={"serviceAccountName": "no"}), 'serviceaccount "no" not found'),
    ],
)
def test_what_a_language_model_does_not_find(cluster: Stack, given: Object, why: str) -> None:
    given["spec"].setdefault("template", {}).setdefault("containers", [{"name": "main"}])
    with pytest.raises(HalfDoneError, match=why):
        cluster.create(LLM, "chat", **given)


def test_presets_for_several_nodes_add_capabilities(cluster: Stack) -> None:
    parted: Object = {"data": 2, "dataLocal": 1}
    given = language_model(parallelism=parted, worker={"containers": []})
    for level in ("baseline", "privileged"):
        labels = {"pod-security.kubernetes.io/enforce": level}
        metadata = {"name": level, "labels": labels}
        own = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        cluster.create("kubernetes:core/v1:Namespace", level, **own)
    given["metadata"]["namespace"] = "baseline"
    with pytest.raises(HalfDoneError, match="IPC_LOCK"):
        cluster.create(LLM, "chat", **given)
    given["metadata"]["namespace"] = "privileged"
    assert conditions(cluster.create(LLM, "chat", **given))["Ready"] == "True"


@pytest.mark.parametrize("kind", [INFERENCE_SERVICE, LLM])
def test_a_token_that_is_not_there(cluster: Stack, kind: str) -> None:
    runtimes_known()
    given = service(form="sklearn") if kind == INFERENCE_SERVICE else language_model()
    name = given["metadata"]["name"]
    given["metadata"]["annotations"] = {**READY, "serving.kserve.io/storageSecretName": "hf"}
    with pytest.raises(HalfDoneError, match='secrets "hf" not found'):
        cluster.create(kind, name, **given)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hf"}}
    cluster.create("kubernetes:core/v1:Secret", "hf", **secret, stringData={"HF_TOKEN": "x"})
    given["metadata"]["name"] = "other"
    assert conditions(cluster.create(kind, "other", **given))["Ready"] == "True"


def test_how_many_nodes_a_replica_has_is_fixed(cluster: Stack) -> None:
    made = cluster.create(LLM, "chat", **language_model(parallelism={"tensor": 2}))
    spec = {"model": {"uri": "hf://a/b"}, "parallelism": {"data": 4, "dataLocal": 2}}
    with pytest.raises(RefusedError, match="total parallelism size is immutable"):
        cluster.update(made, spec=spec)
    cluster.update(made, spec={**spec, "parallelism": {"data": 2, "dataLocal": 2}})


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        ("condition=Ready", True),
        ("condition=ready=True", True),
        ("condition=Ready=False", False),
        ("jsonpath={.status.url}", True),
        ("jsonpath={.status.uri}", False),
        ("jsonpath={.status.deploymentMode}=Knative", True),
        ("jsonpath={.status.deploymentMode}=Standard", False),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', True),
        ('["condition=Ready", "condition=Latest"]', False),
    ],
)
def test_what_the_program_waits_for(cluster: Stack, wanted: str, met: bool) -> None:  # noqa: FBT001
    given = service(**{"pulumi.com/waitFor": wanted})
    if met:
        assert cluster.create(INFERENCE_SERVICE, "churn", **given).id == "default/churn"
    else:
        with pytest.raises(HalfDoneError, match="was not met"):
            cluster.create(INFERENCE_SERVICE, "churn", **given)
