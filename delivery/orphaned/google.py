"""Labelled objects of one Google Cloud project, by Cloud Asset Inventory.

Source: searchAllResources, https://cloud.google.com/asset-inventory/docs/search-resources, and the
types that it knows, https://cloud.google.com/asset-inventory/docs/asset-types. Labels of alert
policies, and deployments within an endpoint, are not among its answers.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from delivery.google_api import Api, GoogleError, address, failure
from delivery.orphaned.tagged import Tagged
from facts import tags

__all__ = ["known", "spelt", "tagged"]

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


def tagged(project: str, environment: str) -> list[Tagged]:
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
        found = [_tagged(each) for page in listed for each in page.get("results", ())]
    except (GoogleError, ImportError) as error:
        raise failure(error, _LOGIN) from None
    return [
        each for kind, each in found if each.tags.get(key) == value and not _is_others(kind, each)
    ]


def known(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """What is in the state, as `spelt`."""
    found: set[str] = set()
    for resource in resources:
        outputs = cast("Mapping[str, Any]", resource.get("outputs") or {})
        for value in (resource.get("id"), outputs.get("selfLink")):
            if isinstance(value, str):
                found.add(spelt(value))
    return found


def spelt(name: str) -> str:
    """A full name, a link or an id without service and project, which may be told by its number.

    Of a model's id the version goes, and what is in one zone is spelt as what is in a region.
    """
    path = name.removeprefix("//storage.googleapis.com/")
    path = _PROJECT.sub("", path, count=1).replace("zones/", "locations/")
    return path.partition("@")[0]


def _tagged(told: Mapping[str, Any]) -> tuple[str, Tagged]:
    """The type in full, and the object."""
    kind, name = str(told.get("assetType", "")), str(told["name"])
    service, _, short = kind.partition("/")
    labels = cast("dict[str, str]", told.get("labels") or {})
    title = str(told.get("displayName") or "") or name.rpartition("/")[2]
    return kind, Tagged(name, f"{service.partition('.')[0]}:{short}", title, labels)


def _is_others(kind: str, each: Tagged) -> bool:
    return kind in _LEFT_OUT or any(key.startswith(_MADE_BY_OTHERS) for key in each.tags)
