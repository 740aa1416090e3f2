"""Vertex AI's monitoring jobs of endpoints: made, changed, paused, deleted. They do nothing."""

import re
from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    by_number,
    conditions,
    fits,
    masked,
    page,
    require,
    shown_job,
)
from sandbox.api.vertex_facts import ENDPOINT, MONITORING_JOB, named_alike, number
from sandbox.api.vertex_operations import begun
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["OPERATIONS"]

_PAGE = (
    "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/"
    "projects.locations.modelDeploymentMonitoringJobs"
)
_COLLECTION = "modelDeploymentMonitoringJobs"
_OBJECTIVES = "modelDeploymentMonitoringObjectiveConfigs"
_SCHEDULE = "modelDeploymentMonitoringScheduleConfig"
_MUTABLE = frozenset(
    {
        *("displayName", _OBJECTIVES, _SCHEDULE, "modelMonitoringAlertConfig"),
        *("loggingSamplingStrategy", "labels", "logTtl", "enableMonitoringPipelineLogs"),
    }
)
_SHORT = Transition(20)
_PENDING_SECONDS = 300.0
_HOUR = 3600
_DURATION = re.compile(r"([1-9][0-9]*)(\.0+)?s")
_FORMATS = ("csv", "jsonl", "tf-record")


def _row(call: Call) -> Row:
    found = call.store.get("gcp", MONITORING_JOB, call.name)
    return require(found, call.name, "ModelDeploymentMonitoringJob")


def _create(call: Call) -> dict[str, Any]:
    job = dict(call.body)
    endpoint = _check(call, job)
    others = call.store.starting("gcp", MONITORING_JOB, f"{call.parent}/{_COLLECTION}/")
    if any(named_alike(str(each.live["endpoint"]), endpoint.id) for each in others):
        reason = f"endpoint: {endpoint.id} has a monitoring job already ({_PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    name = f"{call.parent}/{_COLLECTION}/{number()}"
    live = {**job, "endpoint": by_number(call, endpoint.id), "state": "JOB_STATE_RUNNING"}
    row = Row("gcp", MONITORING_JOB, name, account=call.project, name=str(job["displayName"]))
    pending = Transition(_PENDING_SECONDS, live={"state": "JOB_STATE_PENDING"})
    passing = eventual.begun(row.replace(live=live), pending)
    call.store.insert(passing)
    return {**shown_job(call, passing), "state": "JOB_STATE_PENDING"}


def _check(call: Call, job: dict[str, Any]) -> Row:
    """The endpoint of a job that can be."""
    if not job.get("displayName"):
        raise _wrong("display_name", "must be given")
    name = f"{call.parent}/endpoints/{str(job.get('endpoint')).rpartition('/')[2]}"
    endpoint = require(call.store.get("gcp", ENDPOINT, name), name, "Endpoint")
    there = {str(mapped(each).get("id")) for each in listed(endpoint.live.get("deployedModels"))}
    objectives = [mapped(each) for each in listed(job.get(_OBJECTIVES))]
    if not objectives:
        raise _wrong("model_deployment_monitoring_objective_configs", "must be given")
    for objective in objectives:
        if str(objective.get("deployedModelId")) not in there:
            given = objective.get("deployedModelId")
            raise _wrong("deployed_model_id", f"{given} is not deployed to {endpoint.id}")
        _check_objective(mapped(objective.get("objectiveConfig")))
    seconds = _seconds(mapped(job.get(_SCHEDULE)).get("monitorInterval"), "monitor_interval")
    if seconds % _HOUR:
        raise _wrong("monitor_interval", f"got {seconds} s; the sandbox takes whole hours alone")
    sampled = mapped(mapped(job.get("loggingSamplingStrategy")).get("randomSampleConfig"))
    rate = sampled.get("sampleRate")
    if not isinstance(rate, int | float) or not 0 < rate <= 1:
        raise _wrong("sample_rate", f"got {rate}; use more than 0, and 1 at most")
    if job.get("logTtl"):
        _seconds(job["logTtl"], "log_ttl")
    return endpoint


