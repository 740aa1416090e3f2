"""What Azure's clients and documentation allow of azure-native's inputs: both sides of a limit."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.limits import Limit, TypeLimits, problems
from sandbox.limits.azure import read
from sandbox.limits.azure.clients import Client, Field, Model
from sandbox.limits.azure.clients import read as read_client
from sandbox.limits.azure.match import limit_of, match
from sandbox.limits.check import tree
from sandbox.schema import Library
from sandbox.values import mapped
from tests.unit.test_sandbox_azure import (
    ALERT,
    CLUSTER,
    COMPONENT,
    CONTAINER,
    DEPLOYMENT,
    ENDPOINT,
    FEDERATED,
    GROUP,
    IDENTITY,
    NATIVE,
    NETWORK,
    POOL,
    REGISTRY,
    ROLE,
    SECRET,
    SLOT,
    STORAGE,
    SUBNET,
    VAULT,
    WORKSPACE,
)
from tests.unit.test_sandbox_azure import APP as WEB_APP

AUTOSCALE = f"{NATIVE}:monitor:AutoscaleSetting"
BALANCER = f"{NATIVE}:network:LoadBalancer"
BATCH = f"{NATIVE}:machinelearningservices:BatchDeployment"
BOOK = f"{NATIVE}:applicationinsights:Workbook"
QUERY = f"{NATIVE}:monitor:ScheduledQueryRule"
RULE = f"{NATIVE}:network:SecurityRule"
ACTIONS = f"{NATIVE}:monitor:ActionGroup"


@pytest.fixture(scope="module")
def limits() -> dict[str, TypeLimits]:
    return dict(read(Library(NATIVE)))


def nested(path: str, value: object) -> dict[str, Any]:
    """`a.[].b` with a value at its end."""
    first, _, rest = path.partition(".")
    if not rest:
        return {first: value}
    if rest.startswith("[]."):
        return {first: [nested(rest.removeprefix("[]."), value)]}
    return {first: nested(rest, value)}


@pytest.mark.parametrize(
    ("token", "path", "good", "bad"),
    [
        # Names.
        (WORKSPACE, "workspaceName", "abc", "ab"),
        (WORKSPACE, "workspaceName", "a" * 33, "a" * 34),
        (ENDPOINT, "endpointName", "abc", "ab"),
        (ENDPOINT, "endpointName", "a" * 32, "a" * 33),
        (ENDPOINT, "endpointName", "fraud-dev", "1fraud"),
        (DEPLOYMENT, "deploymentName", "blue-2", "blue_2"),
        (POOL, "agentPoolName", "a" * 12, "a" * 13),
        (POOL, "agentPoolName", "gpu1", "GPU1"),
        (POOL, "agentPoolName", "gpu1", "1gpu"),
        (CLUSTER, "resourceName", "a" * 63, "a" * 64),
        (CLUSTER, "agentPoolProfiles.[].name", "system", "system-1"),
        (STORAGE, "accountName", "abc", "ab"),
        (STORAGE, "accountName", "a" * 24, "a" * 25),
        (STORAGE, "accountName", "models1", "models-1"),
        (CONTAINER, "containerName", "abc", "ab"),
        (CONTAINER, "containerName", "$web", "$webs"),
        (VAULT, "vaultName", "a" * 24, "a" * 25),
        (VAULT, "vaultName", "a-b", "a--b"),
        (SECRET, "secretName", "a" * 127, "a" * 128),
        (IDENTITY, "resourceName", "abc", "ab"),
        (FEDERATED, "federatedIdentityCredentialResourceName", "a" * 120, "a" * 121),
        (REGISTRY, "registryName", "abcde", "abcd"),
        (REGISTRY, "registryName", "models", "my-models"),
        (GROUP, "resourceGroupName", "a" * 90, "a" * 91),
        (GROUP, "resourceGroupName", "a.b", "a.b."),
        (ROLE, "roleAssignmentName", "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "reader"),
        (NETWORK, "virtualNetworkName", "ab", "a"),
        (SUBNET, "subnetName", "a" * 80, "a" * 81),
        (WEB_APP, "name", "a" * 60, "a" * 61),
        (SLOT, "slot", "green", "g"),
        (ALERT, "ruleName", "p95 too high", "p95 > 100 ms"),
        (COMPONENT, "resourceName", "a" * 260, "a" * 261),
        # Ranges, lengths and patterns of properties.
        (CLUSTER, "agentPoolProfiles.[].count", 1000, 1001),
        (CLUSTER, "agentPoolProfiles.[].osDiskSizeGB", 2048, 2049),
        (CLUSTER, "networkProfile.podCidr", "10.244.0.0/16", "10.244.0.0/33"),
        (CLUSTER, "networkProfile.dnsServiceIP", "10.0.0.10", "10.0.0.256"),
        (CLUSTER, "networkProfile.loadBalancerProfile.idleTimeoutInMinutes", 4, 3),
        (CLUSTER, "dnsPrefix", "a" * 54, "a" * 55),
        (POOL, "maxPods", 10, 9),
        (POOL, "maxPods", 250, 251),
        (POOL, "upgradeSettings.drainTimeoutInMinutes", 1440, 1441),
        (WEB_APP, "siteConfig.preWarmedInstanceCount", 10, 11),
        (
            WEB_APP,
            "functionAppConfig.scaleAndConcurrency.maximumInstanceCount",
            1000,
            1001,
        ),
        (VAULT, "properties.softDeleteRetentionInDays", 7, 6),
        (VAULT, "properties.softDeleteRetentionInDays", 90, 91),
        (FEDERATED, "audiences", ["a"], ["a", "b"]),
        (AUTOSCALE, "profiles", ["a"] * 20, ["a"] * 21),
        (ACTIONS, "groupShortName", "a" * 12, "a" * 13),
        (ALERT, "severity", 4, 5),
        (QUERY, "criteria.allOf.[].failingPeriods.numberOfEvaluationPeriods", 6, 7),
        (QUERY, "windowSize", "P2D", "P3D"),
        (QUERY, "evaluationFrequency", "P1D", "P2D"),
        (QUERY, "overrideQueryTimeRange", "PT20M", "PT7H"),
        (BOOK, "resourceName", "5620feb9-6949-5356-bb6f-b09509d4e550", "fraud"),
        (RULE, "priority", 100, 99),
        (BALANCER, "probes.[].intervalInSeconds", 5, 4),
        (BATCH, "properties.errorThreshold", -1, -2),
        (DEPLOYMENT, "properties.requestSettings.maxConcurrentRequestsPerInstance", 1, 0),
        (DEPLOYMENT, "properties.requestSettings.requestTimeout", "PT5S", "5s"),
        (DEPLOYMENT, "properties.livenessProbe.period", "PT1M30S", "90"),
        (ENDPOINT, "properties.traffic", {"blue": 100}, {"blue": 101}),
        (ENDPOINT, "properties.mirrorTraffic", {"blue": 50}, {"blue": 51}),
        (WORKSPACE, "tags", {"owner": "a" * 256}, {"owner": "a" * 257}),
        (WORKSPACE, "tags", {"a" * 512: "b"}, {"a" * 513: "b"}),
        (WORKSPACE, "tags", {str(n): "" for n in range(50)}, {str(n): "" for n in range(51)}),
    ],
)
def test_both_sides(
    limits: dict[str, TypeLimits], token: str, path: str, good: object, bad: object
) -> None:
    limit = limits[token]
    assert not problems(limit, tree(limit), nested(path, good))
    found = problems(limit, tree(limit), nested(path, bad))
    assert found
    assert found[0].path.startswith(path.partition(".")[0])
    assert "https://learn.microsoft.com/" in found[0].reason


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ({"pattern": "^[a-z]+$"}, Limit(pattern="^[a-z]+$")),
        # A pattern without both ends holds anywhere in the text.
        ({"pattern": "[a-z]"}, Limit(pattern="(?s:.*?)(?:[a-z])(?s:.*)", published="[a-z]")),
        (
            {"pattern": "^a$|^b$"},
            Limit(pattern="(?s:.*?)(?:^a$|^b$)(?s:.*)", published="^a$|^b$"),
        ),
        ({"pattern": r"^[\p{L}]+$"}, None),
        ({"max_items": 3, "min_items": 1, "unique": True}, Limit(min_length=1, max_length=3)),
        ({"maximum": 5, "minimum": 1, "required": True}, Limit(minimum=1, maximum=5)),
    ],
)
def test_constraints_of_a_client(constraints: dict[str, Any], expected: Limit | None) -> None:
    assert limit_of(constraints) == expected


MODELS = """
class Base(_serialization.Model):
    _attribute_map = {"kind": {"key": "kind", "type": "str"}}

