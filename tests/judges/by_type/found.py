"""What a stack finds at its vendors, which somebody has made before."""

import json
from collections.abc import Generator
from contextlib import contextmanager

from sandbox.seed import AZURE_SUBSCRIPTION
from tests.judges.crashes.estate import Estate
from tests.unit.sandbox_gcp import SECRET, SECRET_VERSION
from tests.unit.sandbox_life import Stack

__all__ = [
    "make_administrator",
    "make_domain",
    "make_repository",
    "make_secret",
    "make_storage",
    "make_tables",
]


@contextmanager
def _somebody(estate: Estate, cloud: str, **settings: str) -> Generator[Stack]:
    """Makes at a vendor what the stack finds there."""
    estate.home.mkdir(parents=True, exist_ok=True)
    stack = Stack(cloud, estate.home / "store.sqlite", dict(settings))
    try:
        yield stack
    finally:
        stack.store.close()


def make_secret(estate: Estate) -> None:
    """A secret with a version."""
    with _somebody(estate, "gcp", project="example-models") as stack:
        made = stack.create(SECRET, "key", secretId="key", replication={"auto": {}})
        stack.create(SECRET_VERSION, "first", secret=made.id, secretData="x")


def make_domain(estate: Estate) -> dict[str, str]:
    """A host name's certificate; the settings that name it, and a zone."""
    with _somebody(estate, "aws", region="eu-west-1") as stack:
        certificate = stack.create(
            "aws:acm/certificate:Certificate",
            "iris",
            domainName="iris.example.com",
            validationMethod="DNS",
        )
    return {
        "domain": "iris.example.com",
        "certificate_arn": str(certificate.outputs["arn"]),
        "zone_id": "Z0123ABC",
    }


def make_tables(estate: Estate) -> None:
    """What a batch reads, and where its results go."""
    with _somebody(estate, "gcp", project="example-models") as stack:
        stack.create("gcp:bigquery/dataset:Dataset", "shop", datasetId="shop", location="EU")
        stack.create("gcp:bigquery/table:Table", "customers", datasetId="shop", tableId="customers")


def make_administrator(estate: Estate) -> None:
    """The role of those who may do everything."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with _somebody(estate, "aws", region="eu-west-1") as stack:
        stack.create("aws:iam/role:Role", "platform", name="platform", assumeRolePolicy=policy)


def make_repository(estate: Estate) -> None:
    """Where images of models are."""
    with _somebody(estate, "gcp", project="example-models") as stack:
        stack.create(
            "gcp:artifactregistry/repository:Repository",
            "models",
            format="DOCKER",
            location="europe-west4",
            repositoryId="models",
        )


def make_storage(estate: Estate) -> None:
    """Models and flow logs, and what watches networks, which Azure makes by itself."""
    place = {"resourceGroupName": "models", "location": "westeurope"}
    with _somebody(estate, "azure-native", subscriptionId=AZURE_SUBSCRIPTION) as stack:
        stack.create(
            "azure-native:storage:StorageAccount",
            "models",
            **{**place, "accountName": "examplemodels", "kind": "StorageV2"},
            sku={"name": "Standard_LRS"},
        )
        stack.create(
            "azure-native:resources:ResourceGroup",
            "watchers",
            resourceGroupName="NetworkWatcherRG",
            location="westeurope",
        )
        stack.create(
            "azure-native:network:NetworkWatcher",
            "watcher",
            **{**place, "resourceGroupName": "NetworkWatcherRG"},
            networkWatcherName="NetworkWatcher_westeurope",
        )
