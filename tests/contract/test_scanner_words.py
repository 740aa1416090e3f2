"""From Pulumi's words to those that scanners know: Terraform's, and ARM's."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.judges.scanners import azurerm, karpenter
from tests.judges.scanners.plan import Made, NotConvertedError, plan, planned, values
from tests.judges.scanners.template import resource

CLUSTER = "aws:eks/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"


@pytest.mark.parametrize(
    ("token", "given", "expected"),
    [
        # A block is a list of blocks; a name is in snake case.
        (
            CLUSTER,
            {"accessConfig": {"authenticationMode": "API"}, "upgradePolicy": {"supportType": "x"}},
            {
                "access_config": [{"authentication_mode": "API"}],
                "upgrade_policy": [{"support_type": "x"}],
            },
        ),
        # A plural of blocks is a singular there, but not everywhere.
        (
            "aws:eks/nodeGroup:NodeGroup",
            {"taints": [{"key": "a", "effect": "NO_SCHEDULE"}]},
            {"taint": [{"key": "a", "effect": "NO_SCHEDULE"}]},
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}]},
            {"block_device_mappings": [{"ebs": [{"encrypted": "true"}]}]},
        ),
        # Keys of maps are the user's; blocks below blocks have names of their own.
        (
            POOL,
            {"nodeConfig": {"resourceLabels": {"costCentre": "a"}, "guestAccelerators": []}},
            {"node_config": [{"resource_labels": {"costCentre": "a"}}]},
        ),
        (
            POOL,
            {"nodeDrainConfigs": [{"respectPdbDuringNodePoolDeletion": True}]},
            {"node_drain_config": [{"respect_pdb_during_node_pool_deletion": True}]},
        ),
        # A list of one text is the text to Pulumi; a few objects are no lists of blocks.
        ("gcp:compute/targetPool:TargetPool", {"healthChecks": "a"}, {"health_checks": ["a"]}),
        (
            "aws:s3tables/tableBucket:TableBucket",
            {"encryptionConfiguration": {"sseAlgorithm": "AES256"}},
            {"encryption_configuration": {"sse_algorithm": "AES256"}},
        ),
        # What is empty is not given.
        (CLUSTER, {"tags": {}, "enabledClusterLogTypes": []}, {}),
    ],
)
def test_terraforms_words(token: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert values(token, given) == expected


def test_user_data_is_read() -> None:
    token = "aws:ec2/launchTemplate:LaunchTemplate"
    assert values(token, {"userData": "ZWNobw=="})["user_data"] == "echo"


@pytest.mark.parametrize(
    ("token", "given", "said"),
    [
        (CLUSTER, {"nothing": 1}, "nothing has no name in Terraform"),
        (CLUSTER, {"vpcConfig": {"nothing": 1}}, "vpcConfig.nothing has no name"),
        # Newer than the provider's source, from which the names come.
        (CLUSTER, {"kubeSchedulerConfig": {}}, "kubeSchedulerConfig has no name"),
        (CLUSTER, {"name": {"a": "b"}}, "name is no object of Terraform's"),
    ],
)
def test_what_has_no_certain_name_is_refused(token: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(NotConvertedError, match=re.escape(said)):
        values(token, given)


def test_a_type_that_terraform_does_not_have_is_refused() -> None:
    with pytest.raises(NotConvertedError, match="has no type in Terraform"):
        planned(Made("a", "aws:nothing/thing:Thing", {}))


def test_a_plan_says_what_refers_to_what() -> None:
    group = Made("group", "aws:ec2/securityGroup:SecurityGroup", {"vpcId": "v"}, ("group-id",))
    interfaces = [{"securityGroups": ["group-id", "sg-other"]}]
    template = Made(
        "template", "aws:ec2/launchTemplate:LaunchTemplate", {"networkInterfaces": interfaces}
    )
    document = plan(map(planned, (group, template)))
    first, second = document["configuration"]["root_module"]["resources"]
    assert "vpc_id" not in first["expressions"]
    assert second["expressions"]["network_interfaces"] == [
        {"security_groups": {"references": ["aws_security_group.group"]}}
    ]
    addresses = ["aws_security_group.group", "aws_launch_template.template"]
    for part in (
        document["resource_changes"],
        document["planned_values"]["root_module"]["resources"],
    ):
        assert [each["address"] for each in part] == addresses


# ---- ARM's words ----

AKS: Mapping[str, Any] = {
    "resourceGroupName": "models",
    "resourceName": "serving",
    "location": "westeurope",
    "sku": {"tier": "Standard"},
    "identity": {"type": "UserAssigned"},
    "enableRBAC": True,
    "agentPoolProfiles": [{"name": "system", "maxPods": 110}],
}


def test_arms_words() -> None:
    found = resource(Made("a", "azure-native:containerservice:ManagedCluster", AKS))
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", found.pop("apiVersion"))
    assert found == {
        "type": "Microsoft.ContainerService/managedClusters",
        "name": "a",
        "location": "westeurope",
        "sku": {"tier": "Standard"},
        "identity": {"type": "UserAssigned"},
        "properties": {
            "enableRBAC": True,
            "agentPoolProfiles": [{"name": "system", "maxPods": 110}],
        },
    }


def test_a_pools_type_is_a_property() -> None:
    pool = {"resourceName": "serving", "agentPoolName": "gpu", "type": "VirtualMachineScaleSets"}
    found = resource(Made("a", "azure-native:containerservice:AgentPool", pool))
    assert found["type"] == "Microsoft.ContainerService/managedClusters/agentPools"
    assert found["properties"] == {"type": "VirtualMachineScaleSets"}


def test_properties_of_arms_own_stay() -> None:
    vault = {"vaultName": "v", "location": "a", "properties": {"enablePurgeProtection": True}}
    found = resource(Made("a", "azure-native:keyvault:Vault", vault))
    assert found["properties"] == {"enablePurgeProtection": True}


def test_parts_of_a_network_have_properties_of_their_own() -> None:
    rules = {"securityRules": [{"name": "ssh", "access": "Deny", "priority": 100}]}
    found = resource(Made("a", "azure-native:network:NetworkSecurityGroup", rules))
    assert found["properties"]["securityRules"] == [
        {"name": "ssh", "properties": {"access": "Deny", "priority": 100}}
    ]
    subnet = {"subnetName": "a", "natGateway": {"id": "b"}}
    found = resource(Made("a", "azure-native:network:Subnet", subnet))
    assert found["properties"] == {"natGateway": {"id": "b"}}


def test_what_arm_does_not_have_is_refused() -> None:
    with pytest.raises(NotConvertedError, match="ARM has no nothing"):
        resource(Made("a", "azure-native:keyvault:Vault", {"nothing": 1}))
    with pytest.raises(NotConvertedError, match="is no type of ARM"):
        resource(Made("a", "azure-native:keyvault:Nothing", {}))


# ---- AKS in Terraform's words ----


def test_aks_in_terraforms_words() -> None:
    more = {
        "apiServerAccessProfile": {"enablePrivateCluster": True},
        "addonProfiles": {"azurepolicy": {"enabled": True}},
        "agentPoolProfiles": [
            {"name": "a", "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"], "maxPods": 50},
            {"name": "b"},
        ],
    }
    cluster = Made("a", "azure-native:containerservice:ManagedCluster", {**AKS, **more})
    pool = Made("b", "azure-native:containerservice:AgentPool", {"enableNodePublicIP": False})
    vault = Made("c", "azure-native:keyvault:Vault", {})
    first, second = azurerm.resources([cluster, pool, vault])
    assert first.address == "azurerm_kubernetes_cluster.a"
    assert first.values == {
        "private_cluster_enabled": True,
        "sku_tier": "Standard",
        "role_based_access_control_enabled": True,
        "azure_policy_enabled": True,
        "default_node_pool": [{"max_pods": 50, "only_critical_addons_enabled": True}],
    }
    assert second.address == "azurerm_kubernetes_cluster_node_pool.b"
    assert second.values == {"node_public_ip_enabled": False, "only_critical_addons_enabled": False}


# ---- Karpenter's classes ----


def test_a_class_is_a_launch_template() -> None:
    spec = {
        "associatePublicIPAddress": False,
        "metadataOptions": {"httpTokens": "required"},
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "volumeSize": "100Gi"}}
        ],
        "securityGroupSelectorTerms": [{"id": "sg-1"}, {"tags": {"a": "b"}}],
        "userData": "echo",
    }
    found = karpenter.launch_template(Made("a", karpenter.CLASS, {"spec": spec}))
    assert values(found.token, found.inputs) == {
        "metadata_options": [
            {
                "http_endpoint": "enabled",
                "http_put_response_hop_limit": 1,
                "http_tokens": "required",
            }
        ],
        "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": [{"encrypted": "true"}]}],
        "network_interfaces": [
            {"associate_public_ip_address": "false", "security_groups": ["sg-1"]}
        ],
        "user_data": "echo",
    }


def test_a_class_that_leaves_addresses_to_the_subnet() -> None:
    spec = {"securityGroupSelectorTerms": [{"id": "sg-1"}]}
    found = karpenter.launch_template(Made("a", karpenter.CLASS, {"spec": spec}))
    words = values(found.token, found.inputs)
    assert words["vpc_security_group_ids"] == ["sg-1"]
    assert "network_interfaces" not in words
