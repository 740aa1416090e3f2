"""A VertexBatchPredictionJob's inputs as the API's BatchPredictionJob, and back."""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_inputs import OWN_LABEL, mapped

_SAME: Final = ("displayName", "model", "serviceAccount")


def job_of(inputs: Mapping[str, object]) -> dict[str, Any]:
    """The job to make, without its labels."""
    machine: dict[str, Any] = {"machineType": inputs["machineType"]}
    if inputs.get("acceleratorType"):
        machine["acceleratorType"] = inputs["acceleratorType"]
        machine["acceleratorCount"] = _whole(inputs["acceleratorCount"])
    job: dict[str, Any] = {key: inputs[key] for key in _SAME if inputs.get(key)}
    job["inputConfig"] = {"instancesFormat": inputs["instancesFormat"]} | (
        {"gcsSource": {"uris": inputs["inputUris"]}}
        if inputs.get("inputUris")
        else {"bigquerySource": {"inputUri": inputs["bigqueryInputUri"]}}
    )
    job["outputConfig"] = {"predictionsFormat": inputs["predictionsFormat"]} | (
        {"gcsDestination": {"outputUriPrefix": inputs["outputUri"]}}
        if inputs.get("outputUri")
        else {"bigqueryDestination": {"outputUri": inputs["bigqueryOutputUri"]}}
    )
    job["dedicatedResources"] = {
        "machineSpec": machine,
        "startingReplicaCount": _whole(inputs["startingReplicaCount"]),
        "maxReplicaCount": _whole(inputs["maxReplicaCount"]),
    }
    if inputs.get("batchSize") is not None:
        job["manualBatchTuningParameters"] = {"batchSize": _whole(inputs["batchSize"])}
    if inputs.get("kmsKeyName"):
        job["encryptionSpec"] = {"kmsKeyName": inputs["kmsKeyName"]}
    return job


def inputs_of(job: Mapping[str, Any], project: str) -> dict[str, object]:
    """The inputs that a live job stands for, without its place.

    The API names projects by number; `project` is the id to name them by.
    """
    source, target = mapped(job.get("inputConfig")), mapped(job.get("outputConfig"))
    dedicated = mapped(job.get("dedicatedResources"))
    machine = mapped(dedicated.get("machineSpec"))
    labels = mapped(job.get("labels"))
    found: dict[str, object] = {
        **{key: job.get(key) for key in _SAME},
        "instancesFormat": source.get("instancesFormat"),
        "inputUris": mapped(source.get("gcsSource")).get("uris"),
        "bigqueryInputUri": mapped(source.get("bigquerySource")).get("inputUri"),
        "predictionsFormat": target.get("predictionsFormat"),
        "outputUri": mapped(target.get("gcsDestination")).get("outputUriPrefix"),
        "bigqueryOutputUri": mapped(target.get("bigqueryDestination")).get("outputUri"),
        "machineType": machine.get("machineType"),
        "acceleratorType": machine.get("acceleratorType"),
        "acceleratorCount": machine.get("acceleratorCount"),
        "startingReplicaCount": dedicated.get("startingReplicaCount"),
        "maxReplicaCount": dedicated.get("maxReplicaCount"),
        "batchSize": mapped(job.get("manualBatchTuningParameters")).get("batchSize"),
        "kmsKeyName": mapped(job.get("encryptionSpec")).get("kmsKeyName"),
        "labels": {key: value for key, value in labels.items() if key != OWN_LABEL},
    }
    if model := str(job.get("model") or ""):
        name = f"projects/{project}/{model.split('/', 2)[2]}"
        version = job.get("modelVersionId")
        found["model"] = name if "@" in name or not version else f"{name}@{version}"
    if found["acceleratorType"] == "ACCELERATOR_TYPE_UNSPECIFIED":
        found["acceleratorType"] = None
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, 0)}


def _whole(value: object) -> int:
    return int(cast(float, value))
