"""AksCluster through the real engine: what each step of its life changes."""

import pytest

from tests.engine.component_project import AZURE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_SETUP = (
    AZURE
    + """
network = pulumi_azure_native.network.VirtualNetwork(
    "net",
    virtual_network_name="net",
    resource_group_name="models",
    address_space={"address_prefixes": ["10.64.0.0/16"]},
    subnets=[
        {"name": "nodes", "address_prefix": "10.64.0.0/17"},
        {"name": "api-server", "address_prefix": "10.64.128.0/24"},
    ],
    opts=pulumi.ResourceOptions(provider=azure),
)
for key, subnet in (("subnet_id", "nodes"), ("api_server_subnet_id", "api-server")):
    asked["args"][key] = pulumi.Output.concat(network.id, "/subnets/", subnet)
"""
)


def _project(sandbox: Sandbox, more: str = "") -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.azure.aks_cluster",
        "AksCluster",
        "serving",
        {
            "resource_group": "models",
            "location": "westeurope",
            "administrators": ["11111111-2222-3333-4444-555555555555"],
        },
        setup=_SETUP + more,
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    assert project.preview().names("create") >= {"serving-cluster", "serving-vault"}
    # Half made, it goes on from there.
    sandbox.run("sandbox/cloud", "fault", "add", _CLUSTER, "create", "fail")
    created = project.up(fails=True)
    made = project.up().names("create")
    assert "serving-cluster" in made
    assert "serving-vault" not in made
    # What the cluster may do, is there before it does it.
    order = [name for _, name in created.order]
    rights = {name for name in order if name.startswith(("serving-nodes-", "serving-secrets-"))}
    assert len(rights) == 3
    assert max(map(order.index, rights)) < order.index("serving-cluster")
    outputs = project.outputs()
    assert outputs["endpoint"].endswith(".privatelink.westeurope.azmk8s.io:443")
    assert outputs["oidc_issuer_url"].startswith("https://westeurope.oic.prod-aks.azure.com/")
    assert "kubelogin" in outputs["kubeconfig"]
    assert "token:" not in outputs["kubeconfig"]
    assert project.up().steps == {}

    longer = project.up(log_retention_days=365)
    assert longer.steps == {"serving-workspace": ["update"]}
    upgraded = project.up(kubernetes_version="1.35", deletion_lock=True)
    assert upgraded.steps == {"serving-cluster": ["update"], "serving-lock": ["create"]}
    assert upgraded.properties["serving-cluster"] == {
        "kubernetesVersion",
        "agentPoolProfiles[0].orchestratorVersion",
    }
    assert project.up(deletion_lock=None).names("delete") == {"serving-lock"}

    # What makes another cluster is refused where it is protected, before anything goes.
    project.up(deletion_protection=True)
    refused = project.up(pod_cidr="10.200.0.0/16", fails=True)
    assert "protect" in refused.output
    assert refused.names("delete", "delete-replaced") == set()
    project.up(pod_cidr=None, deletion_protection=None)

    # Somebody opens the API: a refresh finds it, an update closes it.
    opened = ("serving", "apiServerAccessProfile.disableRunCommand=false")
    sandbox.run("sandbox/cloud", "set", *opened, "--token", _CLUSTER)
    closed = project.up(refresh=True)
    assert closed.names("update") == {"serving-cluster"}
    profile = project.resource("serving-cluster")["outputs"]["apiServerAccessProfile"]
    assert profile["disableRunCommand"] is True
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


_KEY = """
key = pulumi_azure_native.keyvault.Key(
    "theirs",
    vault_name=pulumi_azure_native.keyvault.Vault(
        "keys",
        vault_name="example-keys",
        resource_group_name="models",
        location="westeurope",
        properties={
            "tenant_id": "00000000-0000-0000-0000-0000000000aa",
            "sku": {"family": "A", "name": "standard"},
            "enable_rbac_authorization": True,
            "enable_purge_protection": True,
        },
        opts=pulumi.ResourceOptions(provider=azure),
    ).name,
    key_name="disks",
    resource_group_name="models",
    properties={"kty": "RSA", "key_size": 2048},
    opts=pulumi.ResourceOptions(provider=azure),
)
asked["args"]["key"] = key.id
"""


def test_a_key_that_somebody_else_keeps(sandbox: Sandbox) -> None:
    project = _project(sandbox, _KEY)
    assert "serving-vault" not in project.preview().names("create")
    assert "serving-vault" not in project.up().names("create")
    version = project.resource("theirs")["outputs"]["keyUriWithVersion"]
    assert project.resource("serving-disks")["inputs"]["activeKey"]["keyUrl"] == version
    security = project.resource("serving-cluster")["inputs"]["securityProfile"]
    assert security["azureKeyVaultKms"]["keyId"] == version
    assert project.up().steps == {}
