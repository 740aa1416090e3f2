"""Google Cloud's grants of a role: which are meant, and how one is taken back by hand.

They have no labels, so that nothing lists one that a killed run made and no state knows.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from delivery.recovery.ids import surroundings

__all__ = ["is_grant", "taken_back"]

_GRANTS: Final = re.compile(r"gcp:(.*)I(?:am|AM)(?:Member|Binding)")
# By the class without its ending: of what it is granted, and the command, by inputs.
# https://cloud.google.com/sdk/gcloud/reference/projects/remove-iam-policy-binding and its like.
_COMMANDS: Final = {
    "artifactregistry:Repository": (
        "artifacts repositories",
        ("{repository}", "--location={location}", "--project={project}"),
    ),
    "cloudrunv2:Service": (
        "run services",
        ("{name}", "--region={location}", "--project={project}"),
    ),
    "kms:CryptoKey": ("kms keys", ("{cryptoKeyId}",)),
    "projects:": ("projects", ("{project}",)),
    "secretmanager:Secret": ("secrets", ("{secretId}", "--project={project}")),
    "serviceaccount:": ("iam service-accounts", ("{serviceAccountId}",)),
    "storage:Bucket": ("storage buckets", ("gs://{bucket}",)),
}
# https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language
_QUERIES: Final = {
    "bigquery:": "TABLE `{project}.{datasetId}.{tableId}`",
    "bigquery:Dataset": "SCHEMA `{project}.{datasetId}`",
}
_PLACE: Final = re.compile(r"\{(\w+)\}")
_CONDITION: Final = ("expression", "title", "description")


def is_grant(kind: str) -> bool:
    """Whether the type is of one: who has the role already is granted it again, harmlessly."""
    return _GRANTS.fullmatch(kind) is not None


def taken_back(record: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> str:
    """How the right is taken back, in words: a command for each member, where one is known.

    Args:
        record: the resource of a pending creation of a grant.
        resources: of the state, for the project that its provider names.
    """
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    told = surroundings("gcp", record, list(resources)) | _texts(inputs)
    role, members = told.get("role"), _members(inputs)
    found = _GRANTS.fullmatch(str(record["type"]))
    # `gcp:storage/bucketIAMMember:BucketIAMMember`: the module, and what the class begins with.
    module, _, name = (found[1] if found else "").partition("/")
    what = f"{module}:{name.rpartition(':')[2]}"
    commands = [_command(what, told, role, each, inputs.get("condition")) for each in members]
    if not role or not commands or not all(commands):
        about = ", ".join(f"{key} {each}" for key, each in _texts(inputs).items())
        return f"you take it back: {about}"
    return f"you take it back: {' && '.join(commands)}"


def _command(
    what: str, told: Mapping[str, str], role: str | None, member: str, condition: object
) -> str:
    """Empty where it is not known, or an input that it needs is not."""
    if what in _QUERIES and not condition:
        place = _filled(_QUERIES[what], told)
        query = f'REVOKE `{role}` ON {place} FROM "{member}"'
        return f"bq query --use_legacy_sql=false {shlex.quote(query)}" if place else ""
    if what not in _COMMANDS:
        return ""
    group, asked = _COMMANDS[what]
    places = [_filled(each, told) for each in asked]
    given = [*places, f"--member={member}", f"--role={role}"]
    if isinstance(condition, Mapping):
        given.append(f"--condition={_pairs(_texts(cast('Mapping[str, Any]', condition)))}")
    elif what == "projects:":
        # A project's policy may have others' conditions: then it asks which is meant.
        given.append("--condition=None")
    if not all(places):
        return ""
    return f"gcloud {group} remove-iam-policy-binding {shlex.join(given)}"


def _pairs(condition: Mapping[str, str]) -> str:
    """By another delimiter where a comma is in one: `gcloud topic escaping`."""
    pairs = [f"{key}={condition[key]}" for key in _CONDITION if key in condition]
    return ",".join(pairs) if not any("," in each for each in pairs) else f"^;;^{';;'.join(pairs)}"


def _filled(template: str, told: Mapping[str, str]) -> str:
    if not all(told.get(each) for each in _PLACE.findall(template)):
        return ""
    return _PLACE.sub(lambda part: _short(part[1], told[part[1]]), template)


def _short(key: str, value: str) -> str:
    """As the command takes it: a key by its whole name, all else by the last part of it."""
    return value if key == "cryptoKeyId" else value.rpartition("/")[2]


def _members(inputs: Mapping[str, Any]) -> list[str]:
    several: object = inputs.get("members") or [inputs.get("member")]
    listed = cast("list[object]", several) if isinstance(several, list) else []
    return [each for each in listed if isinstance(each, str)]


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: each for key, each in values.items() if isinstance(each, str) and each}
