"""Inputs of `serving:index:VertexModel`: schema, checks, differences. Makes no call.

Source: UploadModelRequest, Model and ModelContainerSpec in the v1 types of google-cloud-aiplatform.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_inputs import (
    LABELS,
    LISTED,
    PAGES,
    PLACE,
    Reading,
    differing,
    fingerprint,
    holds_unknown,
    mapped,
    parent,
    short,
    texts,
    timeout,
)
from provider.input_checks import Problems, is_whole, shown
from provider.values import UNKNOWN

TYPE: Final = "serving:index:VertexModel"
DEFAULT_TIMEOUT_SECONDS: Final = 1800
_PAGE: Final = f"{PAGES}/projects.locations.models"
_CONTAINER: Final = f"{PAGES}/ModelContainerSpec"
_ID: Final = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_ROUTE: Final = re.compile(r"/\S*")
_ALIAS: Final = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")
_ENV: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HIGHEST_PORT: Final = 65_535
# The longest that Vertex AI waits for a container to start.
_MOST_DEPLOYMENT_SECONDS: Final = 7200
_PROBE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": {"$ref": "pulumi.json#/Any"},
}
_PROBE_NUMBERS: Final = (
    *("periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"),
    *("initialDelaySeconds", "port"),
)

_INPUTS: Final[dict[str, Any]] = {
    **PLACE,
    "modelId": {
        "type": "string",
        "description": "Id of a new model of the Model Registry. This or `parentModel`.",
        "willReplaceOnChanges": True,
    },
    "parentModel": {
        "type": "string",
        "description": "Name of a model in the registry, of which a new version is uploaded.",
        "willReplaceOnChanges": True,
    },
    "displayName": {"type": "string", "description": "Name that people read."},
    "description": {"type": "string", "description": "What the model is."},
    "labels": LABELS,
    "versionDescription": {"type": "string", "description": "What this version is."},
    "versionAliases": {**LISTED, "description": "Names of this version, as in `candidate`."},
    "artifactUri": {
        "type": "string",
        "description": "Folder of the artifact: `gs://…`. Default: the image has the model.",
        "willReplaceOnChanges": True,
    },
    "imageUri": {
        "type": "string",
        "description": "Image of the serving container, in Artifact Registry.",
        "willReplaceOnChanges": True,
    },
    "command": {**LISTED, "description": "Entry point.", "willReplaceOnChanges": True},
    "args": {**LISTED, "description": "Its arguments.", "willReplaceOnChanges": True},
    "env": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Environment variables of the container.",
        "willReplaceOnChanges": True,
    },
    "port": {
        "type": "integer",
        "description": "Port of the HTTP server. Default: Vertex AI's, 8080.",
        "willReplaceOnChanges": True,
    },
    "grpcPort": {
        "type": "integer",
        "description": "Port of a gRPC server beside it.",
        "willReplaceOnChanges": True,
    },
    "predictRoute": {
        "type": "string",
        "description": "Path of predictions. Default: Vertex AI's own, with endpoint and model.",
        "willReplaceOnChanges": True,
    },
    "healthRoute": {
        "type": "string",
        "description": "Path of health checks. Default: Vertex AI's own.",
        "willReplaceOnChanges": True,
    },
    "sharedMemoryMib": {
        "type": "integer",
        "description": "Shared memory of the container in MiB.",
        "willReplaceOnChanges": True,
    },
    "deploymentTimeoutSeconds": {
        "type": "integer",
        "description": "How long the container may take to start, at most 7200 s.",
        "willReplaceOnChanges": True,
    },
    "startupProbe": {
        **_PROBE,
        "description": (
            "When the container has started: `path` and `port`, or `command`; periodSeconds, "
            "timeoutSeconds, failureThreshold, successThreshold, initialDelaySeconds."
        ),
        "willReplaceOnChanges": True,
    },
    "healthProbe": {
        **_PROBE,
        "description": "Whether it can answer; as `startupProbe`.",
        "willReplaceOnChanges": True,
    },
    "livenessProbe": {
        **_PROBE,
        "description": "Whether it must be started again; as `startupProbe`.",
        "willReplaceOnChanges": True,
    },
    "kmsKeyName": {
        "type": "string",
        "description": "Your own key: `projects/…/cryptoKeys/…`, in the same region.",
        "willReplaceOnChanges": True,
    },
    "uploadServiceAccount": {
        "type": "string",
        "description": "Who reads artifact and image while uploading; a change alone is none.",
    },
    "timeoutSeconds": timeout(DEFAULT_TIMEOUT_SECONDS, "the upload"),
}
_OUTPUTS: Final[dict[str, Any]] = {
    "name": {"type": "string", "description": "`projects/…/locations/…/models/…`."},
    "versionId": {"type": "string", "description": "Number of the version."},
    "versionName": {
        "type": "string",
        "description": "`name@versionId`: what is deployed, whatever the default version is.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A custom model in Vertex AI's Model Registry: uploaded once, found again when an earlier "
        "run was killed. Names, labels and aliases change in place, everything else replaces."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": ["project", "region", "displayName", "imageUri"],
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": ["project", "region", "displayName", "imageUri", "timeoutSeconds", *_OUTPUTS],
}
REPLACES: Final = tuple(
    key for key, one in _INPUTS.items() if cast(dict[str, Any], one).get("willReplaceOnChanges")
)
COMPUTED: Final = tuple(_OUTPUTS)
_NO_DIFFERENCE: Final = frozenset({"timeoutSeconds", "uploadServiceAccount"})
# What makes an upload another one; also without a name of its own, as a version of a model.
UPLOADED: Final = tuple(key for key in REPLACES if key not in PLACE)


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    reading = Reading.of(inputs, _INPUTS)
    reading.exactly_one(("modelId", "parentModel"), f"{_PAGE}/upload")
    reading.text(
        "modelId",
        _ID,
        f"use up to 63 of a-z, 0-9, _ and -, the first no digit or hyphen ({_PAGE}/upload)",
    )
    reading.same_region("parentModel", reading.full_name("parentModel", "models"))
    reading.display_name()
    reading.labels()
    reading.texts("command", "args", "versionAliases")
    _check_container(reading)
    for alias in texts(reading.known("versionAliases")):
        if not _ALIAS.fullmatch(alias):
            allowed = "2 to 128 letters, digits and -, a small letter first, and no hyphen last"
            reading.note("versionAliases", f"got {shown(alias)}; use {allowed} ({_PAGE})")
    reading.kms_key()
    reading.service_account("uploadServiceAccount")
    given = inputs.get("timeoutSeconds")
    timeout_seconds = DEFAULT_TIMEOUT_SECONDS if given is None else given
    return {**inputs, "timeoutSeconds": timeout_seconds}, reading.problems


def _check_container(reading: Reading) -> None:
    reading.text(
        "artifactUri", re.compile(r"gs://[^/\s]+(/\S*)?"), f"use gs://bucket/folder ({_PAGE})"
    )
    reading.text(
        "imageUri",
        re.compile(r"[^\s/]+\.[^\s/]+/\S+"),
        f"use an image with its registry, as in europe-docker.pkg.dev/… ({_CONTAINER})",
        must=True,
    )
    for key in ("port", "grpcPort"):
        reading.whole(key, 1, _HIGHEST_PORT, _CONTAINER)
    for key in ("predictRoute", "healthRoute"):
        reading.text(key, _ROUTE, f"use a path that starts with / ({_CONTAINER})")
    reading.whole("sharedMemoryMib", 1, None, _CONTAINER)
    reading.whole("deploymentTimeoutSeconds", 1, _MOST_DEPLOYMENT_SECONDS, _CONTAINER)
    for name in reading.text_map("env"):
        if not _ENV.fullmatch(name):
            reading.note(f"env.{name}", f"use letters, digits and _, no digit first ({_CONTAINER})")
    for key in ("startupProbe", "healthProbe", "livenessProbe"):
        _check_probe(reading, key)


def _check_probe(reading: Reading, key: str) -> None:
    value = reading.known(key)
    if value is None:
        return
    probe = mapped(value)
    known = ("path", "command", *_PROBE_NUMBERS)
    for name, each in probe.items():
        if name not in known:
            reading.note(f"{key}.{name}", f"is no input; use {', '.join(known)}")
        elif name in _PROBE_NUMBERS and each is not UNKNOWN and not (is_whole(each) and each >= 0):
            reading.note(f"{key}.{name}", f"got {shown(each)}; use a whole number from 0")
    if ("path" in probe) == ("command" in probe):
        reading.note(key, f"give path (an HTTP GET) or command, one of them ({PAGES}/Probe)")


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, each with whether it replaces the resource."""
    old, new = (
        {**each, "parentModel": short(each.get("parentModel") or "")} for each in (old, new)
    )
    return differing(old, new, _INPUTS.keys() - _NO_DIFFERENCE, REPLACES)


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known: a new model's first version is 1."""
    found: dict[str, object] = {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
    named = {key: inputs.get(key) for key in ("project", "region", "modelId")}
    if named["modelId"] is not None and not holds_unknown(named):
        name = f"{parent(inputs)}/models/{named['modelId']}"
        found |= {"name": name, "versionId": "1", "versionName": f"{name}@1"}
    return found


def upload_label(inputs: Mapping[str, object]) -> str:
    """What an upload is found again by."""
    return fingerprint(inputs, UPLOADED)
