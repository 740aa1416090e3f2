"""Components without an engine: what they register, recorded under Pulumi's mocks."""

import asyncio
import base64
import copy
import json
import runpy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
import pulumi.runtime.resource
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.proto import source_pb2

ACCOUNT = "123456789012"
REGION = "eu-west-1"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_LOOP = asyncio.new_event_loop()
_KEPT = 100
_RECORDED: dict[tuple[object, str, str], "Recorded"] = {}
# Set by tests/conftest.py: off where a test patches something, or listens.
sharing = False
# What AWS answers to the components' questions, in wire spelling.
_ANSWERS: dict[str, dict[str, Any]] = {
    # Nothing was deployed before.
    "pulumi:pulumi:readStackOutputs": {"name": "models", "outputs": {}, "secretOutputNames": []},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getRegion:getRegion": {"region": REGION},
    "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:ec2/getVpc:getVpc": {"cidrBlock": "10.9.0.0/16"},
    "aws:eks/getCluster:getCluster": {
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/serving-dev",
        "identities": [{"oidcs": [{"issuer": "https://oidc.example/id/1"}]}],
        "vpcConfig": {"clusterSecurityGroupId": "sg-cluster", "vpcId": "vpc-cluster"},
    },
    "azure-native:keyvault:getKey": {"keyUriWithVersion": "https://vault.example/keys/theirs/1"},
    "azure-native:authorization:getClientConfig": {
        "clientId": "client",
        "objectId": "object",
        "subscriptionId": SUBSCRIPTION,
        "tenantId": "00000000-0000-0000-0000-0000000000aa",
    },
    "azure-native:resources:getResourceGroup": {"id": "group", "name": "models"},
    "azure-native:machinelearningservices:getWorkspace": {
        "id": "workspace",
        "location": "westeurope",
        "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "publicNetworkAccess": "Enabled",
    },
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [
            {"name": "clusterUser", "value": base64.b64encode(b"apiVersion: v1").decode()}
        ]
    },
    "gcp:organizations/getProject:getProject": {"number": "210987654321"},
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": {
        "serviceAccountId": "service-210987654321@gcp-sa-logging.iam.gserviceaccount.com"
    },
    "serving:index:getSageMakerModelPackage": {
        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/registered@sha256:{'1' * 64}",
        "modelDataUrl": "s3://registered/fraud/7/model.tar.gz",
        "instanceTypes": ["ml.m5.large", "ml.m5.xlarge"],
        "approvalStatus": "Approved",
    },
    "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage": {
        "registryPath": f"141502667606.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:1.7-1"
    },
}
# Outputs that the vendor computes and that a component goes on with.
_COMPUTED: dict[str, dict[str, Any]] = {
    "aws:lambda/function:Function": {"version": "3"},
    "aws:lambda/alias:Alias": {"invokeArn": "arn:aws:apigateway:invoke"},
    "aws:apigatewayv2/api:Api": {
        "apiEndpoint": "https://api.example",
        "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api",
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:eks/nodeGroup:NodeGroup": {
        "nodeGroupName": "group",
        "resources": [{"autoscalingGroups": [{"name": "asg"}]}],
    },
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://cluster.example",
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "identities": [{"oidcs": [{"issuer": "https://oidc.example/id/1"}]}],
    },
    "aws:kms/key:Key": {"keyId": "key"},
    "gcp:container/cluster:Cluster": {"endpoint": "10.64.0.2"},
    "gcp:storage/bucketObject:BucketObject": {"generation": 7},
    "serving:index:VertexModel": {
        "versionName": "projects/example-models/locations/europe-west4/models/fraud@1"
    },
    "serving:index:VertexDeployedModel": {"deployedModelId": "1000000001"},
    "serving:index:VertexTrafficSplit": {
        "dedicatedEndpointDns": "fraud-dev.europe-west4-210987654321.prediction.vertexai.goog"
    },
    "serving:index:VertexMonitoringJob": {"jobId": "6680511704087920640"},
    "serving:index:VertexBatchPredictionJob": {"outputLocation": "gs://example-data/scores/1"},
    "gcp:serviceaccount/account:Account": {
        "email": "node@example-models.iam.gserviceaccount.com",
        "member": "serviceAccount:node@example-models.iam.gserviceaccount.com",
    },
    # Identities are asked for as a list, and answered as a map.
    "azure-native:compute:DiskEncryptionSet": {"identity": {"type": "UserAssigned"}},
    "azure-native:containerservice:ManagedCluster": {
        "identity": {"type": "UserAssigned"},
        "fqdn": "serving.hcp.westeurope.azmk8s.io",
        "privateFQDN": "serving.privatelink.westeurope.azmk8s.io",
        "oidcIssuerProfile": {"enabled": True, "issuerURL": "https://issuer.example/"},
    },
    "azure-native:applicationinsights:Component": {
        "connectionString": "InstrumentationKey=key;IngestionEndpoint=https://insights.example/"
    },
    "azure-native:storage:StorageAccount": {
        # Asked for as a list, and answered as a map.
        "identity": {"type": "UserAssigned"},
        "primaryEndpoints": {"blob": "https://account.blob.core.windows.net/"},
    },
    "azure-native:web:WebApp": {
        "identity": {"type": "UserAssigned"},
        "defaultHostName": "thing.azurewebsites.net",
    },
    "azure-native:web:WebAppSlot": {"identity": {"type": "UserAssigned"}},
    "azure-native:logic:Workflow": {"identity": {"type": "UserAssigned"}},
    "azure-native:machinelearningservices:Compute": {"identity": {"type": "UserAssigned"}},
    "azure-native:machinelearningservices:BatchEndpoint": {
        "properties": {
            "authMode": "AADToken",
            "scoringUri": "https://scores-dev.westeurope.inference.ml.azure.com/jobs",
        }
    },
    "azure-native:keyvault:Key": {"keyUriWithVersion": "https://vault.example/keys/key/1"},
    "azure-native:machinelearningservices:OnlineEndpoint": {
        # Asked for as a list, and answered as a map.
        "identity": {"type": "UserAssigned"},
        "properties": {
            "authMode": "AADToken",
            "provisioningState": "Succeeded",
            "scoringUri": "https://thing.westeurope.inference.ml.azure.com/score",
        },
    },
    "serving:index:AzureMlLiveValues": {
        "traffic": {},
        "mirrorTraffic": {},
        "instances": 2,
        "defaultDeployment": "v2-0-0-aaaaaa",
    },
    "azure-native:managedidentity:UserAssignedIdentity": {
        "clientId": "client",
        "principalId": "principal",
    },
}


