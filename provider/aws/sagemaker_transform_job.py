"""`serving:index:SageMakerTransformJob`: a run of batch transform, once, or this fails.

No official provider has a resource that begins a run. A job's name is a digest of what it does, so
that an update that was killed finds its job again and waits for it, and nothing runs twice. Jobs
cannot be deleted: one that failed is begun again under the next name, and one whose resource was
deleted is tagged, so that the same run can be asked for anew.

Source: CreateTransformJob, DescribeTransformJob and StopTransformJob in botocore's API model.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from facts import sagemaker_batch
from provider.aws.sagemaker_calls import described, sleep
from provider.aws.sagemaker_transform_job_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    MOST_ATTEMPTS,
    NOT_DONE,
    identity,
    prefix_of,
    run,
)
from provider.calls import call
from provider.errors import NotReadyError, ProviderError
from provider.ownership import TAG, Owned
from provider.waiting import Poll, Report

# The tag of a job whose resource was deleted.
DELETED: Final = "model-serving:deleted"
_OWN: Final = frozenset({DELETED, TAG})
# How long a job that is stopped may take for it.
_STOP_SECONDS: Final = 900
# What CreateTransformJob says where the model's role may not list the input, and how often it is
# asked again: in all some 75 s.
_NOT_READABLE: Final = "s3:ListBucket"
_PATIENCE: Final = 10
_LOGS: Final = "/aws/sagemaker/TransformJobs"
# What makes two jobs of one name the same run; the digest in the name is of all of it.
_TELLING: Final = ("modelName", "inputUri", "outputUri", "instanceType")


class TransformJobs(Protocol):
    """The calls of boto3's SageMaker client that this resource makes, and no others."""

    def create_transform_job(self, **request: object) -> dict[str, Any]:
        """Begin a job."""
        ...

    def describe_transform_job(self, *, TransformJobName: str) -> dict[str, Any]:  # noqa: N803
        """Status, reason and request of a job."""
        ...

    def stop_transform_job(self, *, TransformJobName: str) -> dict[str, Any]:  # noqa: N803
        """Begin to stop a job."""
        ...

    def list_tags(self, *, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        """Tags of a job, at most 50."""
        ...

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        """Set tags of a job."""
        ...

    def delete_tags(self, *, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:  # noqa: N803
        """Take tags of a job away."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """What DescribeTransformJob says of one job."""

    name: str
    arn: str
    status: str
    reason: str
    described: dict[str, Any]
    attempt: int = 1

    @property
    def moves(self) -> bool:
        """Whether it has not ended."""
        return sagemaker_batch.STATES.get(self.status, True)


class SageMakerTransformJob(Owned):
    """Create, read, update and delete against one AWS account and region."""

    def __init__(self, client: TransformJobs, *, poll: Poll | None = None) -> None:
        self._client = client
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """Begin the run, or go on with the one that an earlier update began."""
        made = identity(inputs)
        job = await self._latest(made)
        if job is not None:
            tags = await self._tags(job)
            if not self.owner.has(tags, TAG):
                what = f"namePrefix: transform job {job.name}"
                other = "It makes the same run: take another `namePrefix`"
                raise self.owner.refuse(what, tags[TAG], job.name, other)
            if DELETED in tags:
                job = await self._begin(inputs, made, job.attempt + 1, report)
        outputs = await self._finish(
            inputs, made, job, again=True, timeout_seconds=timeout_seconds, report=report
        )
        return made, outputs

    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """Change tags; begin again what was waited for and did not end well, or wait on."""
        job = await self._latest(resource_id)
        if job is not None:
            await self._tag(job, _texts(before.get("tags")), _texts(inputs.get("tags")))
        return await self._finish(
            inputs,
            resource_id,
            job,
            again=inputs.get("waitForCompletion") is True,
            timeout_seconds=timeout_seconds,
            report=report,
        )

    async def read(
        self, resource_id: str, inputs: Mapping[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Inputs and outputs as they are live; None when there is no such job.

        `inputs` are the ones in state, empty for an import by the job's name.
        """
        job = await self._latest(resource_id)
        if job is None:
            return None
        asked = sagemaker_batch.run_of(job.described)
        tags = {key: text for key, text in (await self._tags(job)).items() if key not in _OWN}
        now: dict[str, object] = {
            "namePrefix": prefix_of(resource_id, asked),
            "instanceCount": 1,
            "waitForCompletion": True,
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            **asked,
            # What is said and means nothing is as it was said.
            **inputs,
            **({"tags": tags} if tags or inputs.get("tags") else {}),
        }
        return now, _outputs(now, job)

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],  # noqa: ARG002 - what is live decides
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Stop what still runs. The record of the job stays, as all of them do."""
        job = await self._latest(resource_id)
        if job is not None and job.moves:
            job = await self._stop(job, timeout_seconds or _STOP_SECONDS, report)
        # Any other is no run that could be taken for a new one.
        if job is not None and job.status == "Completed":
            await self._tag(job, {}, {DELETED: "true"})

    async def _finish(
        self,
        inputs: Mapping[str, object],
        made: str,
        job: Job | None,
        *,
        again: bool,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """The outputs, once the job has ended well where that is waited for."""
        if job is None:
            job = await self._begin(inputs, made, 1, report)
        elif job.status in NOT_DONE and again:
            job = await self._begin(inputs, made, job.attempt + 1, report)
        _require_ours(job, inputs)
        if inputs.get("waitForCompletion") is not True:
            return _outputs(inputs, job)
        seconds = timeout_seconds or cast(float, inputs["timeoutSeconds"])
        wait = _Wait(self, seconds, report)
        try:
            job = await wait.until_final(job)
        except _TooLongError:
            job = await self._stop(job, _STOP_SECONDS, report)
            if job.status != "Completed":
                raise NotReadyError(
                    f"transform job {job.name} had not ended after {seconds:g} s and was stopped: "
                    f"it is {job.status}. Raise `timeoutSeconds`, or give it more or larger "
                    "instances; the next `up` begins it again",
                    made,
                    _outputs(inputs, job),
                ) from None
        except ProviderError as error:
            raise NotReadyError(str(error), made, _outputs(inputs, job)) from error
        if job.status != "Completed":
            raise NotReadyError(_failed(job), made, _outputs(inputs, job))
        return _outputs(inputs, job)

    async def _begin(
        self, inputs: Mapping[str, object], made: str, attempt: int, report: Report
    ) -> Job:
        """A job under the next name; the one that is there, when another run was faster."""
        if attempt > MOST_ATTEMPTS:
            raise ProviderError(
                f"transform job {made} was begun {MOST_ATTEMPTS} times, and none ended well. "
                "Change what it does, its input for example: another run has another name"
            )
        name = _name(made, attempt)
        tags = {**_texts(inputs.get("tags")), **self.owner.marks(TAG)}
        request = sagemaker_batch.request(run(inputs), name, tags)
        await report(f"begins transform job {name}")
        delay = self._poll.first_seconds
        for left in reversed(range(_PATIENCE)):
            try:
                await call(lambda: self._client.create_transform_job(**request))
            except ProviderError as error:
                if "ResourceInUse" in str(error):
                    break
                # A right that was just given counts after a moment.
                if _NOT_READABLE not in str(error) or not left:
                    raise
                await report("SageMaker cannot list the input yet; its role may be new")
                await self.sleep(delay, name)
                delay = min(delay * self._poll.growth, self._poll.longest_seconds)
            else:
                break
        job = await self._describe(name, attempt)
        if job is None:
            raise ProviderError(
                f"transform job {name} was begun, and SageMaker does not know it. Run `up` again"
            )
        return job

    async def _latest(self, made: str) -> Job | None:
        """The last job of a run: each further one was begun since the one before failed."""
        found: Job | None = None
        for attempt in range(1, MOST_ATTEMPTS + 1):
            job = await self._describe(_name(made, attempt), attempt)
            if job is None:
                break
            found = job
        return found

    async def _describe(self, name: str, attempt: int) -> Job | None:
        answer = await described(
            lambda: self._client.describe_transform_job(TransformJobName=name),
            # `Could not find requested job with name: …`, a ValidationException.
            "Could not find",
            "ResourceNotFound",
        )
        if answer is None:
            return None
        return Job(
            name=name,
            arn=str(answer["TransformJobArn"]),
            status=str(answer["TransformJobStatus"]),
            reason=" ".join(str(answer.get("FailureReason", "")).split()),
            described=answer,
            attempt=attempt,
        )

    async def look(self, job: Job) -> Job:
        """The same job as it is now."""
        return await self._describe(job.name, job.attempt) or job

    async def _stop(self, job: Job, seconds: float, report: Report) -> Job:
        try:
            await call(lambda: self._client.stop_transform_job(TransformJobName=job.name))
        except ProviderError:
            # It has ended meanwhile.
            if (await self.look(job)).moves:
                raise
        try:
            return await _Wait(self, seconds, report).until_final(job)
        except _TooLongError:
            raise ProviderError(
                f"transform job {job.name} is still stopping after {seconds:g} s. SageMaker goes "
                "on by itself; run the same command again"
            ) from None

    async def _tags(self, job: Job) -> dict[str, str]:
        answer = await call(lambda: self._client.list_tags(ResourceArn=job.arn))
        pairs = cast(list[dict[str, str]], answer.get("Tags", []))
        return {each["Key"]: each["Value"] for each in pairs if not each["Key"].startswith("aws:")}

    async def _tag(self, job: Job, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        gone = sorted(before.keys() - after.keys())
        new = [
            {"Key": key, "Value": text} for key, text in after.items() if before.get(key) != text
        ]
        if gone:
            await call(lambda: self._client.delete_tags(ResourceArn=job.arn, TagKeys=gone))
        if new:
            await call(lambda: self._client.add_tags(ResourceArn=job.arn, Tags=new))

    async def sleep(self, seconds: float, name: str) -> None:
        """Wait; raises `ProviderError` as soon as the update is cancelled."""
        await sleep(self.cancelled, seconds, f"transform job {name}", "wait for the same job")

    @property
    def poll(self) -> Poll:
        """How often the job is looked at."""
        return self._poll


class _TooLongError(Exception):
    """The deadline has passed."""


class _Wait:
    """One deadline over the waits for one job."""

    def __init__(self, resource: SageMakerTransformJob, seconds: float, report: Report) -> None:
        self._resource = resource
        self._seconds = seconds
        self._report = report

    async def until_final(self, job: Job) -> Job:
        """The job once it has ended; raises `_TooLongError` at the deadline."""
        started, delay = time.monotonic(), self._resource.poll.first_seconds
        while True:
            job = await self._resource.look(job)
            if not job.moves:
                return job
            passed = time.monotonic() - started
            if passed + delay > self._seconds:
                raise _TooLongError
            await self._report(
                f"{job.name} is {job.status}, {passed:.0f} s of at most {self._seconds:g} s"
            )
            await self._resource.sleep(delay, job.name)
            delay = min(delay * self._resource.poll.growth, self._resource.poll.longest_seconds)


def _name(made: str, attempt: int) -> str:
    return made if attempt == 1 else f"{made}-{attempt}"


def _require_ours(job: Job, inputs: Mapping[str, object]) -> None:
    live, asked = sagemaker_batch.run_of(job.described), run(inputs)
    for key in _TELLING:
        if live.get(key) != asked.get(key):
            raise ProviderError(
                f"{key}: transform job {job.name} is there and has {live.get(key)}; asked: "
                f"{asked.get(key)}. Somebody else made it: choose another `namePrefix`"
            )


def _failed(job: Job) -> str:
    if job.status == "Stopped":
        return (
            f"transform job {job.name} was stopped by somebody. The next `up` begins it again; "
            "`waitForCompletion: false` leaves it as it is"
        )
    reason = job.reason.rstrip(".") or "SageMaker gives no reason"
    return (
        f"transform job {job.name} is {job.status}. FailureReason: {reason}. Its container's log "
        f"is in {_LOGS}, streams {job.name}/…. Mend model or input; the next `up` begins it again"
    )


def _outputs(inputs: Mapping[str, object], job: Job) -> dict[str, object]:
    return {
        **inputs,
        "jobName": job.name,
        "jobArn": job.arn,
        "status": job.status,
        "failureReason": job.reason,
    }


def _texts(value: object) -> dict[str, str]:
    return dict(cast(dict[str, str], value)) if isinstance(value, dict) else {}
