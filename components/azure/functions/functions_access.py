"""What an app's identity may do: read its model and code, keep its locks, send its telemetry."""

from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.blob_rights import Blobs, grant_blobs
from components.azure.functions.functions_place import Place
from components.azure.functions.functions_settings import FunctionsSettings
from components.azure.functions.functions_storage import PACKAGES, Storage
from components.azure.roles import grant

__all__ = ["rights"]

_READER: Final = "Storage Blob Data Reader"
_WRITER: Final = "Storage Blob Data Contributor"
_MODEL_FOLDER: Final = 4


def rights(
    place: Place,
    settings: FunctionsSettings,
    *,
    identity: azure.managedidentity.UserAssignedIdentity,
    stored: Storage,
    insights_id: pulumi.Input[str],
    storage_group: pulumi.Input[str],
) -> list[pulumi.Resource]:
    """A role on each container and on nothing above it.

    Of the models' containers the folder that each version is in, and the profile that requests are
    compared with. That of the packages is read where instances run from it; what the host writes is
    its locks and keys, and with one deploy the package that it was given.
    """
    uris = [version.uri for version in settings.versions]
    known = [_versioned(uri) for uri in uris if isinstance(uri, str)]
    found: list[pulumi.Resource] = [
        *grant_blobs(
            Blobs(
                name=f"{place.name}-model",
                subscription_id=place.subscription_id,
                resource_group=storage_group,
                principal_id=identity.principal_id,
            ),
            reads=[settings.profile_uri] if isinstance(settings.profile_uri, str) else (),
            writes=(),
            versions=known,
            containers=settings.artifact_containers,
            opts=place.child,
        )
    ]
    for name, container in stored.containers.items():
        if name == PACKAGES and settings.flex:
            continue  # One deploy reads by the URL that it is given.
        found.append(
            grant(
                f"{place.name}-{name}-right",
                _READER if name == PACKAGES else _WRITER,
                scope=container.id,
                to=identity,
                subscription_id=place.subscription_id,
                opts=place.child,
            )
        )
    found.append(
        grant(
            f"{place.name}-telemetry",
            "Monitoring Metrics Publisher",
            scope=insights_id,
            to=identity,
            subscription_id=place.subscription_id,
            opts=place.child,
        )
    )
    return found


def _versioned(uri: str) -> str:
    """What differs by version: the file's folder, or the file where the folder is the model's.

    What is beside it is read: the next version's model too, before a changed right holds.
    """
    folder = uri.rpartition("/")[0]
    # https:, nothing, the host, the container, and a folder of the model.
    return folder if folder.count("/") > _MODEL_FOLDER else uri