def _check_objective(objective: dict[str, Any]) -> None:
    skew = mapped(objective.get("trainingPredictionSkewDetectionConfig"))
    drift = mapped(objective.get("predictionDriftDetectionConfig"))
    if not skew and not drift:
        raise _wrong("objective_config", "must have something to detect")
    if skew:
        data = mapped(objective.get("trainingDataset"))
        sources = [key for key in ("dataset", "gcsSource", "bigquerySource") if data.get(key)]
        if len(sources) != 1 or not data.get("targetField"):
            raise _wrong("training_dataset", "must have one source, and a target_field")
        if sources == ["gcsSource"] and data.get("dataFormat") not in _FORMATS:
            raise _wrong("data_format", f"use one of {', '.join(_FORMATS)}")
    limits = [skew.get("defaultSkewThreshold"), drift.get("defaultDriftThreshold")]
    for key in ("skewThresholds", "driftThresholds"):
        limits += mapped((skew | drift).get(key)).values()
    for limit in filter(None, limits):
        value = mapped(limit).get("value")
        if not isinstance(value, int | float) or value <= 0:
            raise _wrong("threshold", f"got {value}; each is more than 0")


def _seconds(duration: object, field: str) -> int:
    found = _DURATION.fullmatch(str(duration))
    if found is None:
        raise _wrong(field, f'got {duration}; use seconds, as in "3600s"')
    return int(found[1])


def _wrong(field: str, reason: str) -> GoogleError:
    return GoogleError("INVALID_ARGUMENT", f"{field}: {reason} ({_PAGE})")


def _get(call: Call) -> dict[str, Any]:
    return shown_job(call, _row(call))


def _list(call: Call) -> dict[str, Any]:
    wanted = conditions(call)
    rows = call.store.starting("gcp", MONITORING_JOB, f"{call.parent}/{_COLLECTION}/")
    found = [job for job in (shown_job(call, row) for row in rows) if fits(job, wanted)]
    return page(call, _COLLECTION, found)


def _patch(call: Call) -> dict[str, Any]:
    names = masked(call, _MUTABLE, f"{_PAGE}/patch")
    with call.store.transaction():
        row = _row(call)
        changed = {**row.live, **{key: call.body.get(key) for key in names}}
        _check(call, changed)
        if call.failing is None:
            call.store.put(row.replace(live=changed), operation="update")
    return begun(call, call.parent, "UpdateModelDeploymentMonitoringJob", _SHORT)


def _pause(call: Call) -> dict[str, Any]:
    row = _row(call)
    if row.live.get("state") != "JOB_STATE_RUNNING":
        reason = f"The ModelDeploymentMonitoringJob {row.id} is {row.live.get('state')}."
        raise GoogleError("FAILED_PRECONDITION", reason)
    live = {**row.live, "state": "JOB_STATE_PAUSED"}
    call.store.put(row.replace(live=live), operation="pause")
    return {}


def _delete(call: Call) -> dict[str, Any]:
    row = _row(call)
    if row.live.get("state") == "JOB_STATE_RUNNING":
        reason = f"The ModelDeploymentMonitoringJob {row.id} is running; pause it first."
        raise GoogleError("FAILED_PRECONDITION", reason)
    call.store.remove(row)
    return begun(call, call.parent, "Delete", _SHORT)


OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", _COLLECTION, ""): Operation(
        "CreateModelDeploymentMonitoringJob", MONITORING_JOB, _create
    ),
    ("GET", _COLLECTION, ""): Operation("ListModelDeploymentMonitoringJobs", MONITORING_JOB, _list),
    ("GET", f"{_COLLECTION}/*", ""): Operation(
        "GetModelDeploymentMonitoringJob", MONITORING_JOB, _get
    ),
    ("PATCH", f"{_COLLECTION}/*", ""): Operation(
        "UpdateModelDeploymentMonitoringJob", MONITORING_JOB, _patch
    ),
    ("POST", f"{_COLLECTION}/*", "pause"): Operation(
        "PauseModelDeploymentMonitoringJob", MONITORING_JOB, _pause
    ),
    ("DELETE", f"{_COLLECTION}/*", ""): Operation(
        "DeleteModelDeploymentMonitoringJob", MONITORING_JOB, _delete
    ),
}
