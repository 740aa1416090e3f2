"""Inputs of `serving:index:VertexBatchPredictionJob`: schema, checks, differences. Makes no call.

Source: BatchPredictionJob and BatchDedicatedResources in the v1 types of google-cloud-aiplatform.
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
    texts,
    timeout,
)
from provider.input_checks import Problems
from provider.values import UNKNOWN

TYPE: Final = "serving:index:VertexBatchPredictionJob"
DEFAULT_TIMEOUT_SECONDS: Final = 24 * 3600
PAGE: Final = f"{PAGES}/projects.locations.batchPredictionJobs"
_RESOURCES: Final = f"{PAGES}/BatchDedicatedResources"
_INSTANCES: Final = ("jsonl", "csv", "bigquery", "tf-record", "tf-record-gzip", "file-list")
_PREDICTIONS: Final = ("jsonl", "csv", "bigquery")
_GCS: Final = re.compile(r"gs://[^/\s]+(/\S*)?")
_BIGQUERY: Final = re.compile(r"bq://[^\s.]+(\.[^\s.]+){0,2}")
_DEFAULTS: Final = {
    "startingReplicaCount": 1,
    "maxReplicaCount": 10,
    "waitForCompletion": True,
    "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
}

_JOB: Final[dict[str, Any]] = {
    **PLACE,
    "displayName": {"type": "string", "description": "Name that people read."},
    "model": {
        "type": "string",
        "description": "`projects/…/models/…`, with `@version` where it is not the default one.",
    },
    "instancesFormat": {
        "type": "string",
        "description": f"Form of the input: {', '.join(_INSTANCES)}.",
    },
    "inputUris": {**LISTED, "description": "`gs://…`, wildcards allowed. Or `bigqueryInputUri`."},
    "bigqueryInputUri": {"type": "string", "description": "`bq://project.dataset.table`."},
    "predictionsFormat": {
        "type": "string",
        "description": f"Form of the output: {', '.join(_PREDICTIONS)}.",
    },
    "outputUri": {"type": "string", "description": "`gs://…`, a folder. Or `bigqueryOutputUri`."},
    "bigqueryOutputUri": {"type": "string", "description": "`bq://project` or with a dataset."},
    "machineType": {"type": "string", "description": "Machine of each replica."},
    "acceleratorType": {"type": "string", "description": "Kind of GPU, as in `NVIDIA_L4`."},
    "acceleratorCount": {"type": "integer", "description": "GPUs of each replica."},
    "startingReplicaCount": {
        "type": "integer",
        "default": 1,
        "description": "Replicas at the start. Default: 1.",
    },
    "maxReplicaCount": {
        "type": "integer",
        "default": 10,
        "description": "Most replicas. Default: 10.",
    },
    "batchSize": {
        "type": "integer",
        "description": "Records that a replica takes at once. Default: Vertex AI's, 64.",
    },
    "serviceAccount": {
        "type": "string",
        "description": "Who the container runs as. Default: an account without access.",
    },
    "kmsKeyName": {"type": "string", "description": "Your own key, in the same region."},
    "labels": LABELS,
    "run": {
        "type": "string",
        "description": "Another text runs the same job again. Default: once per input.",
    },
}
_INPUTS: Final[dict[str, Any]] = {
    **{key: {**one, "willReplaceOnChanges": True} for key, one in _JOB.items()},
    "waitForCompletion": {
        "type": "boolean",
        "default": True,
        "description": "Whether an update waits for the job's end, failing with it. Default: yes.",
    },
    "timeoutSeconds": timeout(DEFAULT_TIMEOUT_SECONDS, "the job"),
}
_OUTPUTS: Final[dict[str, Any]] = {
    "name": {"type": "string", "description": "`projects/…/batchPredictionJobs/…`."},
    "state": {"type": "string", "description": "As in `JOB_STATE_SUCCEEDED`."},
    "outputLocation": {"type": "string", "description": "Folder or table that was written."},
}
_REQUIRED: Final = (
    *("project", "region", "displayName", "model", "instancesFormat", "predictionsFormat"),
    "machineType",
)
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A batch prediction of Vertex AI, made once for its inputs: a change of any makes another "
        "one. An earlier run's job is found again. Deleting it ends the job, and keeps its output."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": list(_REQUIRED),
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": [*_REQUIRED, *_DEFAULTS, *_OUTPUTS],
}
REPLACES: Final = tuple(_JOB)
# JobState of the API.
FAILED: Final = frozenset({"JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"})
COMPUTED: Final = tuple(_OUTPUTS)


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    reading = Reading.of(inputs, _INPUTS)
    reading.display_name()
    reading.same_region("model", reading.full_name("model", "models", must=True, version=True))
    reading.word("instancesFormat", _INSTANCES, f"{PAGE}#InputConfig", must=True)
    reading.word("predictionsFormat", _PREDICTIONS, f"{PAGE}#OutputConfig", must=True)
    reading.exactly_one(("inputUris", "bigqueryInputUri"), f"{PAGE}#InputConfig")
    reading.exactly_one(("outputUri", "bigqueryOutputUri"), f"{PAGE}#OutputConfig")
    reading.texts("inputUris")
    for uri in texts(reading.known("inputUris")):
        if not _GCS.fullmatch(uri):
            reading.note("inputUris", f"got {uri!r}; use gs://bucket/path ({PAGES}/GcsSource)")
    reading.text("outputUri", _GCS, f"use gs://bucket/folder ({PAGES}/GcsDestination)")
    for key in ("bigqueryInputUri", "bigqueryOutputUri"):
        reading.text(key, _BIGQUERY, "use bq://project.dataset.table")
    _check_forms(reading)
    if not reading.given("machineType"):
        reading.note(
            "machineType", f"got nothing; a custom model needs a machine ({PAGE}#dedicated)"
        )
    reading.machine()
    starting = reading.whole("startingReplicaCount", 1, None, _RESOURCES)
    most = reading.whole("maxReplicaCount", 1, None, _RESOURCES)
    if starting is not None and most is not None and starting > most:
        reading.note(
            "maxReplicaCount", f"got {most}; use startingReplicaCount, {starting}, or more"
        )
    reading.whole("batchSize", 1, None, f"{PAGE}#ManualBatchTuningParameters")
    reading.service_account()
    reading.kms_key()
    reading.labels()
    reading.text("run", re.compile(r"(?s).{1,200}"), "use up to 200 characters")
    reading.flag("waitForCompletion")
    defaults = {key: value for key, value in _DEFAULTS.items() if inputs.get(key) is None}
    return {**inputs, **defaults}, reading.problems


def _check_forms(reading: Reading) -> None:
    """BigQuery on a side goes with its form on that side, and with no other."""
    pairs = (("instancesFormat", "bigqueryInputUri"), ("predictionsFormat", "bigqueryOutputUri"))
    for form, uri in pairs:
        word = reading.known(form)
        if isinstance(word, str) and (word == "bigquery") != reading.given(uri):
            reading.note(form, f"got {word!r}; use bigquery with {uri}, and only then ({PAGE})")


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ: each is another job, but whether to wait and how long.

    A job that is known to have failed is one too: it never becomes what was asked for.
    """
    found = differing(old, new, REPLACES, REPLACES)
    return {**found, "state": True} if old.get("state") in FAILED else found


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def job_label(inputs: Mapping[str, object]) -> str:
    """What the job is found again by."""
    return fingerprint(inputs, REPLACES)


def defaults() -> dict[str, object]:
    """What an import takes for the inputs that the service does not know."""
    return cast(dict[str, object], dict(_DEFAULTS))
