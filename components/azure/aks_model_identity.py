"""What a model's pods on AKS may do in Blob Storage: read their artifact, without keys.

Microsoft Entra Workload ID: https://learn.microsoft.com/azure/aks/workload-identity-overview
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure

from components.checks import Checks
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
# Storage Blob Data Reader and Contributor. No built-in role writes blobs and has no right over the
# container: its owner can delete it, whatever the condition says of blobs.
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
_READER: Final = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
_CONTRIBUTOR: Final = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
# All that a contributor may do with blobs, beside reading them. What a condition does not name is
# allowed everywhere in the container.
# https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
_WRITES: Final = ("write", "add/action", "delete", "move/action")


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
    """What the pods read: the model, its candidate, a batch run's input. What is not in Blob
    Storage needs no right here."""
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
        for key in ("namespace", "subscription_id", "resource_group", "location"):
            checks.text(key)
        checks.text("oidc_issuer_url", r"https://\S+", "the URL of the cluster's issuer")
        read_name(checks, name)
        uris = read_uris(checks, "artifact_uris", _BLOB)
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
        subscription = pulumi.Output.concat("/subscriptions/", args["subscription_id"])
        group = args.get("storage_resource_group", args["resource_group"])
        grants = [
            *((place, _READER, _below(paths), "") for place, paths in _by_container(uris).items()),
            *(
                # No container has `/` in its name.
                (place, _CONTRIBUTOR, _below(paths, _WRITES), "/outputs")
                for place, paths in _by_container(outputs).items()
            ),
        ]
        for (account, container), role, condition, suffix in grants:
            azure.authorization.RoleAssignment(
                f"{name}-{account}-{container}{suffix}",
                scope=pulumi.Output.concat(
                    subscription,
                    "/resourceGroups/",
                    group,
                    f"/providers/Microsoft.Storage/storageAccounts/{account}"
                    f"/blobServices/default/containers/{container}",
                ),
                role_definition_id=pulumi.Output.concat(
                    subscription, f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
                ),
                principal_id=identity.principal_id,
                # Else Azure looks the new identity up in a directory that may not know it yet.
                principal_type="ServicePrincipal",
                condition=condition,
                condition_version="2.0",
                opts=child,
            )
        annotations: dict[str, Any] = {"azure.workload.identity/client-id": identity.client_id}
        object_ = service_account(self, name, args["namespace"], tags, annotations)

        self.service_account_name = object_.metadata.apply(lambda metadata: str(metadata["name"]))
        self.client_id = identity.client_id
        self.register_outputs(
            {"service_account_name": self.service_account_name, "client_id": self.client_id}
        )


def _by_container(uris: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for parts in filter(None, (re.fullmatch(_BLOB.pattern, uri) for uri in uris)):
        found.setdefault((parts["account"], parts["container"]), []).append(parts["path"])
    return found


def _below(paths: Sequence[str], actions: Sequence[str] = ()) -> str:
    """Reading what is below a path, listing by it as prefix, and these further actions below it.

    A path without `/` at its end is one blob or a folder, and no other whose name begins so.
    https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-examples
    """
    read = f"ActionMatches{{'{_BLOBS}/read'}}"
    lists = "SubOperationMatches{'Blob.List'}"
    named: list[str] = []
    listed: list[str] = []
    for path in paths:
        folder = f"{path.rstrip('/')}/"
        if path != folder:
            named.append(f"@Resource[{_BLOBS}:path] StringEquals '{path}'")
        named.append(f"@Resource[{_BLOBS}:path] StringStartsWith '{folder}'")
        # A download lists by the path without the slash at its end.
        listed += [
            f"@Request[{_BLOBS}:prefix] StringEquals '{folder.rstrip('/')}'",
            f"@Request[{_BLOBS}:prefix] StringStartsWith '{folder}'",
        ]
    others = "".join(f" AND !(ActionMatches{{'{_BLOBS}/{action}'}})" for action in actions)
    return (
        f"((!({read} AND NOT {lists}){others}) OR ({' OR '.join(named)})) AND "
        f"((!({read} AND {lists})) OR ({' OR '.join(listed)}))"
    )
