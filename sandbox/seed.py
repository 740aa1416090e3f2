"""What every new stand-in cloud holds: the accounts, and what a platform team would have made.

The ids are listed in README.md; programs refer to them by id or look them up by a function.
"""

from collections.abc import Iterator
from typing import Any

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
    yield from _default_network()
    group = f"/subscriptions/{AZURE_SUBSCRIPTION}/resourceGroups/models"
    yield {
        "provider": "azure-native",
        "account": AZURE_SUBSCRIPTION,
        "token": "azure-native:resources:ResourceGroup",
        "id": group,
        "name": "models",
        "inputs": {"resourceGroupName": "models", "location": AZURE_LOCATION},
        "outputs": {
            "name": "models",
            "location": AZURE_LOCATION,
            "type": "Microsoft.Resources/resourceGroups",
            "properties": {"provisioningState": "Succeeded"},
        },
    }


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
