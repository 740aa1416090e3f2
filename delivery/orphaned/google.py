"""Labelled objects of one Google Cloud project, by Cloud Asset Inventory.

Source: searchAllResources, https://cloud.google.com/asset-inventory/docs/search-resources, and the
types that it knows, https://cloud.google.com/asset-inventory/docs/asset-types. Labels of alert
policies, and deployments within an endpoint, are not among its answers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery.google_api import Api, GoogleError, address, failure
from facts import tags

__all__ = ["Asset", "known", "labelled", "path_of"]

_HOST: Final = "https://cloudasset.googleapis.com/v1"
_VARIABLE: Final = "GOOGLE_CLOUD_ASSET_CUSTOM_ENDPOINT"
_LOGIN: Final = (
    "log in (`gcloud auth application-default login`); it needs the API cloudasset.googleapis.com "
    "in the project, and cloudasset.assets.searchAllResources (roles/cloudasset.viewer)"
)
_PAGE: Final = 500
# What has such labels was made by GKE, which hands the labels of a cluster or pool on to machines.
_MADE_BY_OTHERS: Final = ("goog-gke-", "goog-k8s-")
# What Cloud Run makes of a service or job, with its labels; records of runs; and keys, which nobody
# can delete: https://cloud.google.com/kms/docs/destroy-restore.
_LEFT_OUT: Final = frozenset(
    {
        "run.googleapis.com/Revision",
        "run.googleapis.com/Execution",
        "aiplatform.googleapis.com/BatchPredictionJob",
        "aiplatform.googleapis.com/CustomJob",
        "cloudkms.googleapis.com/CryptoKey",
    }
)
_PROJECT: Final = re.compile(r"(.*/)?projects/[^/]+/")


@dataclass(frozen=True, slots=True)
class Asset:
    """One object: its full name, type, the name that people gave it, its labels."""

    name: str
    type: str
    title: str
    labels: Mapping[str, str]


def labelled(project: str, environment: str) -> list[Asset]:
    """What has the environment's label.

    Raises:
        Failure: Google Cloud cannot be asked.
    """
    ((key, value),) = tags.google({tags.ENVIRONMENT: environment}).items()
    host = address(_VARIABLE, _HOST)
    asked = {
        "query": f'labels.{key}="{value}"',
        "pageSize": str(_PAGE),
        "readMask": "name,assetType,displayName,labels",
    }
    try:
        listed = Api(host).pages(f"{host}/projects/{project}:searchAllResources", asked)
        found = [_asset(each) for page in listed for each in page.get("results", ())]
    except (GoogleError, ImportError) as error:
        raise failure(error, _LOGIN) from None
    return [each for each in found if each.labels.get(key) == value and not _is_others(each)]


def known(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is in the state, as `path_of` spells it."""
    found: set[str] = set()
    for resource in resources:
        outputs = cast("Mapping[str, Any]", resource.get("outputs") or {})
        for value in (resource.get("id"), outputs.get("selfLink")):
            if isinstance(value, str):
                found.add(path_of(value))
    return found


def path_of(name: str) -> str:
    """A full name, a link or an id without service and project, which may be told by its number.

    Of a model's id the version goes, and what is in one zone is spelt as what is in a region.
    """
    path = name.removeprefix("//storage.googleapis.com/")
    path = _PROJECT.sub("", path, count=1).replace("zones/", "locations/")
    return path.partition("@")[0]


def _asset(told: Mapping[str, Any]) -> Asset:
    return Asset(
        str(told["name"]),
        str(told.get("assetType", "")),
        str(told.get("displayName") or ""),
        cast("dict[str, str]", told.get("labels") or {}),
    )


def _is_others(asset: Asset) -> bool:
    return asset.type in _LEFT_OUT or any(key.startswith(_MADE_BY_OTHERS) for key in asset.labels)