class Old(Base):
    _validation = {"id": {"readonly": True}, "count": {"maximum": 5}}
    _attribute_map = {
        "id": {"key": "id", "type": "str"},
        "count": {"key": "properties.count", "type": "int"},
        "parts": {"key": "properties.parts", "type": "[Part]"},
    }

class New(Base):
    state: Optional[str] = rest_field(visibility=["read"])
    location: str = rest_field(visibility=["read", "create"])
    sub_nets: Optional[dict[str, "_models.Part"]] = rest_field(
        name="subNets", visibility=["read", "create", "update"]
    )
"""
OPERATIONS = """
def build_parts_create_request(name: str, subscription_id: str):
    _url = "/subscriptions/{subscriptionId}/parts/{partName}"
    path_format_arguments = {
        "partName": _SERIALIZER.url("name", name, "str", max_length=5, min_length=1),
    }
    return HttpRequest(method="PUT", url=_url)

class PartsOperations:
    def begin_create(self, body: Union[_models.New, IO[bytes]]) -> LROPoller[_models.Old]:
        return build_parts_create_request(name="a")
"""


def test_both_generations_of_clients_are_read(tmp_path: Path) -> None:
    for folder, source in (("models", MODELS), ("operations", OPERATIONS)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "_x.py").write_text(source)
    client = read_client(tmp_path)
    assert [(item.wire, item.containers, item.model) for item in client.fields("Old")] == [
        (("kind",), (), ""),
        (("properties", "count"), (), ""),
        (("properties", "parts"), ("[]",), "Part"),
    ]
    assert [(f.wire, f.containers, f.create_only) for f in client.fields("New")] == [
        (("kind",), (), False),
        (("location",), (), True),
        (("subNets",), ("*",), False),
    ]
    (operation,) = client.operations
    assert (operation.group, operation.name, operation.method) == ("Parts", "create", "PUT")
    assert operation.body == "New"
    assert mapped(dict(operation.parameters))["partName"] == {"max_length": 5, "min_length": 1}


def test_what_variants_say_differently_is_dropped() -> None:
    library = Library(NATIVE)
    declared = library.resource(DEPLOYMENT).inputs

    def client(managed: int, kubernetes: int) -> Client:
        models = [
            Model("OnlineDeployment", (), (Field(("properties",), (), "Properties", {}),)),
            Model("Properties", (), ()),
            *(
                Model(name, (), (Field(("instanceType",), (), "", {"max_length": length}),))
                for name, length in (
                    ("ManagedOnlineDeployment", managed),
                    ("KubernetesOnlineDeployment", kubernetes),
                )
            ),
        ]
        return Client({model.name: model for model in models})

    path = "properties.instanceType"
    assert match(library, client(5, 5), "OnlineDeployment", declared).limits == {
        path: Limit(max_length=5)
    }
    found = match(library, client(5, 6), "OnlineDeployment", declared)
    assert (found.limits, found.loose) == ({}, 1)
