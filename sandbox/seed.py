"""What every new stand-in cloud holds: the accounts, and what a platform team would have made.

The ids are listed in README.md; programs refer to them by id or look them up by a function.
"""

from collections.abc import Iterator
from typing import Any

from sandbox import seed_registries as registries

__all__ = [
    "AWS_ACCOUNT",
    "AWS_REGION",
    "AZURE_LOCATION",
    "AZURE_SUBSCRIPTION",
    "AZURE_TENANT",
    "ENVIRONMENTS",
    "GCP_PROJECT",
    "KUBERNETES_VERSION",
    "identities",
    "resources",
]

AWS_ACCOUNT = "123456789012"
AWS_REGION = "eu-west-1"
GCP_PROJECT = "example-models"
GCP_PROJECT_NUMBER = "210987654321"
AZURE_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
AZURE_TENANT = "00000000-0000-0000-0000-0000000000aa"
AZURE_LOCATION = "westeurope"
KUBERNETES_VERSION = "1.34"
ENVIRONMENTS = ("dev", "prod")
_ZONES = ("a", "b", "c")
_AZURE_GROUP = "models"
_STORAGE, _REGISTRY, _WORKSPACE, _VAULT = (
    "exampleartifacts",
    "examples",
    "serving",
    "example-serving",
)
_CONTAINERS = ("captured", "code", "customers", "models", "scores")


