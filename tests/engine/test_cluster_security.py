"""An environment's security through the real engine: who calls, who reads, what is too much."""

import json
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ROOT
from tests.engine.test_program import GO, Estate, estate
from tests.unit.settings_project import BATCH, MODEL_SERVER, changed

__all__ = ["estate"]

pytestmark = pytest.mark.engine

_CALLERS = [{"namespace": "web", "service_account": "checkout"}]
_CLUSTER = "targets.kubernetes"
_AZURE = {
    "subscription_id": "00000000-0000-0000-0000-000000000001",
    "resource_group": "models",
    "location": "westeurope",
    "oidc_issuer_url": "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/",
}

_GOOGLE = "gs://example-artifacts/ranker/1.2.0/"
_BLOBS = "https://examplemodels.blob.core.windows.net/artifacts/ranker/1.2.0/"
_STORAGE = f"""
import pulumi
import pulumi_azure_native

azure = pulumi_azure_native.Provider("azure", subscription_id="{_AZURE["subscription_id"]}")
options = pulumi.ResourceOptions(provider=azure)
account = pulumi_azure_native.storage.StorageAccount(
    "storage",
    account_name="examplemodels",
    resource_group_name="models",
    location="westeurope",
    kind="StorageV2",
    sku={{"name": "Standard_LRS"}},
    opts=options,
)
pulumi_azure_native.storage.BlobContainer(
    "artifacts",
    account_name=account.name,
    container_name="artifacts",
    resource_group_name="models",
    opts=options,
)
"""


def _only_models(project: Estate, **files: dict[str, Any]) -> None:
    """These model files, and no entries of the environment for others."""
    for path in (project.root / "stacks" / "models").glob("*.yaml"):
        path.unlink()
    for name, settings in files.items():
        project.model(name).write_text(yaml.safe_dump(settings))
    project.write("models", {})
    project.write("defaults", {})
    project.write("platform", {})


def _object(project: Estate, name: str) -> dict[str, Any]:
    (found,) = [r for r in project.resources() if r["urn"].rpartition("::")[2] == name]
    return found["inputs"]


def _changed(project: Estate, before: dict[str, Any]) -> set[str]:
    after = project.facts()
    keys = before.keys() | after.keys()
    urns = {urn for urn in keys if before.get(urn) != after.get(urn)}
    return {urn.rpartition("::")[2] for urn in urns}


def test_callers_in_a_mesh_and_the_quota(estate: Estate) -> None:
    server = changed(MODEL_SERVER, callers=_CALLERS, max_replicas=3)
    _only_models(estate, ranker=server)
    estate.write(_CLUSTER + ".mesh", "istio_sidecar")
    estate.write(_CLUSTER + ".quota", {"pods": 3, "cpu": 4})
    estate.write(_CLUSTER + ".operator_groups", ["ml-on-call"])
    estate.serving("up", *GO)
    labels = _object(estate, "models-namespace")["metadata"]["labels"]
    # Nothing is injected into a plain server's pods by KServe.
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    rules = _object(estate, "ranker-authorization-policy")["spec"]["rules"]
    assert rules[0]["from"] == [{"source": {"principals": ["cluster.local/ns/web/sa/checkout"]}}]
    quiet = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr

    # One more caller is a matter of the two policies; no pod starts anew.
    before = estate.facts()
    more = server | {"callers": [*_CALLERS, {"namespace": "jobs"}]}
    estate.model("ranker").write_text(yaml.safe_dump(more))
    estate.serving("up", "--only", "ranker", *GO)
    assert _changed(estate, before) == {"ranker-authorization-policy", "ranker-network-policy"}

    # Four replicas are one pod too many: said by the check, before the engine starts.
    before = estate.facts()
    estate.model("ranker").write_text(yaml.safe_dump(more | {"max_replicas": 4}))
    refused = estate.serving("up", *GO, check=False)
    assert refused.returncode == 2
    assert "MS0223" in refused.stderr
    assert "ask for 4 pods (ranker 4)" in refused.stderr
    assert estate.facts() == before


def test_pods_on_gke_read_their_artifact_without_keys(estate: Estate) -> None:
    _identity(estate, "gke", "gcp", {"project": "example-models"}, _GOOGLE)
    estate.up()
    grant = _object(estate, "ranker-identity-example-artifacts")
    assert "ranker/1.2.0/" in grant["condition"]["expression"]
    _runs_as_its_identity(estate, None)


def test_pods_on_aks_read_their_artifact_without_keys(estate: Estate) -> None:
    _identity(estate, "aks", "azure", _AZURE, _BLOBS)
    # The container of the artifacts is not there yet: what needs the right is not made.
    half_done = estate.up(check=False)
    assert half_done.returncode != 0
    assert "ResourceNotFound" in half_done.stdout
    assert "ranker-deployment" not in {r["urn"].rpartition("::")[2] for r in estate.resources()}

    estate.sandbox.up(estate.sandbox.project(_STORAGE, name="storage"))
    estate.up()
    grant = _object(estate, "ranker-identity-examplemodels-artifacts")
    # Of all its versions: those that serve may start again while the next one comes.
    assert "StringStartsWith 'ranker/'" in grant["condition"]
    _runs_as_its_identity(estate, "true")


