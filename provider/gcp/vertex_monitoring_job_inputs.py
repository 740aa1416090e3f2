"""Inputs of `serving:index:VertexMonitoringJob`: schema, checks, differences. Makes no call.

Source: ModelDeploymentMonitoringJob and ModelMonitoringObjectiveConfig in the v1 types of
google-cloud-aiplatform.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

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
from provider.input_checks import Problems, shown
from provider.values import UNKNOWN

__all__ = [
    "COMPUTED",
    "DATA_FORMATS",
    "DEFAULTS",
    "MUTABLE",
    "REPLACES",
    "SCHEMA",
    "TYPE",
    "changes",
    "check",
    "job_label",
    "preview",
]

TYPE: Final = "serving:index:VertexMonitoringJob"
PAGE: Final = f"{PAGES}/projects.locations.modelDeploymentMonitoringJobs"
_THRESHOLD: Final = f"{PAGES}/ModelMonitoringObjectiveConfig#ThresholdConfig"
# Of files in Cloud Storage, by how they end.
DATA_FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".tfrecord": "tf-record"}
_BASELINE: Final = re.compile(
    r"gs://[^/\s]+/\S+(\.csv|\.jsonl|\.tfrecord)|bq://[^\s.]+\.[^\s.]+\.[^\s.]+"
)
DEFAULTS: Final = {
    "intervalHours": 24,
    "samplePercent": 100,
    # https://cloud.google.com/vertex-ai/docs/model-monitoring/using-model-monitoring
    "threshold": 0.3,
    "logDays": 30,
    "timeoutSeconds": 1800,
}
_INPUTS: Final[dict[str, Any]] = {
    **PLACE,
    "endpoint": {
        "type": "string",
        "description": "The endpoint, by its id or its whole name; it has one such job.",
        "willReplaceOnChanges": True,
    },
    "kmsKeyName": {
        "type": "string",
        "description": "Your own key, in the same region.",
        "willReplaceOnChanges": True,
    },
    "displayName": {"type": "string", "description": "Name that people read."},
    "deployedModelIds": {**LISTED, "description": "Models on the endpoint that are looked at."},
    "baselineUri": {
        "type": "string",
        "description": (
            "Training data: `bq://project.dataset.table`, or `gs://bucket/path` that ends with "
            f"{', '.join(DATA_FORMATS)}."
        ),
    },
    "targetField": {
        "type": "string",
        "description": "Column of the training data that is predicted, and is no feature.",
    },
    "features": {**LISTED, "description": "Features that are looked at. Default: all."},
    "threshold": {
        "type": "number",
        "default": 0.3,
        "description": "Distance from which on a feature has drifted. Default: 0.3.",
    },
    "intervalHours": {
        "type": "integer",
        "default": 24,
        "description": "Hours from one look to the next. Default: 24.",
    },
    "samplePercent": {
        "type": "integer",
        "default": 100,
        "description": "Share of the requests that is logged and looked at. Default: 100.",
    },
    "logDays": {
        "type": "integer",
        "default": 30,
        "description": "Days that logged requests are kept. Default: 30.",
    },
    "labels": LABELS,
    "timeoutSeconds": timeout(1800, "a change"),
}
_OUTPUTS: Final[dict[str, Any]] = {
    "name": {"type": "string", "description": "`projects/…/modelDeploymentMonitoringJobs/…`."},
    "jobId": {"type": "string", "description": "The id at its end, as logs have it."},
}
_REQUIRED: Final = (
    *("project", "region", "endpoint", "displayName"),
    *("deployedModelIds", "baselineUri", "targetField"),
)
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "Looks again and again whether requests of an endpoint are like the training data of its "
        "models. What it finds is in Cloud Logging. An earlier run's job is found again."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": list(_REQUIRED),
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": [*_REQUIRED, *DEFAULTS, *_OUTPUTS],
}
REPLACES: Final = ("project", "region", "endpoint", "kmsKeyName")
MUTABLE: Final = (
    *("displayName", "deployedModelIds", "baselineUri", "targetField", "features", "threshold"),
    *("intervalHours", "samplePercent", "logDays", "labels"),
)
COMPUTED: Final = tuple(_OUTPUTS)


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    reading = Reading.of(inputs, _INPUTS)
    reading.display_name()
    reading.endpoint()
    reading.kms_key()
    reading.labels()
    reading.texts("deployedModelIds", "features")
    ids = reading.known("deployedModelIds")
    if ids is None and not reading.given("deployedModelIds"):
        reading.note("deployedModelIds", f"got nothing; use ids on the endpoint ({PAGE})")
    elif isinstance(ids, list) and not ids:
        reading.note("deployedModelIds", f"got none; use one or more ({PAGE})")
    if "" in texts(reading.known("features")):
        reading.note("features", "got an empty name; use names of features")
    allowed = f"use bq://project.dataset.table, or gs://… that ends with {', '.join(DATA_FORMATS)}"
    reading.text("baselineUri", _BASELINE, f"{allowed} ({PAGE})", must=True)
    reading.text("targetField", re.compile(r"\S.{0,299}"), "use a column's name", must=True)
    reading.whole("intervalHours", 1, 24 * 30, PAGE)
    reading.whole("samplePercent", 1, 100, PAGE)
    reading.whole("logDays", 1, 3650, PAGE)
    threshold = reading.known("threshold")
    if threshold is not None and not (
        isinstance(threshold, int | float) and not isinstance(threshold, bool) and threshold > 0
    ):
        reading.note("threshold", f"got {shown(threshold)}; use more than 0 ({_THRESHOLD})")
    defaults = {key: value for key, value in DEFAULTS.items() if inputs.get(key) is None}
    return {**inputs, **defaults}, reading.problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, and whether each replaces."""
    return differing(old, new, (*REPLACES, *MUTABLE), REPLACES)


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def job_label(inputs: Mapping[str, object]) -> str:
    """What the endpoint's job is found again by."""
    return fingerprint(inputs, ("project", "region", "endpoint"))
