"""Where resources of Google Cloud are: forms of ids, of imports, and what grants are on.

The table beside this file is read from the provider's source by `sandbox.limits.gcp.extract`.
"""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Place", "filled", "is_form", "place"]

# Of types whose code says it in another way, or that only the preview of the provider has.
_MORE: dict[str, dict[str, Any]] = {
    "gcp:compute/instanceTemplate:InstanceTemplate": {
        "id": "projects/{project}/global/instanceTemplates/{name}"
    },
    "gcp:container/cluster:Cluster": {
        "id": "projects/{project}/locations/{location}/clusters/{name}"
    },
    # Both are named by the service where the program does not.
    "gcp:monitoring/customService:CustomService": {"id": "projects/{project}/services/{serviceId}"},
    "gcp:monitoring/slo:Slo": {
        "id": "projects/{project}/services/{service}/serviceLevelObjectives/{sloId}"
    },
    "gcp:monitoring/dashboard:Dashboard": {"collection": "projects/{project}/dashboards"},
    "gcp:organizations/project:Project": {"id": "projects/{projectId}"},
    "gcp:projects/service:Service": {
        "id": "{project}/{service}",
        "imports": [r"^(?P<project>[^/]+)/(?P<service>[^/]+)$"],
    },
    "gcp:serviceaccount/key:Key": {"id": "{serviceAccountId}/keys/{hexadecimal}"},
    "gcp:storage/bucket:Bucket": {
        "id": "{name}",
        "imports": [r"^(?P<project>[^/]+)/(?P<name>[^/]+)$", r"^(?P<name>[^/]+)$"],
    },
    "gcp:storage/bucketObject:BucketObject": {"id": "{bucket}-{name}"},
}
# The start of tokens of grants, and the id of what they are on.
_GRANTS = {
    "gcp:kms/cryptoKeyIAM": "{cryptoKeyId}",
    "gcp:kms/keyRingIAM": "{keyRingId}",
    "gcp:projects/iAM": "{project}",
    "gcp:serviceaccount/iAM": "{serviceAccountId}",
    "gcp:vertex/aiEndpointIam": "projects/{project}/locations/{location}/endpoints/{endpoint}",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a type; texts are templates over inputs, empty where nothing is known.

    Attributes:
        id: Pulumi's id.
        collection: What the creating call is sent to.
        imports: Regular expressions of the ids that `pulumi import` takes, with inputs as groups.
        protected: The provider deletes nothing unless `deletionProtection` is false.
        grants_on: The id of what a grant is on.
    """

    id: str = ""
    collection: str = ""
    imports: tuple[str, ...] = ()
    protected: bool = False
    grants_on: str = ""


@functools.lru_cache(maxsize=512)
def place(token: str) -> Place:
    """Where resources of a type are."""
    known: dict[str, Any] = {**_table().get(token, {}), **_MORE.get(token, {})}
    for start, target in _GRANTS.items():
        if token.startswith(start) and re.search("(Member|Binding|Policy)$", token):
            known["grants_on"] = target
    known["imports"] = tuple(known.get("imports", ()))
    return Place(**known)


def filled(template: str, words: Mapping[str, str]) -> str:
    """The template with words; one that is not known leaves it empty."""
    names = re.findall(r"\{(\w+)\}", template)
    if not all(words.get(name) for name in names):
        return ""
    return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], template)


def is_form(resource_id: str) -> bool:
    """Whether any type is known to have ids of this form."""
    parts = resource_id.split("/")
    return any(
        all("{" in own or own == part for own, part in zip(form, parts, strict=True))
        for form in _forms().get(len(parts), ())
    )


@functools.cache
def _forms() -> dict[int, list[list[str]]]:
    """The forms of ids, in parts, by the number of these."""
    found: dict[int, list[list[str]]] = {}
    for token in {*_table(), *_MORE}:
        there = place(token)
        named_by_service = f"{there.collection}/{{}}" if there.collection else ""
        for form in {there.id, re.sub(r"^v\d+/", "", named_by_service)}:
            if form.startswith("projects/"):
                parts = form.split("/")
                found.setdefault(len(parts), []).append(parts)
    return found


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("places.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found
