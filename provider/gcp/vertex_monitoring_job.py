"""`serving:index:VertexMonitoringJob`: somebody looks whether an endpoint's requests drift.

An endpoint has one such job. It carries a label that stands for the endpoint, and is found again by
it. A new job is pending until it knows the form of requests, from the first thousand of them: that
is not waited for.

Source: JobService in the v1 client of google-cloud-aiplatform.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.errors import ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_inputs import mapped, parent, place, settled, short
from provider.gcp.vertex_monitoring_job_api import MASKS, inputs_of, job_of
from provider.gcp.vertex_monitoring_job_inputs import DEFAULTS, MUTABLE, job_label
from provider.gcp.vertex_resource import VertexResource, Wait, require_job
from provider.ownership import LABEL
from provider.resource import Read
from provider.waiting import Report

_COLLECTION: Final = "modelDeploymentMonitoringJobs"
_RUNNING: Final = "JOB_STATE_RUNNING"


class VertexMonitoringJob(VertexResource):
    """Create, read, update and delete in any project and region."""

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says: the endpoint's job of an earlier run is taken, and changed."""
        wait = self._wait(inputs, timeout_seconds, report)
        region = str(inputs["region"])
        job = job_of(inputs, self.owner.marks(LABEL))
        request = {"parent": parent(inputs), "modelDeploymentMonitoringJob": job}
        while True:
            if jobs := await self._jobs(inputs):
                self._require_own(inputs, jobs[0])
                await wait.report(f"takes job {short(jobs[0]['name'])} of an earlier run")
                name = _id(inputs, jobs[0])
                await self._change(name, inputs, jobs[0], wait)
                return name, _outputs(inputs, name)
            try:
                job = await self.once("CreateModelDeploymentMonitoringJob", region, request)
            except VertexError as error:
                await wait.refused(error)
                continue
            name = _id(inputs, job)
            return name, _outputs(inputs, name)

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; `inputs` are the ones in state, empty for an import.

        An import takes the job's name: `projects/…/locations/…/modelDeploymentMonitoringJobs/…`.
        """
        where = place(resource_id)
        if not where:
            raise ProviderError(
                f"got the id {resource_id}; use projects/…/locations/…/{_COLLECTION}/…"
            )
        job = await self._get(str(where["region"]), resource_id)
        if job is None:
            return None
        live = inputs_of(job)
        if not inputs:
            now = {**DEFAULTS, **where, **live}
            return now, _outputs(now, resource_id)
        now = dict(inputs)
        for key in _differing(live, inputs):
            # What was taken away by somebody is gone from the inputs too.
            now.pop(key, None)
            now |= {key: live[key]} if key in live else {}
        return now, _outputs(now, resource_id)

    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],  # noqa: ARG002 - what is live decides
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Resource` says: what differs is changed in place."""
        wait = self._wait(inputs, timeout_seconds, report)
        job = require_job(await self._get(str(inputs["region"]), resource_id), resource_id)
        await self._change(resource_id, inputs, job, wait)
        return _outputs(inputs, resource_id)

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """End the job; what it logged stays until its days are over."""
        wait = self._wait(state, timeout_seconds, report)
        region, request = str(state["region"]), {"name": resource_id}
        refused_in = None
        while (job := await self._get(region, resource_id)) is not None:
            seen = str(job.get("state"))
            try:
                if seen == _RUNNING:
                    # A look that goes on meanwhile ends.
                    await self.once("PauseModelDeploymentMonitoringJob", region, request)
                operation = await self.once("DeleteModelDeploymentMonitoringJob", region, request)
            except VertexError as error:
                # It may have begun to look, or ended, since it was seen.
                if error.code == "FAILED_PRECONDITION" and seen != refused_in:
                    refused_in = seen
                elif error.code != "NOT_FOUND":
                    await wait.refused(error)
                continue
            await self.ended(region, operation, wait)
            return

    def _wait(self, inputs: Mapping[str, object], timeout: float, report: Report) -> Wait:
        seconds = inputs.get("timeoutSeconds") or DEFAULTS["timeoutSeconds"]
        return self.wait(f"monitoring of {short(inputs['endpoint'])}", seconds, timeout, report)

    async def _get(self, region: str, name: str) -> dict[str, Any] | None:
        return await self.get("GetModelDeploymentMonitoringJob", region, {"name": name})

    async def _jobs(self, inputs: Mapping[str, object]) -> list[dict[str, Any]]:
        method = "ListModelDeploymentMonitoringJobs"
        return await self.jobs(method, _COLLECTION, inputs, job_label(inputs))

    def _require_own(self, inputs: Mapping[str, object], job: Mapping[str, Any]) -> None:
        labels, name = mapped(job.get("labels")), _id(inputs, job)
        if not self.owner.has(labels, LABEL):
            what = f"endpoint: the monitoring job of {inputs['endpoint']}"
            other = "An endpoint has one; leave out this one"
            raise self.owner.refuse(what, labels[LABEL], name, other)

    async def _change(
        self, name: str, inputs: Mapping[str, object], job: Mapping[str, Any], wait: Wait
    ) -> None:
        """Change in place what differs."""
        differ = _differing(inputs_of(job), inputs)
        if not differ:
            return
        paths = sorted({MASKS[key] for key in differ})
        request = {
            "modelDeploymentMonitoringJob": {
                **job_of(inputs, self.owner.marks(LABEL)),
                "name": name,
            },
            "updateMask": ",".join(paths),
        }
        region = str(inputs["region"])
        while True:
            await wait.report(f"changes {', '.join(differ)}")
            try:
                operation = await self.once("UpdateModelDeploymentMonitoringJob", region, request)
            except VertexError as error:
                await wait.refused(error)
                continue
            await self.ended(region, operation, wait)
            return


def _differing(live: Mapping[str, object], inputs: Mapping[str, object]) -> list[str]:
    """What changes in place, and is not as asked; the order of features and models is nothing."""
    return [key for key in MUTABLE if _plain(live.get(key)) != _plain(inputs.get(key))]


def _plain(value: object) -> object:
    return settled(sorted(cast(list[str], value)) if isinstance(value, list) else value)


def _id(inputs: Mapping[str, object], job: Mapping[str, Any]) -> str:
    return f"{parent(inputs)}/{_COLLECTION}/{short(job['name'])}"


def _outputs(inputs: Mapping[str, object], name: str) -> dict[str, object]:
    return {**inputs, "name": name, "jobId": short(name)}
