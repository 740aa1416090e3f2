"""A VertexBatchPredictionJob's inputs as the API's BatchPredictionJob, and back."""

from collections.abc import Mapping
from typing import Any, Final

from provider.gcp.vertex_api import machine_inputs, machine_of, named_by_id, whole
from provider.gcp.vertex_inputs import OWN_LABELS, mapped

_SAME: Final = ("displayName", "model", "serviceAccount")


def job_of(inputs: Mapping[str, object]) -> dict[str, Any]:
    """The job to make, without its labels."""
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
        "machineSpec": machine_of(inputs),
        "startingReplicaCount": whole(inputs["startingReplicaCount"]),
        "maxReplicaCount": whole(inputs["maxReplicaCount"]),
    }
    if inputs.get("batchSize") is not None:
        job["manualBatchTuningParameters"] = {"batchSize": whole(inputs["batchSize"])}
    if inputs.get("kmsKeyName"):
        job["encryptionSpec"] = {"kmsKeyName": inputs["kmsKeyName"]}
    return job


def inputs_of(job: Mapping[str, Any], project: str) -> dict[str, object]:
    """The inputs that a live job stands for, without its place.

    The API names projects by number; `project` is the id to name them by.
    """
    source, target = mapped(job.get("inputConfig")), mapped(job.get("outputConfig"))
    dedicated = mapped(job.get("dedicatedResources"))
    labels = mapped(job.get("labels"))
    found: dict[str, object] = {
        **{key: job.get(key) for key in _SAME},
        "instancesFormat": source.get("instancesFormat"),
        "inputUris": mapped(source.get("gcsSource")).get("uris"),
        "bigqueryInputUri": mapped(source.get("bigquerySource")).get("inputUri"),
        "predictionsFormat": target.get("predictionsFormat"),
        "outputUri": mapped(target.get("gcsDestination")).get("outputUriPrefix"),
        "bigqueryOutputUri": mapped(target.get("bigqueryDestination")).get("outputUri"),
        **machine_inputs(mapped(dedicated.get("machineSpec"))),
        "startingReplicaCount": dedicated.get("startingReplicaCount"),
        "maxReplicaCount": dedicated.get("maxReplicaCount"),
        "batchSize": mapped(job.get("manualBatchTuningParameters")).get("batchSize"),
        "kmsKeyName": mapped(job.get("encryptionSpec")).get("kmsKeyName"),
        "labels": {key: value for key, value in labels.items() if key not in OWN_LABELS},
    }
    if model := job.get("model"):
        name = named_by_id(model, project)
        version = job.get("modelVersionId")
        found["model"] = name if "@" in name or not version else f"{name}@{version}"
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, 0)}