# Where in a program a resource is made is of no use here, and takes a tenth of the time.
pulumi.runtime.resource._get_stack_trace = source_pb2.StackTrace  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


@dataclass
class Recorded(Mocks):
    """Every registered resource by its name: type and inputs in wire spelling."""

    types: dict[str, str] = field(default_factory=dict[str, str])
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Every input is an output too; names and ARNs are made from the resource's name."""
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        if args.resource_id:
            # Read: it is there, made by somebody else.
            return args.resource_id, inputs
        self.types[args.name] = args.typ
        self.inputs[args.name] = inputs
        made: dict[str, Any] = {
            "name": args.name,
            "arn": f"arn:aws:mock:{REGION}:{ACCOUNT}:{args.name}",
            **inputs,
            **_COMPUTED.get(args.typ, {}),
        }
        if args.typ.startswith("kubernetes:") and "metadata" in inputs:
            # A release of a chart is no object. What has no name gets one, as from the provider.
            made["metadata"] = {"name": f"{args.name}-0a1b2c3d", **inputs["metadata"]}
        if args.typ == "aws:eks/cluster:Cluster":
            made["vpcConfig"] = {"clusterSecurityGroupId": "sg-cluster", **inputs["vpcConfig"]}
        if args.typ == "gcp:cloudrunv2/service:Service":
            # What is asked for is live at once.
            made["uri"] = f"https://{made['name']}-210987654321.{made['location']}.run.app"
            made["trafficStatuses"] = made["traffics"]
        if args.typ == "aws:ec2/eip:Eip":
            made["allocationId"] = f"{args.name}-id"
        return f"{args.name}-id", made

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        """A function's answer."""
        if args.token == "aws:ec2/getSubnet:getSubnet":
            asked = cast("dict[str, Any]", args.args)  # pyright: ignore[reportUnknownMemberType]
            # The first of a region's subnets is in its first zone.
            zone = "abcdef"[int(asked["id"].rpartition("-")[2]) - 1]
            return {"id": asked["id"], "availabilityZone": f"{REGION}{zone}"}, []
        return _ANSWERS[args.token], []

    def of(self, token: str) -> dict[str, dict[str, Any]]:
        """Inputs by name of all resources of a type."""
        return {name: self.inputs[name] for name, found in self.types.items() if found == token}


def record(component: Callable[[str, Any], Any], name: str, args: Mapping[str, Any]) -> Recorded:
    """Make one component and wait until all that it registers is registered.

    Many cases look at different things of the same component: where nothing else can differ, it is
    made once.
    """
    try:
        key = (component, name, json.dumps(args)) if sharing and _applied() else None
    except TypeError:  # Outputs, secrets, what is unknown.
        key = None
    if key is None:
        return _record(component, name, args)
    if key not in _RECORDED:
        if len(_RECORDED) >= _KEPT:
            del _RECORDED[next(iter(_RECORDED))]
        _RECORDED[key] = _record(component, name, args)
    return copy.deepcopy(_RECORDED[key])


def _applied() -> bool:
    """Whether objects of Kubernetes are made as the engine makes them."""
    objects: Any = sys.modules.get("components.kubernetes.objects")
    return not objects or objects.is_applied()


def _record(component: Callable[[str, Any], Any], name: str, args: Mapping[str, Any]) -> Recorded:
    recorded = _started(Recorded())

    def program() -> pulumi.Output[None]:
        made = component(name, dict(args))
        keys = list(type(made).__annotations__)

        def keep(values: list[Any]) -> None:
            recorded.outputs = dict(zip(keys, values, strict=True))

        return pulumi.Output.all(*(getattr(made, key) for key in keys)).apply(keep)

    pulumi.runtime.test(program)()  # pyright: ignore[reportUnknownMemberType]
    return recorded


def record_program(module: str, stack: str, config: Mapping[str, str]) -> Recorded:
    """Run a whole program as a stack with this configuration, and wait for all it registers."""
    recorded = _started(Recorded(), stack)
    pulumi.runtime.set_all_config(dict(config))

    def program() -> None:
        runpy.run_module(module)

    try:
        pulumi.runtime.test(program)()  # pyright: ignore[reportUnknownMemberType]
    finally:
        pulumi.runtime.set_all_config({})
    return recorded


def _started(recorded: Recorded, stack: str = "stack") -> Recorded:
    # One loop for the whole process: Pulumi keeps what is pending in globals.
    asyncio.set_event_loop(_LOOP)
    set_mocks(recorded, "project", stack)
    return recorded
