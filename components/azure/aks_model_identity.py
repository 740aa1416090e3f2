"""What a model's pods on AKS may do in Blob Storage: read their artifact, without keys.

Microsoft Entra Workload ID: https://learn.microsoft.com/azure/aks/workload-identity-overview
"""

import re
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure

from components.azure.blob_rights import Blobs, grant_blobs
from components.checks import Checks
from components.kubernetes.labels import check_namespace
from components.kubernetes.service_account import (
    identity_tags,
    read_name,
    read_uris,
    service_account,
)
from facts import tags as vocabulary
from facts.stores import STORES

__all__ = ["AksModelIdentity", "AksModelIdentityArgs"]

_BLOB: Final = STORES["blob"]


class AksModelIdentityArgs(TypedDict):
    """Flat arguments of `AksModelIdentity`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    model: str
    """Name of the model."""
    namespace: pulumi.Input[str]
    """Namespace of the model's pods, which exists."""
    subscription_id: pulumi.Input[str]
    """Subscription of the identity and of the storage."""
    resource_group: pulumi.Input[str]
    """Resource group of the identity, which exists."""
    storage_resource_group: NotRequired[pulumi.Input[str]]
    """Resource group of the storage accounts. Default: that of the identity."""
    location: pulumi.Input[str]
    """Location of the identity."""
    oidc_issuer_url: pulumi.Input[str]
    """Issuer of the cluster's tokens."""
    artifact_uris: list[str]
    """The model and its candidate, which the pods read. The folder that a version is in is read, so
    that pods of the version before can load it until they are gone; a version at the container's
    root alone. What is not in Blob Storage needs no right here."""
    input_uris: NotRequired[list[str]]
    """What they read beside, such as a batch run's input: what is below these. Default: nothing."""
    output_uris: NotRequired[list[str]]
    """What they write, read and delete below, such as a batch run's output. The role reaches its
    container too: give outputs one of their own. Default: none."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py) get its prefix. Default: none."""


class AksModelIdentity(pulumi.ComponentResource):
    """A service account whose pods are one managed identity, and what that may read.

    It is named like the component. Its pods need the label `azure.workload.identity/use: "true"`.
    """

    service_account_name: pulumi.Output[str]
    client_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: AksModelIdentityArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AksModelIdentity", name, args, AksModelIdentityArgs.__annotations__)
        tags = identity_tags(checks)
        check_namespace(checks)
        for key in ("subscription_id", "resource_group", "location"):
            checks.text(key)
        checks.text("oidc_issuer_url", r"https://\S+", "the URL of the cluster's issuer")
        read_name(checks, name)
        uris = read_uris(checks, "artifact_uris", _BLOB)
        inputs = read_uris(checks, "input_uris", _BLOB)
        outputs = read_uris(checks, "output_uris", _BLOB)
        checks.raise_problems()
        super().__init__("model-serving:index:AksModelIdentity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=args["resource_group"],
            location=args["location"],
            tags=vocabulary.aws(tags),
            opts=child,
        )
        azure.managedidentity.FederatedIdentityCredential(
            f"{name}-credential",
            resource_group_name=args["resource_group"],
            resource_name_=identity.name,
            issuer=args["oidc_issuer_url"],
            subject=pulumi.Output.concat("system:serviceaccount:", args["namespace"], ":", name),
            audiences=["api://AzureADTokenExchange"],
            opts=child,
        )
        grant_blobs(
            Blobs(
                name=name,
                subscription_id=args["subscription_id"],
                resource_group=args.get("storage_resource_group", args["resource_group"]),
                principal_id=identity.principal_id,
            ),
            reads=[*inputs, *(uri for uri in uris if not _has_folder(uri))],
            versions=[uri for uri in uris if _has_folder(uri)],
            writes=outputs,
            opts=child,
        )
        annotations: dict[str, Any] = {"azure.workload.identity/client-id": identity.client_id}
        object_ = service_account(self, name, args["namespace"], tags, annotations)

        self.service_account_name = object_.metadata.apply(lambda metadata: str(metadata["name"]))
        self.client_id = identity.client_id
        self.register_outputs(
            {"service_account_name": self.service_account_name, "client_id": self.client_id}
        )


def _has_folder(uri: str) -> bool:
    """Whether a version is in a folder: else all of its container would be read."""
    found = re.fullmatch(_BLOB.pattern, uri)
    return found is not None and "/" in found["path"].rstrip("/")
