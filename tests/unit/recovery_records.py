"""A state, and records of what a killed run began in it."""

from collections.abc import Mapping
from typing import Any

PROVIDERS: dict[str, dict[str, str]] = {
    "aws": {"region": "eu-west-1"},
    "gcp": {"project": "acme"},
    "azure-native": {},
    "kubernetes": {},
}
GOOGLE = "https://dns.googleapis.com/dns/v1/"
GROUP = "/subscriptions/s1/resourceGroups/g/providers"
OURS = {"model-serving:model": "iris", "model-serving:owner": "ml"}
NODES, NODES_ID = "aws:eks/nodeGroup:NodeGroup", "serving-dev:chat-591c76a"
MACHINES = "eks-chat-591c76a-f905be68-eca8-4411-bfaa-da5b92aaebdc"
TENANT = "0d4c7a52-6b1e-4f0a-9d11-0c3c2d6f7a10"
NEIGHBOURS: tuple[tuple[str, str, dict[str, Any], list[str]], ...] = (
    ("aws:iam/role:Role", "iris-role-1c2e974", {"name": "iris-role-1c2e974"}, ["name"]),
    ("aws:kms/key:Key", "b963c106-56d2-4fe3-a077-1cb6dacc6dd9", {}, []),
    ("aws:lambda/function:Function", "iris-dev", {"name": "iris-dev"}, []),
    ("aws:apigatewayv2/api:Api", "a1b2c3d4e5", {"name": "iris"}, []),
    # Names that people chose, and that look like numbers of AWS'.
    ("aws:sagemaker/endpoint:Endpoint", "production", {"name": "production"}, []),
    ("aws:sagemaker/endpoint:Endpoint", "churnmodel", {"name": "churnmodel"}, []),
    ("aws:sagemaker/model:Model", "fraud-20261127", {"name": "fraud-20261127"}, []),
)
EXTERNAL = "vpc-0a1b2c3d4e5f60718"


def urn(kind: str, name: str = "it") -> str:
    return f"urn:pulumi:dev::tiny::{kind}::{name}"


def record(kind: str, inputs: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    package = kind.partition(":")[0]
    provider = f"{urn(f'pulumi:providers:{package}', 'default')}::1"
    return {"urn": urn(kind), "type": kind, "custom": True, "inputs": dict(inputs)} | {
        "provider": provider,
        **more,
    }


def state() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "urn": urn(f"pulumi:providers:{package}", "default"),
            "type": f"pulumi:providers:{package}",
        }
        | {"id": "1", "inputs": inputs}
        for package, inputs in PROVIDERS.items()
    ]
    for kind, identity, inputs, defaults in NEIGHBOURS:
        made = record(kind, inputs | {"__defaults": defaults}, id=identity)
        made["urn"] = urn(kind, f"neighbour-{identity}")
        made["outputs"] = {"arn": f"arn:aws:x:eu-west-1:123456789012:{identity}"}
        found.append(made)
    nodes = record(NODES, {"nodeGroupName": "chat-591c76a"}, id=NODES_ID)
    groups = [{"name": MACHINES}]
    nodes |= {"outputs": {"resources": [{"autoscalingGroups": groups}], "tenant": TENANT}}
    found.append(nodes | {"urn": urn(NODES, f"neighbour-{NODES_ID}")})
    network = record("aws:ec2/vpc:Vpc", {}, id=EXTERNAL, external=True)
    found.append(network | {"urn": urn("aws:ec2/vpc:Vpc", "neighbour")})
    group = record(
        "azure-native:storage:StorageAccount", {}, id="/subscriptions/s1/resourceGroups/g/x"
    )
    return [*found, group | {"urn": urn("azure-native:storage:StorageAccount", "neighbour")}]