def identities() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, id and details of what an identity can be checked against."""
    yield "aws_account", AWS_ACCOUNT, {"alias": "example-models"}
    yield "gcp_project", GCP_PROJECT, {"number": GCP_PROJECT_NUMBER, "name": "Example models"}
    yield (
        "azure_subscription",
        AZURE_SUBSCRIPTION,
        {"tenant_id": AZURE_TENANT, "client_id": "00000000-0000-0000-0000-0000000000cc"},
    )
    for environment in ENVIRONMENTS:
        yield "cluster", f"serving-{environment}", {"version": f"v{KUBERNETES_VERSION}.4"}


def resources() -> Iterator[dict[str, Any]]:
    """Columns of the rows of a new store."""
    for number, environment in enumerate(ENVIRONMENTS):
        yield from _network(environment, number)
        yield from _cluster(environment)
        yield from namespaces(f"serving-{environment}")
    yield _aws(
        "aws:s3/bucket:Bucket",
        "example-models",
        name="example-models",
        bucket="example-models",
        arn="arn:aws:s3:::example-models",
        bucketDomainName="example-models.s3.amazonaws.com",
        bucketRegionalDomainName=f"example-models.s3.{AWS_REGION}.amazonaws.com",
        region=AWS_REGION,
    )
    yield from registries.resources()
    yield from _default_network()
    yield _google_bucket()
    yield _azure(
        "azure-native:resources:ResourceGroup",
        "",
        {"resourceGroupName": _AZURE_GROUP, "location": AZURE_LOCATION},
        location=AZURE_LOCATION,
        type="Microsoft.Resources/resourceGroups",
        properties={"provisioningState": "Succeeded"},
    )
    yield from _storage()
    yield from _workspace()


def _default_network() -> Iterator[dict[str, Any]]:
    """The network that every new Google Cloud project has.

    https://cloud.google.com/vpc/docs/vpc#default-network
    """
    network = f"projects/{GCP_PROJECT}/global/networks/default"
    api = "https://www.googleapis.com/compute/v1"
    yield _gcp(
        "gcp:compute/network:Network",
        network,
        autoCreateSubnetworks=True,
        selfLink=f"{api}/{network}",
    )
    # https://cloud.google.com/vpc/docs/subnets#ip-ranges
    for region, block in (("europe-west1", "10.132.0.0/20"), ("us-central1", "10.128.0.0/20")):
        subnetwork = f"projects/{GCP_PROJECT}/regions/{region}/subnetworks/default"
        yield _gcp(
            "gcp:compute/subnetwork:Subnetwork",
            subnetwork,
            network=f"{api}/{network}",
            region=region,
            ipCidrRange=block,
            selfLink=f"{api}/{subnetwork}",
        )


def _google_bucket() -> dict[str, Any]:
    """Where artifacts and packages are on Google Cloud, by the names of docs/cloud-run.md."""
    return _gcp(
        "gcp:storage/bucket:Bucket",
        "example-models",
        location="EU",
        storageClass="STANDARD",
        uniformBucketLevelAccess=True,
        url="gs://example-models",
        selfLink="https://www.googleapis.com/storage/v1/b/example-models",
        projectNumber=int(GCP_PROJECT_NUMBER),
    )


def _gcp(token: str, resource_id: str, **outputs: Any) -> dict[str, Any]:  # noqa: ANN401 - any property
    name = resource_id.rpartition("/")[2]
    return {
        "provider": "gcp",
        "account": GCP_PROJECT,
        "token": token,
        "id": resource_id,
        "name": name,
        "inputs": {},
        "outputs": {"name": name, "project": GCP_PROJECT, **outputs},
    }


def _azure(token: str, path: str, inputs: dict[str, Any], **outputs: Any) -> dict[str, Any]:  # noqa: ANN401 - any property
    """A resource of the group: `path` is what its id ends with, of providers, types and names."""
    resource_id = _in_group(path)
    name = resource_id.rpartition("/")[2]
    return {
        "provider": "azure-native",
        "account": AZURE_SUBSCRIPTION,
        "token": token,
        "id": resource_id,
        "name": name,
        "inputs": inputs,
        "outputs": {"name": name, **outputs},
    }


def _in_group(path: str) -> str:
    group = f"/subscriptions/{AZURE_SUBSCRIPTION}/resourceGroups/{_AZURE_GROUP}"
    return f"{group}/providers/{path}" if path else group


def _storage() -> Iterator[dict[str, Any]]:
    """Where artifacts and images are on Azure, by the names of docs/azure-ml.md."""
    place = {"resourceGroupName": _AZURE_GROUP, "location": AZURE_LOCATION}
    accounts = "Microsoft.Storage/storageAccounts"
    yield _azure(
        "azure-native:storage:StorageAccount",
        f"{accounts}/{_STORAGE}",
        {
            **place,
            "accountName": _STORAGE,
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "allowBlobPublicAccess": False,
            "allowSharedKeyAccess": False,
        },
        type=accounts,
        provisioningState="Succeeded",
        primaryEndpoints={
            host.rpartition(".")[2]: f"https://{_STORAGE}.{host}.core.windows.net/"
            for host in ("blob", "dfs", "file", "queue", "table", "z6.web")
        },
    )
    for container in _CONTAINERS:
        yield _azure(
            "azure-native:storage:BlobContainer",
            f"{accounts}/{_STORAGE}/blobServices/default/containers/{container}",
            {
                "resourceGroupName": _AZURE_GROUP,
                "accountName": _STORAGE,
                "containerName": container,
            },
            type=f"{accounts}/blobServices/containers",
        )
    registries = "Microsoft.ContainerRegistry/registries"
    yield _azure(
        "azure-native:containerregistry:Registry",
        f"{registries}/{_REGISTRY}",
        {**place, "registryName": _REGISTRY, "sku": {"name": "Premium"}},
        type=registries,
        provisioningState="Succeeded",
        loginServer=f"{_REGISTRY}.azurecr.io",
    )


def _workspace() -> Iterator[dict[str, Any]]:
    """An Azure ML workspace with the key vault that it needs, and Application Insights.

    It is reached from the internet, and so is the internet from its managed network.
    """
    place = {"resourceGroupName": _AZURE_GROUP, "location": AZURE_LOCATION}
    vault = f"Microsoft.KeyVault/vaults/{_VAULT}"
    policy = {
        "tenantId": AZURE_TENANT,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }
    yield _azure(
        "azure-native:keyvault:Vault",
        vault,
        {**place, "vaultName": _VAULT, "properties": policy},
        type="Microsoft.KeyVault/vaults",
        properties={
            **policy,
            "vaultUri": f"https://{_VAULT}.vault.azure.net/",
            "provisioningState": "Succeeded",
        },
    )
    logs = f"Microsoft.OperationalInsights/workspaces/{_WORKSPACE}-logs"
    yield _azure(
        "azure-native:operationalinsights:Workspace",
        logs,
        {**place, "workspaceName": f"{_WORKSPACE}-logs"},
        type="Microsoft.OperationalInsights/workspaces",
        provisioningState="Succeeded",
        customerId="00000000-0000-0000-0000-0000000000dd",
    )
    insights = f"Microsoft.Insights/components/{_WORKSPACE}-insights"
    yield _azure(
        "azure-native:applicationinsights:Component",
        insights,
        {
            **place,
            "resourceName": f"{_WORKSPACE}-insights",
            "kind": "web",
            "applicationType": "web",
            "workspaceResourceId": _in_group(logs),
        },
        type="Microsoft.Insights/components",
        provisioningState="Succeeded",
        appId="00000000-0000-0000-0000-0000000000ee",
    )
    workspaces = "Microsoft.MachineLearningServices/workspaces"
    yield _azure(
        "azure-native:machinelearningservices:Workspace",
        f"{workspaces}/{_WORKSPACE}",
        {
            **place,
            "workspaceName": _WORKSPACE,
            "identity": {"type": "SystemAssigned"},
            "systemDatastoresAuthMode": "Identity",
            "storageAccount": _in_group(f"Microsoft.Storage/storageAccounts/{_STORAGE}"),
            "containerRegistry": _in_group(f"Microsoft.ContainerRegistry/registries/{_REGISTRY}"),
            "keyVault": _in_group(vault),
            "applicationInsights": _in_group(insights),
            "managedNetwork": {"isolationMode": "AllowInternetOutbound"},
            "publicNetworkAccess": "Enabled",
        },
        type=workspaces,
        provisioningState="Succeeded",
        identity={
            "type": "SystemAssigned",
            "principalId": "00000000-0000-0000-0000-0000000000ff",
            "tenantId": AZURE_TENANT,
        },
        workspaceId="00000000-0000-0000-0000-0000000000bb",
        discoveryUrl=f"https://{AZURE_LOCATION}.api.azureml.ms/discovery",
    )


def _aws(token: str, resource_id: str, name: str = "", **outputs: Any) -> dict[str, Any]:  # noqa: ANN401 - any property
    region = "" if token.startswith("aws:iam/") else AWS_REGION
    return {
        "provider": "aws",
        "account": AWS_ACCOUNT,
        "region": region,
        "token": token,
        "id": resource_id,
        "name": name,
        "inputs": {},
        "outputs": {"tags": {}, "tagsAll": {}, **outputs},
    }


def _network(environment: str, number: int) -> Iterator[dict[str, Any]]:
    def id_of(kind: str, tail: str) -> str:
        return f"{kind}-0{environment}{tail.rjust(16 - len(environment), '0')}"

    vpc = id_of("vpc", "a0")
    ec2 = f"arn:aws:ec2:{AWS_REGION}:{AWS_ACCOUNT}"
    yield _aws(
        "aws:ec2/vpc:Vpc",
        vpc,
        arn=f"{ec2}:vpc/{vpc}",
        cidrBlock=f"10.{number}.0.0/16",
        tags={"Name": f"serving-{environment}"},
    )
    for index, zone in enumerate(_ZONES, start=1):
        subnet = id_of("subnet", f"a{index}")
        yield _aws(
            "aws:ec2/subnet:Subnet",
            subnet,
            arn=f"{ec2}:subnet/{subnet}",
            vpcId=vpc,
            cidrBlock=f"10.{number}.{index}.0/24",
            availabilityZone=f"{AWS_REGION}{zone}",
            mapPublicIpOnLaunch=False,
            tags={"Name": f"serving-{environment}-private-{zone}", "tier": "private"},
        )
    group = id_of("sg", "a0")
    yield _aws(
        "aws:ec2/securityGroup:SecurityGroup",
        group,
        name=f"serving-{environment}",
        arn=f"{ec2}:security-group/{group}",
        vpcId=vpc,
    )


def _cluster(environment: str) -> Iterator[dict[str, Any]]:
    name = f"serving-{environment}"
    role = f"{name}-cluster"
    # 32 hexadecimal digits, as in a real cluster's OIDC issuer.
    issuer = f"oidc.eks.{AWS_REGION}.amazonaws.com/id/{environment.encode().hex().upper():0>32}"
    yield _aws(
        "aws:iam/role:Role",
        role,
        name=role,
        arn=f"arn:aws:iam::{AWS_ACCOUNT}:role/{role}",
        assumeRolePolicy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
        '{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )
    yield _aws(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        f"arn:aws:iam::{AWS_ACCOUNT}:oidc-provider/{issuer}",
        arn=f"arn:aws:iam::{AWS_ACCOUNT}:oidc-provider/{issuer}",
        url=f"https://{issuer}",
        clientIdLists=["sts.amazonaws.com"],
    )
    pad = 16 - len(environment)
    yield _aws(
        "aws:eks/cluster:Cluster",
        name,
        name=name,
        arn=f"arn:aws:eks:{AWS_REGION}:{AWS_ACCOUNT}:cluster/{name}",
        roleArn=f"arn:aws:iam::{AWS_ACCOUNT}:role/{role}",
        version=KUBERNETES_VERSION,
        platformVersion="eks.1",
        status="ACTIVE",
        endpoint=f"https://{name}.gr7.{AWS_REGION}.eks.amazonaws.com",
        certificateAuthority={"data": "c2FuZGJveA=="},
        identities=[{"oidcs": [{"issuer": f"https://{issuer}"}]}],
        vpcConfig={
            "subnetIds": [f"subnet-0{environment}{f'a{i}'.rjust(pad, '0')}" for i in (1, 2, 3)],
            "vpcId": f"vpc-0{environment}{'a0'.rjust(pad, '0')}",
            "securityGroupIds": [f"sg-0{environment}{'a0'.rjust(pad, '0')}"],
            "clusterSecurityGroupId": f"sg-0{environment}{'a0'.rjust(pad, '0')}",
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
    )


def namespaces(context: str) -> Iterator[dict[str, Any]]:
    """Rows of the namespaces that every new cluster has."""
    for name in ("default", "kube-node-lease", "kube-public", "kube-system"):
        yield _namespace(context, name)


def _namespace(context: str, name: str) -> dict[str, Any]:
    return {
        "provider": "kubernetes",
        "account": context,
        "token": "kubernetes:core/v1:Namespace",
        "id": name,
        "name": name,
        "inputs": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        "outputs": {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "status": {"phase": "Active"},
        },
    }
