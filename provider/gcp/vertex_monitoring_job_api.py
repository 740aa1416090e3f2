"""A VertexMonitoringJob's inputs as the API's ModelDeploymentMonitoringJob, and back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from provider.gcp.vertex_api import whole
from provider.gcp.vertex_inputs import OWN_LABEL, OWN_LABELS, endpoint_name, mapped, short
from provider.gcp.vertex_monitoring_job_inputs import DATA_FORMATS, job_label

__all__ = ["MASKS", "inputs_of", "job_of"]

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_OBJECTIVES: Final = "modelDeploymentMonitoringObjectiveConfigs"
_SCHEDULE: Final = "modelDeploymentMonitoringScheduleConfig"
# What of the job each input is in, as the update's mask names it.
MASKS: Final = {
    "displayName": "displayName",
    "deployedModelIds": _OBJECTIVES,
    "baselineUri": _OBJECTIVES,
    "targetField": _OBJECTIVES,
    "features": _OBJECTIVES,
    "threshold": _OBJECTIVES,
    "intervalHours": _SCHEDULE,
    "samplePercent": "loggingSamplingStrategy",
    "logDays": "logTtl",
    "labels": "labels",
}

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def job_of(inputs: Mapping[str, object], marks: Mapping[str, str] = _NONE) -> dict[str, Any]:
    """The job to make, or to change into; `marks` are labels that say whose it is."""
    limit = {"value": float(cast(float, inputs["threshold"]))}
    features = cast(list[str], inputs.get("features") or [])
    thresholds: dict[str, Any] = (
        {"skewThresholds": dict.fromkeys(features, limit)}
        if features
        else {"defaultSkewThreshold": limit}
    )
    objective = {
        "trainingDataset": _dataset(str(inputs["baselineUri"]), str(inputs["targetField"])),
        "trainingPredictionSkewDetectionConfig": thresholds,
    }
    job: dict[str, Any] = {
        "displayName": inputs["displayName"],
        "endpoint": endpoint_name(inputs),
        _OBJECTIVES: [
            {"deployedModelId": each, "objectiveConfig": objective}
            for each in cast(list[str], inputs["deployedModelIds"])
        ],
        _SCHEDULE: {"monitorInterval": f"{whole(inputs['intervalHours']) * _HOUR}s"},
        "loggingSamplingStrategy": {
            "randomSampleConfig": {"sampleRate": whole(inputs["samplePercent"]) / 100}
        },
        # Alert policies over these logs tell; the job's own mails would tell twice.
        "modelMonitoringAlertConfig": {"enableLogging": True},
        "logTtl": f"{whole(inputs['logDays']) * _DAY}s",
        "labels": {**mapped(inputs.get("labels")), OWN_LABEL: job_label(inputs), **marks},
    }
    if inputs.get("kmsKeyName"):
        job["encryptionSpec"] = {"kmsKeyName": inputs["kmsKeyName"]}
    return job


def _dataset(uri: str, target: str) -> dict[str, Any]:
    if uri.startswith("bq://"):
        return {"bigquerySource": {"inputUri": uri}, "targetField": target}
    ending = next(each for each in DATA_FORMATS if uri.endswith(each))
    return {
        "gcsSource": {"uris": [uri]},
        "dataFormat": DATA_FORMATS[ending],
        "targetField": target,
    }


def inputs_of(job: Mapping[str, Any]) -> dict[str, object]:
    """The inputs that a live job stands for, without its place."""
    objectives = [mapped(each) for each in cast(list[Any], job.get(_OBJECTIVES) or [])]
    first = mapped(objectives[0].get("objectiveConfig")) if objectives else {}
    data = mapped(first.get("trainingDataset"))
    skew = mapped(first.get("trainingPredictionSkewDetectionConfig"))
    each = mapped(skew.get("skewThresholds"))
    limits = [mapped(skew.get("defaultSkewThreshold")), *map(mapped, each.values())]
    files = cast(list[Any], mapped(data.get("gcsSource")).get("uris") or [""])
    sampled = mapped(mapped(job.get("loggingSamplingStrategy")).get("randomSampleConfig"))
    labels = mapped(job.get("labels"))
    found: dict[str, object] = {
        "endpoint": short(job.get("endpoint", "")),
        "displayName": job.get("displayName"),
        "deployedModelIds": [str(one.get("deployedModelId")) for one in objectives],
        "baselineUri": mapped(data.get("bigquerySource")).get("inputUri") or files[0],
        "targetField": data.get("targetField"),
        "features": sorted(each),
        "threshold": next((one["value"] for one in limits if "value" in one), None),
        "intervalHours": _seconds(mapped(job.get(_SCHEDULE)).get("monitorInterval")) // _HOUR,
        "samplePercent": round(100 * float(sampled.get("sampleRate", 0))),
        "logDays": _seconds(job.get("logTtl")) // _DAY,
        "kmsKeyName": mapped(job.get("encryptionSpec")).get("kmsKeyName"),
        "labels": {key: value for key, value in labels.items() if key not in OWN_LABELS},
    }
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, 0)}


def _seconds(duration: object) -> int:
    """A duration of JSON, as in `3600s`."""
    return int(float(str(duration).removesuffix("s"))) if duration else 0