def test_another_kind_of_identity_keeps_the_service_account(estate: Estate) -> None:
    server = changed(MODEL_SERVER, max_replicas=1)
    _only_models(estate, ranker=server, scores=changed(BATCH, schedule="@daily"))
    estate.write("targets.gcp", {"project": "example-models"})
    estate.write(_CLUSTER + ".identity", "eks_pod_identity")
    estate.serving("up", *GO)
    # The run reads what it scores and the model, and writes what it found, nothing else.
    policy = json.loads(_object(estate, "scores-identity-role-policy")["policy"])
    may = {each["Sid"]: each["Resource"] for each in policy["Statement"]}
    assert may["ReadArtifacts"] == [
        "arn:aws:s3:::data/customers/*",
        "arn:aws:s3:::models/churn/2.1.0/*",
    ]
    assert may["WriteOutputs"] == ["arn:aws:s3:::data/scores/*"]
    job = _object(estate, "scores-cron-job")["spec"]["jobTemplate"]["spec"]["template"]
    assert job["spec"]["serviceAccountName"] == "scores-identity"
    out = _object(estate, "scores-network-policy")["spec"]["egress"]
    assert {"ipBlock": {"cidr": "169.254.170.23/32"}} in [to for rule in out for to in rule["to"]]

    # One model alone first: the other keeps its own kind until the next whole update.
    estate.write(_CLUSTER + ".identity", "gke")
    estate.serving("up", "--only", "ranker", *GO)
    assert _live_accounts(estate) == {"ranker-identity", "scores-identity"}
    for kind in ("gke", "eks_irsa", "gke"):
        estate.write(_CLUSTER + ".identity", kind)
        estate.serving("up", *GO)
        assert _live_accounts(estate) == {"ranker-identity", "scores-identity"}
        quiet = estate.serving("up", *GO, "--refresh", "--expect-no-changes", check=False)
        assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    # Nothing of EKS is left.
    assert not [r for r in estate.resources() if r["type"].startswith("aws:iam/")]


def _live_accounts(project: Estate) -> set[str]:
    shown = project.sandbox.run(ROOT / "sandbox" / "cloud", "ls", "--provider", "kubernetes")
    lines = [line for line in shown.stdout.splitlines() if ":ServiceAccount" in line]
    names = ("ranker-identity", "scores-identity")
    return {name for name in names if any(name in line for line in lines)}


def _identity(project: Estate, kind: str, place: str, settings: dict[str, Any], uri: str) -> None:
    """One plain model server whose artifact is in that cloud."""
    server = changed(MODEL_SERVER, max_replicas=1)
    server["model"] = MODEL_SERVER["model"] | {"uri": uri}
    _only_models(project, ranker=server)
    project.write(f"targets.{place}", settings)
    project.write(_CLUSTER + ".identity", kind)


def _runs_as_its_identity(project: Estate, label: str | None) -> None:
    assert project.components() == {"ranker", "ranker-identity", "models"}
    pods = _object(project, "ranker-deployment")["spec"]["template"]
    assert pods["spec"]["serviceAccountName"] == "ranker-identity"
    assert pods["metadata"]["labels"].get("azure.workload.identity/use") == label
    assert not [r for r in project.resources() if r["type"] == "kubernetes:core/v1:Secret"]


def test_a_namespace_with_models_is_not_taken_away(estate: Estate) -> None:
    _only_models(estate, scores=changed(BATCH, schedule="@daily"))
    estate.write(_CLUSTER + ".identity", "none")
    estate.up()
    assert estate.sandbox.outputs(estate.root)["namespaces"] == ["models"]
    before = estate.facts()
    estate.write(_CLUSTER + ".create_namespaces", value=False)
    refused = estate.up(check=False)
    assert refused.returncode != 0
    assert "the stack made models and would delete it now" in refused.stdout + refused.stderr
    assert estate.facts() == before

    # The way out that it says.
    estate.write(_CLUSTER + ".create_namespaces", value=True)
    estate.write(_CLUSTER + ".applied_by", "handover")
    estate.up()
    estate.write(_CLUSTER + ".create_namespaces", value=False)
    estate.write(_CLUSTER + ".applied_by", "pulumi")
    estate.up()
    assert "models-namespace" not in {r["urn"].rpartition("::")[2] for r in estate.resources()}
    shown = estate.sandbox.run(ROOT / "sandbox" / "cloud", "ls", "--provider", "kubernetes")
    assert [
        line for line in shown.stdout.splitlines() if ":Namespace" in line and " models" in line
    ]
    quiet = estate.serving("up", *GO, "--refresh", "--expect-no-changes", check=False)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
