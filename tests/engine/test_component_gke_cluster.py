"""GkeCluster through the real engine, in a network of ours."""

import json

import pytest

from tests.engine.component_project import GOOGLE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = (
    GOOGLE
    + """
from components.gcp.gcp_private_network import GcpPrivateNetwork

network = GcpPrivateNetwork(
    "hub", {"region": "europe-west4"}, pulumi.ResourceOptions(providers=providers)
)
asked["args"] |= {"network": network.network, "subnetwork": network.subnetwork}
"""
)


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.gcp.gke_cluster",
        "GkeCluster",
        "dev",
        {"environment": "dev", "project": "example-models", "region": "europe-west4"},
        setup=_SETUP,
    )
    # Half made, it goes on from there.
    fault = ("fault", "add", "gcp:container/nodePool:NodePool", "create", "fail")
    sandbox.run("sandbox/cloud", *fault)
    created = project.up(fails=True)
    assert created.names("create") >= {"hub-subnet", "dev-key", "dev-cluster", "dev-system"}
    assert project.up().steps == {"dev-system": ["create"]}
    # Nothing is encrypted before those who encrypt may use the key.
    order = [name for operation, name in created.order if operation == "create"]
    assert order.index("dev-key-gke") < order.index("dev-cluster") < order.index("dev-system")
    outputs = project.outputs()
    assert outputs["cluster_name"] == "dev"
    assert outputs["endpoint"].startswith("https://10.")
    kubeconfig = json.loads(outputs["kubeconfig"])
    assert kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]
    assert outputs["oidc_issuer_url"].endswith(
        "/v1/projects/example-models/locations/europe-west4/clusters/dev"
    )
    assert project.up().steps == {}

    changed = project.up(
        dns_endpoint=True,
        administrators=["group:platform@example.com"],
        log_retention_days=400,
        system_nodes=3,
    )
    assert changed.steps == {
        "dev-cluster": ["update"],
        "dev-administrator-group:platform@example.com": ["create"],
        "dev-logs": ["update"],
        "dev-system": ["update"],
    }
    assert project.outputs()["endpoint"].endswith(".gke.goog")

    # Where its services' addresses come from cannot change in place, and the cluster is protected:
    # not even its nodes are touched.
    refused = project.up(services_range="other", fails=True)
    assert "protect" in refused.output
    assert refused.names("delete", "delete-replaced") == set()
    back = project.up(services_range=None, deletion_protection=False)
    assert back.names("create", "replace", "delete") == set()
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"dev-cluster", "dev-key", "hub-network"}


def test_autopilot(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.gcp.gke_cluster",
        "GkeCluster",
        "dev",
        {
            "project": "example-models",
            "region": "europe-west4",
            "autopilot": True,
            "deletion_protection": False,
        },
        setup=_SETUP,
    )
    created = project.up().names("create")
    assert "dev-cluster" in created
    assert "dev-system" not in created
    assert project.up().steps == {}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"dev-cluster"}
