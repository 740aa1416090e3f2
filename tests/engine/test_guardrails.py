"""Guardrails through the engine: what a user sees, and what is stopped."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.seed import AZURE_SUBSCRIPTION

from .conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

# An insecure, over-sized, untagged model, written by hand: no component of ours is asked.
PROGRAM = """
import json
import pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
opts = pulumi.ResourceOptions(provider=provider)
trust = {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": "sagemaker.amazonaws.com"}}
role = aws.iam.Role(
    "role", opts=opts,
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
aws.iam.RolePolicyAttachment(
    "broad", role=role.name, opts=opts,
    policy_arn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
model = aws.sagemaker.Model(
    "model", execution_role_arn=role.arn, opts=opts,
    primary_container={
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:latest",
        "model_data_url": "s3://example-models/fraud/1.4.0/model.tar.gz",
        "environment": {"API_KEY": pulumi.Output.secret("correct-horse-battery")}})
aws.sagemaker.EndpointConfiguration(
    "configuration", opts=opts,
    production_variants=[{
        "variant_name": "stable", "model_name": model.name, "initial_instance_count": 1,
        "instance_type": "ml.p4d.24xlarge"}])
"""
SECRET = "correct-horse-battery"

FOUND = (
    "security/iam-broad-managed-policy",
    "found arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
    "security/image-unpinned",
    "fix: Name the image by its digest: <image>@sha256:<64 hex digits>.",
    "security/plaintext-secret",
    "found a secret in API_KEY; expected a reference to a secret store",
    "resources/instance-type-over-cap",
    "found ml.p4d.24xlarge with 8; expected a machine with at most 4 accelerators",
    "docs: docs/guardrails.md#resources-instance-type-over-cap",
    "tags/missing",
)


def judged(
    sandbox: Sandbox, project: Path, config: Path | None = None, *, command: str = "preview"
) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    more = ["--policy-pack-config", str(config)] if config else []
    if command == "up":
        more += ["--yes", "--skip-preview"]
    answer = sandbox.pulumi(
        command,
        *("--stack", "dev", "--non-interactive", "--policy-pack", str(ROOT / "policies")),
        *more,
        cwd=project,
        check=False,
        PYTHONPATH=str(ROOT),
    )
    printed = answer.stdout + answer.stderr
    assert "Traceback" not in printed
    assert SECRET not in printed
    return answer.returncode, printed


def written(sandbox: Sandbox, config: dict[str, Any]) -> Path:
    path = sandbox.folder / "guardrails.json"
    path.write_text(json.dumps(config))
    return path


def test_insecure_and_over_sized_model_is_stopped_in_prod(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "prod.json")
    assert code != 0
    for part in FOUND:
        assert part in printed
    assert "[mandatory] [severity: critical]  security/plaintext-secret" in printed
    assert "[advisory]" not in printed


def test_same_model_is_told_in_dev(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "dev.json")
    assert code == 0, printed
    for part in FOUND:
        assert part in printed
    assert "[mandatory]" not in printed


def test_update_stops_before_the_resource_without_a_preview(sandbox: Sandbox) -> None:
    """And ends by itself: the findings are the last word, not a wait or a broken pipe."""
    project = sandbox.project(PROGRAM)
    code, printed = judged(sandbox, project, command="up")
    assert code != 0
    # The attachment and the model are made beside each other: the first finding ends the update.
    assert any(
        rule in printed for rule in ("security/image-unpinned", "security/iam-broad-managed-policy")
    )
    types = [each["type"] for each in sandbox.resources(project)]
    assert "aws:sagemaker/endpointConfiguration:EndpointConfiguration" not in types
    assert "aws:sagemaker/model:Model" not in types


def test_exemption_lets_one_rule_pass_and_is_listed(sandbox: Sandbox) -> None:
    project = sandbox.project(PROGRAM)
    rule = "resources/instance-type-over-cap"
    granted = {
        "rule": rule,
        "urn": "*::configuration",
        "reason": "Benchmark of the new model.",
        "owner": "team-risk",
    }
    config = {
        "all": "disabled",
        rule: "mandatory",
        "exemptions/expired": "mandatory",
        "exemptions": {"granted": [granted | {"expires": "2999-12-31"}]},
    }
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code == 0, printed
    assert f"[advisory] [severity: high]  {rule}" in printed
    assert "exempt until 2999-12-31, by team-risk: Benchmark of the new model." in printed
    assert f"{rule} does not hold for *::configuration" in printed

    config["exemptions"] = {"granted": [granted | {"expires": "2026-01-31"}]}
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code != 0
    assert f"[mandatory] [severity: high]  {rule}" in printed
    assert "exempt no longer: it ended on 2026-01-31" in printed


def test_wrong_configuration_stops_before_anything_is_judged(sandbox: Sandbox) -> None:
    project = sandbox.project("")
    config = {"security/endpoint-kmz": "advisory", "cost/log-retention": {"max_day": 30}}
    code, printed = judged(sandbox, project, written(sandbox, config))
    assert code != 0
    assert "security/endpoint-kmz: no such rule; did you mean 'security/endpoint-kms'?" in printed
    assert "cost/log-retention.max_day: no such setting; did you mean 'max_days'?" in printed


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_our_own_models_pass(sandbox: Sandbox, environment: str) -> None:
    """No default of ours trips a rule: not in a preview, with all that is unknown there."""
    config = ROOT / "policies" / "config" / f"{environment}.json"
    answer = sandbox.pulumi(
        "preview",
        *("--stack", environment, "--non-interactive"),
        *("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(config)),
    )
    assert "model-serving-guardrails@v0.1.0" in answer.stdout
    assert "[mandatory]" not in answer.stdout
    assert "[advisory]" not in answer.stdout


# Clusters and pools of three clouds by our components, with no more than they need.
PLATFORM = """
import pulumi, pulumi_aws as aws, pulumi_azure_native as azure, pulumi_gcp as gcp
from components.aws.eks_cluster import EksCluster
from components.aws.eks_gpu_node_pool import EksGpuNodePool
from components.azure.aks_cluster import AksCluster
from components.azure.aks_gpu_node_pool import AksGpuNodePool
from components.azure.azure_private_network import AzurePrivateNetwork
from components.gcp.gcp_private_network import GcpPrivateNetwork
from components.gcp.gke_cluster import GkeCluster
from components.gcp.gke_gpu_node_pool import GkeGpuNodePool

options = pulumi.ResourceOptions(providers=[
    aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"]),
    azure.Provider("azure", subscription_id="SUBSCRIPTION"),
    gcp.Provider("gcp", project="example-models", region="europe-west4")])
owned = {"environment": "dev", "tags": {"owner": "team-platform"}}
subnets = ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]
azures = {"resource_group": "models", "location": "westeurope"}
nodes = AzurePrivateNetwork("net", owned | azures, options).subnet_id
google = {"project": "example-models"}
hub = GcpPrivateNetwork("hub", owned | {"region": "europe-west4"}, options)

eks = EksCluster("eks", owned | {"subnet_ids": subnets}, options)
EksGpuNodePool(
    "l4", owned | {"cluster_name": eks.cluster_name, "subnet_ids": subnets,
                   "accelerator": "nvidia-l4"}, options)
gke = GkeCluster(
    "gke", owned | google | {"region": "europe-west4", "network": hub.network,
                      "subnetwork": hub.subnetwork}, options)
GkeGpuNodePool(
    "g2", owned | google | {"location": "europe-west4", "cluster_name": gke.cluster_name,
                            "accelerator": "nvidia-l4"}, options)
aks = AksCluster(
    "aks", owned | azures | {
        "subnet_id": nodes, "administrators": ["11111111-1111-1111-1111-111111111111"]}, options)
AksGpuNodePool(
    "t4", owned | {"resource_group": "models", "cluster_name": aks.cluster_name,
                   "subnet_id": nodes, "accelerator": "nvidia-t4"}, options)
""".replace("SUBSCRIPTION", AZURE_SUBSCRIPTION)

# An open cluster, a pool of turns and a model with an objective on it, all written by hand.
TURNS = """
import pulumi, pulumi_gcp as gcp, pulumi_kubernetes as k8s

google = pulumi.ResourceOptions(
    provider=gcp.Provider("gcp", project="example-models", region="europe-west4"))
cluster = gcp.container.Cluster(
    "open", location="europe-west4", initial_node_count=1, remove_default_node_pool=True,
    opts=google)
gcp.container.NodePool(
    "turns", cluster=cluster.id, location="europe-west4", opts=google,
    autoscaling={"min_node_count": 0, "max_node_count": 4},
    node_config={
        "machine_type": "g2-standard-8",
        "labels": {"model-serving/pool-group": "small"},
        "guest_accelerators": [{
            "type": "nvidia-l4", "count": 1,
            "gpu_sharing_config": {
                "gpu_sharing_strategy": "TIME_SHARING", "max_shared_clients_per_gpu": 4}}]})
k8s.apps.v1.Deployment(
    "chat",
    metadata={"namespace": "models",
              "annotations": {"model-serving/slo-latency-p95-ms": "250"}},
    spec={
        "selector": {"match_labels": {"app": "chat"}},
        "template": {
            "metadata": {"labels": {"app": "chat"}},
            "spec": {
                "node_selector": {"model-serving/pool-group": "small"},
                "containers": [{
                    "name": "server", "image": "example/chat@sha256:DIGEST",
                    "resources": {"limits": {
                        "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}}}]}}},
    opts=pulumi.ResourceOptions(provider=k8s.Provider("kubernetes", context="serving-dev")))
""".replace("DIGEST", "0" * 64)
TURNS_FOUND = (
    "latency/time-sliced-gpu",
    "found small, a pool whose GPUs are shared (turns)",
    "expected a GPU or a MIG profile of its own: the objective is 250 ms",
    "resources/node-pool-over-cap",
    "found 4 in each of 3 zones; expected at most 10",
    "resources/accelerator-pool-untainted",
    "security/cluster-open",
    "masterAuthorizedNetworksConfig: found nothing; expected networks of your own, or none",
    "security/cluster-network-policy",
    "security/cluster-secrets-encryption",
    "security/node-default-identity",
    "security/node-exposed",
    "security/node-unshielded",
    "security/workload-identity",
)


@pytest.mark.parametrize("command", ["preview", "up"])
def test_our_own_clusters_and_pools_pass(sandbox: Sandbox, command: str) -> None:
    """Least arguments and an owner: nothing is found, whether most is unknown yet or all known."""
    project = sandbox.project(PLATFORM)
    config = ROOT / "policies" / "config" / "prod.json"
    code, printed = judged(sandbox, project, config, command=command)
    assert code == 0, printed
    assert "model-serving-guardrails@v0.1.0" in printed
    assert "[mandatory]" not in printed
    assert "[advisory]" not in printed


def test_open_cluster_and_a_model_that_takes_turns_are_stopped(sandbox: Sandbox) -> None:
    project = sandbox.project(TURNS)
    code, printed = judged(sandbox, project, ROOT / "policies" / "config" / "prod.json")
    assert code != 0
    for part in TURNS_FOUND:
        assert part in printed, printed
