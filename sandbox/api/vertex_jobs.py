"""Vertex AI's batch predictions: they run in scaled time, can fail, and are cancelled.

Nothing is predicted: a job that succeeds says where its output would be.
"""

from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    by_number,
    conditions,
    fits,
    moment,
    page,
    require,
    shown_job,
)
from sandbox.api.vertex_facts import BATCH_JOB, named_accelerators, number
from sandbox.api.vertex_models import version_of
from sandbox.api.vertex_operations import begun
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS"]

# About as long as a small job takes, most of it for its machines.
JOB_SECONDS = 900.0
_CANCEL_SECONDS = 30.0
_DELETE_SECONDS = Transition(20)
_PAGE = (
    "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/"
    "projects.locations.batchPredictionJobs"
)
_ENDED = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"})


def _row(call: Call) -> Row:
    return require(call.store.get("gcp", BATCH_JOB, call.name), call.name, "BatchPredictionJob")


def _create(call: Call) -> dict[str, Any]:
    job = named_accelerators(dict(call.body))
    _check(job)
    model, version = _model(call, str(job.get("model") or ""))
    name = f"{call.parent}/batchPredictionJobs/{number()}"
    target = mapped(job["outputConfig"])
    written: dict[str, Any] = {}
    if prefix := mapped(target.get("gcsDestination")).get("outputUriPrefix"):
        folder = f"prediction-{version.get('displayName')}-{moment()}"
        written["gcsOutputDirectory"] = f"{str(prefix).rstrip('/')}/{folder}"
    elif dataset := mapped(target.get("bigqueryDestination")).get("outputUri"):
        written = {"bigqueryOutputDataset": dataset, "bigqueryOutputTable": "predictions"}
    ended: dict[str, Any] = {"state": "JOB_STATE_SUCCEEDED", "outputInfo": written}
    if call.failing is not None:
        ended = {
            "state": "JOB_STATE_FAILED",
            "error": {"code": 13, "message": str(call.failing)},
            "outputInfo": None,
        }
    live = {**job, "modelVersionId": version.get("versionId"), "model": by_number(call, model.id)}
    row = Row("gcp", BATCH_JOB, name, account=call.project, name=str(job["displayName"]))
    meanwhile = {"state": "JOB_STATE_RUNNING", "outputInfo": None, "error": None}
    passing = eventual.begun(
        row.replace(live={**live, **ended}), Transition(JOB_SECONDS, live=meanwhile)
    )
    call.store.insert(passing)
    return {**shown_job(call, passing), "state": "JOB_STATE_PENDING"}


def _check(job: dict[str, Any]) -> None:
    if not job.get("displayName"):
        raise GoogleError("INVALID_ARGUMENT", "display_name: must be given")
    source, target = mapped(job.get("inputConfig")), mapped(job.get("outputConfig"))
    for name, config, format_, places in (
        ("input_config", source, "instancesFormat", ("gcsSource", "bigquerySource")),
        ("output_config", target, "predictionsFormat", ("gcsDestination", "bigqueryDestination")),
    ):
        if not config.get(format_) or sum(place in config for place in places) != 1:
            reason = f"{name}: give {format_} and one of {', '.join(places)} ({_PAGE})"
            raise GoogleError("INVALID_ARGUMENT", reason)
    resources = mapped(job.get("dedicatedResources"))
    if not mapped(resources.get("machineSpec")).get("machineType"):
        reason = f"dedicated_resources.machine_spec: a custom model needs a machine ({_PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)


def _model(call: Call, given: str) -> tuple[Row, dict[str, Any]]:
    plain, _, wanted = given.partition("@")
    name = f"{call.parent}/models/{plain.rpartition('/')[2]}"
    return version_of(call, name, wanted, given)


def _get(call: Call) -> dict[str, Any]:
    return shown_job(call, _row(call))


def _list(call: Call) -> dict[str, Any]:
    wanted = conditions(call)
    rows = call.store.starting("gcp", BATCH_JOB, f"{call.parent}/batchPredictionJobs/")
    found = [job for job in (shown_job(call, row) for row in rows) if fits(job, wanted)]
    found.sort(key=lambda job: str(job["createTime"]), reverse=True)
    return page(call, "batchPredictionJobs", found)


def _cancel(call: Call) -> dict[str, Any]:
    row = _row(call)
    if row.live.get("state") in _ENDED:
        reason = f"The BatchPredictionJob {row.id} has ended as {row.live.get('state')}."
        raise GoogleError("FAILED_PRECONDITION", reason)
    done = row.replace(
        live={
            **{key: value for key, value in row.live.items() if key != eventual.KEY},
            "state": "JOB_STATE_CANCELLED",
        }
    )
    passing = Transition(_CANCEL_SECONDS, live={"state": "JOB_STATE_CANCELLING"})
    call.store.put(eventual.begun(done, passing), operation="cancel")
    return {}


def _delete(call: Call) -> dict[str, Any]:
    row = _row(call)
    if row.live.get("state") not in _ENDED:
        reason = f"The BatchPredictionJob {row.id} is {row.live.get('state')}; cancel it first."
        raise GoogleError("FAILED_PRECONDITION", reason)
    call.store.remove(row)
    # Operations on jobs are the location's: neither the API nor its clients have others.
    return begun(call, call.parent, "Delete", _DELETE_SECONDS)


_COLLECTION = "batchPredictionJobs"
OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", _COLLECTION, ""): Operation("CreateBatchPredictionJob", BATCH_JOB, _create),
    ("GET", _COLLECTION, ""): Operation("ListBatchPredictionJobs", BATCH_JOB, _list),
    ("GET", f"{_COLLECTION}/*", ""): Operation("GetBatchPredictionJob", BATCH_JOB, _get),
    ("POST", f"{_COLLECTION}/*", "cancel"): Operation(
        "CancelBatchPredictionJob", BATCH_JOB, _cancel
    ),
    ("DELETE", f"{_COLLECTION}/*", ""): Operation("DeleteBatchPredictionJob", BATCH_JOB, _delete),
}
