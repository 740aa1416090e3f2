"""What an identity may do in Blob Storage: read, and write, below some paths and nowhere else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.checks import Checks
from facts.resource_ids import azure_id
from facts.stores import STORES

__all__ = ["Blobs", "grant_blobs", "read_containers"]

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
_CONTAINER: Final = re.compile(
    r".*/storageAccounts/([^/]+)/blobServices/default/containers/([^/]+)"
)
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blobs:
    """Whose rights they are, and where the storage accounts are."""

    name: str
    subscription_id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    principal_id: pulumi.Input[str]


def read_containers(checks: Checks, key: str) -> list[str]:
    """An argument's ids of containers that are read as a whole."""
    pattern = azure_id(
        "Microsoft.Storage/storageAccounts", "[^/]+/blobServices/default/containers/[^/]+"
    )
    found = checks.texts(key, ())
    for wrong in [each for each in found if not re.fullmatch(pattern, each)]:
        checks.problem(key, wrong, "ids of blob containers")
    return found


def grant_blobs(
    where: Blobs,
    *,
    reads: Sequence[str],
    writes: Sequence[str],
    versions: Sequence[str] = (),
    containers: Sequence[str] = (),
    opts: pulumi.ResourceOptions,
) -> list[azure.authorization.RoleAssignment]:
    """Let it read what is below these URIs, and write and delete too what is below those.

    A role on each container, with a condition on the paths. `versions` are URIs of which the folder
    that each is in is read: a container has one such role, whose condition is changed before what
    still serves an older version goes, and that must be able to load it until then. `containers`
    are ids of those that are read as a whole.
    """
    subscription = pulumi.Output.concat("/subscriptions/", where.subscription_id)
    read = _by_container(reads)
    for place, paths in _by_container(versions).items():
        read.setdefault(place, []).extend(_beside(path) for path in paths)
    whole = {
        found.group(1, 2): found[0] for found in map(_CONTAINER.fullmatch, containers) if found
    }
    grants = [
        *(
            (place, _READER, None if place in whole else _below(paths), "")
            for place, paths in {**read, **{place: [] for place in whole}}.items()
        ),
        *(
            # No container has `/` in its name.
            (place, _CONTRIBUTOR, _below(paths, _WRITES), "/outputs")
            for place, paths in _by_container(writes).items()
        ),
    ]
    return [
        azure.authorization.RoleAssignment(
            f"{where.name}-{account}-{container}{suffix}",
            scope=whole.get((account, container))
            or pulumi.Output.concat(
                subscription,
                "/resourceGroups/",
                where.resource_group,
                f"/providers/Microsoft.Storage/storageAccounts/{account}"
                f"/blobServices/default/containers/{container}",
            ),
            role_definition_id=pulumi.Output.concat(
                subscription, f"/providers/Microsoft.Authorization/roleDefinitions/{role}"
            ),
            principal_id=where.principal_id,
            # Else Azure looks the new identity up in a directory that may not know it yet.
            principal_type="ServicePrincipal",
            condition=condition,
            condition_version=None if condition is None else "2.0",
            opts=opts,
        )
        for (account, container), role, condition, suffix in grants
    ]


def _by_container(uris: Sequence[str]) -> dict[_Place, list[str]]:
    found: dict[_Place, list[str]] = {}
    for parts in filter(None, (re.fullmatch(_BLOB.pattern, uri) for uri in uris)):
        found.setdefault((parts["account"], parts["container"]), []).append(parts["path"])
    return found


def _beside(path: str) -> str:
    """The folder that a version is in, empty for the container."""
    folder = path.rstrip("/").rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _below(paths: Sequence[str], actions: Sequence[str] = ()) -> str | None:
    """Reading what is below a path, listing by it as prefix, and these further actions below it.

    A path without `/` at its end is one blob or a folder, and no other whose name begins so. None
    where one is empty: the container has no condition then.
    https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-examples
    """
    if "" in paths:
        return None
    read = f"ActionMatches{{'{_BLOBS}/read'}}"
    lists = "SubOperationMatches{'Blob.List'}"
    named: list[str] = []
    listed: list[str] = []
    for path in dict.fromkeys(paths):
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
