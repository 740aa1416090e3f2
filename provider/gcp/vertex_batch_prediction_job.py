"""`serving:index:VertexBatchPredictionJob`: a batch prediction was made for these inputs.

Once for each set of inputs: the job carries a label that stands for them, and is found again by
it. A job that failed is no result: the next update makes another one, for a job that nobody waited
for once a refresh has seen that it failed.

Source: JobService in the v1 client of google-cloud-aiplatform.
"""

from collections.abc import Mapping
from typing import Any, Final

from provider.errors import NotReadyError, ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_batch_prediction_job_api import inputs_of, job_of
from provider.gcp.vertex_batch_prediction_job_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    FAILED,
    REPLACES,
    defaults,
    job_label,
)
from provider.gcp.vertex_inputs import OWN_LABEL, mapped, parent, place, settled, short
from provider.gcp.vertex_resource import StoppedError, VertexResource, Wait, require_job
from provider.ownership import LABEL
from provider.resource import Read
from provider.waiting import Report

# JobState of the API; the others are on the way.
_SUCCEEDED: Final = frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"})


class _FailedError(ProviderError):
    """The job ended badly; `outputs` are what is known of it."""

    def __init__(self, message: str, outputs: dict[str, object]) -> None:
        super().__init__(message)
        self.outputs = outputs


class VertexBatchPredictionJob(VertexResource):
    """Create, read, update and delete in any project and region."""

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says: a job for the same inputs is taken, unless it failed."""
        wait = self._wait(inputs, timeout_seconds, report)
        job = await self._made(inputs, wait)
        name = _id(inputs, job)
        return name, await self._outcome(inputs, job, wait)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; `inputs` are the ones in state, empty for an import.

        An import takes the job's name: `projects/…/locations/…/batchPredictionJobs/…`.
        """
        where = place(resource_id)
        if not where:
            raise ProviderError(
                f"got the id {resource_id}; use projects/…/locations/…/batchPredictionJobs/…"
            )
        job = await self._get(str(where["region"]), resource_id)
        if job is None:
            return None
        live = {**where, **inputs_of(job, str(where["project"]))}
        now = {**defaults(), **live}
        if inputs:
            # A job cannot change: what differs in form alone stays as it was given.
            drifted = {
                key: live[key]
                for key in REPLACES
                if key in live and key in inputs and settled(live[key]) != settled(inputs[key])
            }
            drifted.pop("model", None)
            now = {**inputs, **drifted}
        return now, _outputs(now, job)

    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],  # noqa: ARG002 - what is live decides
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Resource` says: nothing of a job changes; one that still runs is waited for."""
        wait = self._wait(inputs, timeout_seconds, report)
        job = require_job(await self._get(str(inputs["region"]), resource_id), resource_id)
        try:
            return await self._outcome(inputs, job, wait)
        except _FailedError as error:
            # The state has to know of it: the next run then makes another job.
            raise NotReadyError(str(error), resource_id, error.outputs) from error

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """End the job if it runs, and delete its record, with those of attempts that failed."""
        wait = self._wait(state, timeout_seconds, report)
        await self._remove(str(state["region"]), resource_id, wait)
        for job in await self._jobs(state):
            if job["state"] in FAILED:
                await self._remove(str(state["region"]), _id(state, job), wait)

    def _wait(self, inputs: Mapping[str, object], timeout: float, report: Report) -> Wait:
        seconds = inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS
        return self.wait(f"job {inputs['displayName']}", seconds, timeout, report)

    async def _get(self, region: str, name: str) -> dict[str, Any] | None:
        return await self.get("GetBatchPredictionJob", region, {"name": name})

    async def _jobs(self, inputs: Mapping[str, object]) -> list[dict[str, Any]]:
        """Those for the same inputs; another stack's are its own."""
        method = "ListBatchPredictionJobs"
        found = await self.jobs(method, "batchPredictionJobs", inputs, job_label(inputs))
        return [each for each in found if self.owner.has(mapped(each.get("labels")), LABEL)]

    async def _made(self, inputs: Mapping[str, object], wait: Wait) -> dict[str, Any]:
        """The job for these inputs: an earlier run's, or a new one."""
        labels = {
            **mapped(inputs.get("labels")),
            OWN_LABEL: job_label(inputs),
            **self.owner.marks(LABEL),
        }
        request = {
            "parent": parent(inputs),
            "batchPredictionJob": {**job_of(inputs), "labels": labels},
        }
        while True:
            for job in await self._jobs(inputs):
                if job["state"] not in FAILED:
                    await wait.report(f"takes job {short(job['name'])} of an earlier run")
                    return job
            try:
                return await self.once("CreateBatchPredictionJob", str(inputs["region"]), request)
            except VertexError as error:
                await wait.refused(error)

    async def _outcome(
        self, inputs: Mapping[str, object], job: Mapping[str, Any], wait: Wait
    ) -> dict[str, object]:
        """The outputs, once the job has ended where that is waited for."""
        name, found = _id(inputs, job), dict(job)
        waits = inputs.get("waitForCompletion", True)
        try:
            while waits and found["state"] not in _SUCCEEDED | FAILED:
                await wait.step(str(found["state"]))
                found = await self._get(str(inputs["region"]), name) or {
                    **found,
                    "state": "JOB_STATE_CANCELLED",
                    "error": {"message": "it was deleted by hand"},
                }
        except StoppedError as error:
            raise NotReadyError(str(error), name, _outputs(inputs, found)) from error
        if found["state"] in FAILED:
            reason = mapped(found.get("error")).get("message") or "Vertex AI gives no reason"
            raise _FailedError(
                f"job {short(name)} ended as {found['state']}: {str(reason).rstrip('.')}. Its log "
                "in Cloud Logging has more; `up` runs another one once the cause is gone, or with "
                "another `run`",
                _outputs(inputs, found),
            )
        return _outputs(inputs, found)

    async def _remove(self, region: str, name: str, wait: Wait) -> None:
        while (job := await self._get(region, name)) is not None:
            if job["state"] in _SUCCEEDED | FAILED:
                try:
                    operation = await self.once("DeleteBatchPredictionJob", region, {"name": name})
                except VertexError as error:
                    if error.code == "NOT_FOUND":
                        return
                    await wait.refused(error)
                    continue
                await self.ended(region, operation, wait)
                return
            if job["state"] != "JOB_STATE_CANCELLING":
                await self.call("CancelBatchPredictionJob", region, {"name": name})
            await wait.step(f"ends the job, {job['state']}")


def _id(inputs: Mapping[str, object], job: Mapping[str, Any]) -> str:
    return f"{parent(inputs)}/batchPredictionJobs/{short(job['name'])}"


def _outputs(inputs: Mapping[str, object], job: Mapping[str, Any]) -> dict[str, object]:
    written = mapped(job.get("outputInfo"))
    dataset, table = written.get("bigqueryOutputDataset"), written.get("bigqueryOutputTable")
    location = written.get("gcsOutputDirectory") or dataset or ""
    return {
        **inputs,
        "name": _id(inputs, job),
        "state": str(job["state"]),
        "outputLocation": f"{location}.{table}" if dataset and table else str(location),
    }
