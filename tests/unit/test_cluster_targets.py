"""What an environment says of its cluster, as arguments of components."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from stacks import targets
from tests.unit.settings_project import (
    BATCH,
    CANDIDATE,
    KSERVE,
    MODEL_SERVER,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    project,
)

_CLUSTER = {"context": "serving-dev"}
_PVC = {"uri": "pvc://claim/churn/2.1.0/", "version": "2.1.0", "framework": "sklearn"}
_AZURE = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group": "models",
    "location": "westeurope",
    "oidc_issuer_url": "https://issuer.example/",
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def _environment(site: Project, **keys: object) -> None:
    clouds = {"gcp": {"project": "example-models"}, "azure": _AZURE}
    site.environment(targets=TARGETS | clouds | {"kubernetes": _CLUSTER | keys})


def _arguments(site: Project, name: str) -> dict[str, Any]:
    return targets.arguments(site.root, site.load(), name)


@pytest.mark.parametrize(
    ("models", "enforced"),
    [
        ([MODEL_SERVER], "restricted"),
        ([KSERVE], "baseline"),
        ([MODEL_SERVER, BATCH], "restricted"),
        ([MODEL_SERVER, KSERVE], "baseline"),
        ([MODEL_SERVER, changed(KSERVE, namespace="other")], "restricted"),
        # A volume is mounted; nothing is injected that fetches it.
        ([changed(KSERVE, model=_PVC)], "restricted"),
    ],
)
def test_pod_security_follows_from_what_is_injected(
    site: Project, models: list[dict[str, Any]], enforced: str
) -> None:
    for index, model in enumerate(models):
        site.model(f"model-{index}", model)
    _environment(site)
    assert targets.namespace_arguments(site.load(), "models") == {"pod_security": enforced}


def test_a_namespaces_arguments(site: Project) -> None:
    site.model("ranker", MODEL_SERVER)
    _environment(
        site,
        pod_security="baseline",
        mesh="istio_ambient",
        quota={"pods": 40, "gpus": 0},
        reader_groups=["data-science"],
        operator_groups=["ml-on-call"],
    )
    assert targets.namespace_arguments(site.load(), "models") == {
        "pod_security": "baseline",
        "mesh": "istio_ambient",
        "quota_pods": 40,
        "quota_gpus": 0,
        "reader_groups": ["data-science"],
        "operator_groups": ["ml-on-call"],
    }


def test_callers_and_places(site: Project) -> None:
    caller = {"namespace": "web", "service_account": "checkout"}
    callers = [caller, {"namespace": "jobs"}]
    site.model("ranker", changed(MODEL_SERVER, callers=callers, egress=["features:6566"]))
    _environment(
        site,
        mesh="istio_sidecar",
        ingress_namespace="edge",
        metrics_namespace="observability",
        storage_cidrs=["10.0.0.0/16"],
    )
    made = _arguments(site, "ranker")
    assert made["callers"] == ["web/checkout", "jobs"]
    assert made["egress"] == ["features:6566"]
    assert made["storage_cidrs"] == ["10.0.0.0/16"]
    assert made["mesh"] == "istio_sidecar"
    assert (made["ingress_namespace"], made["metrics_namespace"]) == ("edge", "observability")


@pytest.mark.parametrize(
    ("kind", "class_name", "egress", "labels"),
    [
        (
            "eks_pod_identity",
            "EksModelIdentity",
            ["169.254.170.23/32:80", "fd00:ec2::23/128:80"],
            None,
        ),
        ("eks_irsa", "EksModelIdentity", None, None),
        (
            "gke",
            "GkeModelIdentity",
            [
                *("169.254.169.254/32:80", "169.254.169.254/32:8080"),
                *("169.254.169.252/32:988", "169.254.169.252/32:987"),
            ],
            None,
        ),
        ("aks", "AksModelIdentity", None, {"azure.workload.identity/use": "true"}),
    ],
)
def test_an_identity_per_model(
    site: Project,
    kind: str,
    class_name: str,
    egress: list[str] | None,
    labels: dict[str, str] | None,
) -> None:
    site.model("churn", changed(KSERVE, candidate=CANDIDATE))
    _environment(site, identity=kind)
    found = targets.identity(site.load(), "churn")
    assert found is not None
    assert (found.name, found.class_name) == ("churn-identity", class_name)
    # The component takes each of them.
    keys = vars(importlib.import_module(found.module))[f"{class_name}Args"].__annotations__
    assert found.arguments.keys() <= keys.keys()
    assert found.arguments["artifact_uris"] == [KSERVE["model"]["uri"], CANDIDATE["uri"]]
    made = _arguments(site, "churn")
    assert made["service_account_name"] == "churn-identity"
    assert made.get("egress") == egress
    assert made.get("pod_labels") == labels


@pytest.mark.parametrize("kind", ["eks_pod_identity", "eks_irsa", "gke", "aks"])
def test_a_batch_run_reads_its_input_and_writes_its_output(site: Project, kind: str) -> None:
    site.model("churn", BATCH)
    _environment(site, identity=kind)
    found = targets.identity(site.load(), "churn")
    assert found is not None
    # Azure's reads the folder of the model's versions, and of the input what is named.
    parts = [[BATCH["model"]["uri"]], [BATCH["input_uri"]]]
    joined = [[*parts[0], *parts[1]], None]
    keys = ("artifact_uris", "input_uris")
    assert [found.arguments.get(key) for key in keys] == (parts if kind == "aks" else joined)
    assert found.arguments["output_uris"] == [BATCH["output_uri"]]
    made = _arguments(site, "churn")
    assert made["service_account_name"] == "churn-identity"
    assert made.get("pod_labels") == (
        {"azure.workload.identity/use": "true"} if kind == "aks" else None
    )
    site.model("churn", changed(BATCH, service_account_name="own", egress=["features:6379"]))
    assert targets.identity(site.load(), "churn") is None
    made = _arguments(site, "churn")
    assert (made["service_account_name"], made["egress"]) == ("own", ["features:6379"])


def test_an_own_service_account_wins(site: Project) -> None:
    site.model("churn", changed(KSERVE, service_account_name="own"))
    _environment(site, identity="eks_pod_identity")
    assert targets.identity(site.load(), "churn") is None
    made = _arguments(site, "churn")
    assert made["service_account_name"] == "own"
    assert "egress" not in made


def test_without_an_identity_or_off_kubernetes_there_is_none(site: Project) -> None:
    site.model("churn", KSERVE)
    site.model("fraud", SAGEMAKER)
    _environment(site)
    assert targets.identity(site.load(), "churn") is None
    _environment(site, identity="eks_irsa")
    assert targets.identity(site.load(), "fraud") is None


def test_the_key_of_the_artifacts(site: Project) -> None:
    site.model("churn", KSERVE)
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    _environment(site, identity="eks_pod_identity", artifact_key_arn=key)
    found = targets.identity(site.load(), "churn")
    assert found is not None
    assert found.arguments["artifact_key_arn"] == key
    assert found.arguments["method"] == "pod_identity"
