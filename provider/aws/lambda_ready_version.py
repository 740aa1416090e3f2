"""`serving:index:LambdaReadyVersion`: a published version that can be invoked, or this fails.

pulumi-aws publishes the first version of a function and returns while Lambda still makes its
snapshot: an alias that is moved there refuses its requests. This waits for it between the two.
Where the alias keeps instances warm, which excludes SnapStart, it takes them away once the version
is ready: Pulumi itself would do so at the end of the update, after the alias is moved, and Lambda
refuses that.

Source: GetFunctionConfiguration, the waiter PublishedVersionActive, and provisioned concurrency in
botocore's API models; https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html;
https://github.com/hashicorp/terraform-provider-aws/issues/42693, read 2026-11-26.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from typing_extensions import override

from provider.aws.clients import Aws
from provider.aws.lambda_ready_version_inputs import DEFAULT_TIMEOUT_SECONDS, READY
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Read, Settled
from provider.waiting import Deadline, Poll, Report

__all__ = ["LambdaReadyVersion"]

_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"
_NOT_THERE: Final = ("ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException")


class Versions(Protocol):
    """The calls of boto3's Lambda client that are made here."""

    def get_function_configuration(
        self,
        *,
        FunctionName: str,  # noqa: N803
        Qualifier: str,  # noqa: N803
    ) -> dict[str, Any]:
        """State and settings of a version."""
        ...

    def get_provisioned_concurrency_config(self, **place: str) -> dict[str, Any]:
        """Warm instances of an alias."""
        ...

    def delete_provisioned_concurrency_config(self, **place: str) -> dict[str, Any]:
        """Keep no instance of an alias warm any more."""
        ...


@dataclass(frozen=True, slots=True)
class Version:
    """What GetFunctionConfiguration says of a published version."""

    state: str
    update: str
    reason: str
    snap_start: bool
    snapshot: bool
    """Whether its snapshot is there."""

    @property
    def is_ready(self) -> bool:
        """An answer to a request; with SnapStart by its snapshot."""
        whole = not self.snap_start or self.snapshot or self.state == "Inactive"
        return self.state in READY and self.update in {"", "Successful"} and whole

    @property
    def moves(self) -> bool:
        """Whether it may become ready by itself."""
        known = self.state in {"Pending", *READY}
        return known and self.update != "Failed" and not self.is_ready

    def __str__(self) -> str:
        told = [self.state]
        if self.update not in {"", "Successful"}:
            told.append(f"its update {self.update}")
        if self.snap_start and not self.snapshot and self.state == "Active":
            told.append("its snapshot not there")
        return ", ".join(told) + (f" ({self.reason})" if self.reason else "")


class LambdaReadyVersion(Settled):
    """Create, update and read against one AWS account and region."""

    def __init__(self, aws: Aws, region: str | None, *, poll: Poll | None = None) -> None:
        self._aws = aws
        self._region = region
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    @override
    def identity(self, inputs: Mapping[str, object]) -> str:
        return str(inputs["functionName"])

    @override
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        function, number = str(inputs["functionName"]), str(inputs["version"])
        wait = _Wait(timeout_seconds or usual, self._poll, self.cancelled, report)
        client = await self._client()
        version = await self._until_ready(client, function, number, wait)
        alias = inputs.get("aliasName")
        if alias is not None and version.snap_start:
            await self._cool(client, function, str(alias), wait)
        return {**inputs, "state": version.state}

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """As `Resource` says; an import needs the inputs, which the id does not hold."""
        if not inputs:
            raise ProviderError(
                f"id: got {resource_id!r}; a wait for a version is not imported: make it again"
            )
        client = await self._client()
        version = await _version(client, resource_id, str(inputs["version"]))
        if version is None:
            return None
        return dict(inputs), {**inputs, "state": version.state}

    async def _client(self) -> Versions:
        return cast(Versions, await call(lambda: self._aws.lambda_(self._region)))

    async def _until_ready(
        self, client: Versions, function: str, number: str, wait: "_Wait"
    ) -> Version:
        looks = 0
        while True:
            version = await _version(client, function, number)
            looks += 1
            if version is None:
                # Just published, it may not be found everywhere yet.
                if looks > self._poll.settle_looks:
                    raise ProviderError(
                        f"version: function {function} has no version {number} in this account and "
                        "region. Was it deleted by hand? Any change of the function publishes one"
                    )
            elif version.is_ready:
                return version
            elif not version.moves:
                raise ProviderError(
                    f"version {number} of {function} is {version}. It will not answer, and no "
                    "alias is moved to it. The function's log says more. Lambda publishes nothing "
                    "for the same code and settings: change the package, or the setting that is "
                    "wrong, and run `up`"
                )
            await wait.once(f"version {number} of {function} is {version or 'not there yet'}")

    async def _cool(self, client: Versions, function: str, alias: str, wait: "_Wait") -> None:
        """Take away what keeps the alias warm, and what would make it so again."""
        place = {"FunctionName": function, "Qualifier": alias}
        if not await _is_there(lambda: client.get_provisioned_concurrency_config(**place)):
            return
        await wait.report(f"taking away the warm instances of {function}:{alias}")
        scaling = await call(lambda: self._aws.autoscaling(self._region))
        target = {
            "ServiceNamespace": "lambda",
            "ResourceId": f"function:{function}:{alias}",
            "ScalableDimension": _DIMENSION,
        }
        try:
            await call(lambda: scaling.deregister_scalable_target(**target))
        except ProviderError as error:
            if "ObjectNotFoundException" not in str(error):
                raise
        await _is_there(lambda: client.delete_provisioned_concurrency_config(**place))
        while await _is_there(lambda: client.get_provisioned_concurrency_config(**place)):
            await wait.once(f"{function}:{alias} still has warm instances")


async def _version(client: Versions, function: str, number: str) -> Version | None:
    try:
        found = await call(
            lambda: client.get_function_configuration(FunctionName=function, Qualifier=number)
        )
    except ProviderError as error:
        if "ResourceNotFoundException" in str(error):
            return None
        raise
    snap_start = cast(dict[str, Any], found.get("SnapStart") or {})
    reasons = (
        *(found.get("StateReasonCode"), found.get("StateReason")),
        *(found.get("LastUpdateStatusReasonCode"), found.get("LastUpdateStatusReason")),
    )
    told = dict.fromkeys(" ".join(str(each).split()).rstrip(".") for each in reasons if each)
    return Version(
        state=str(found.get("State", "")),
        update=str(found.get("LastUpdateStatus") or ""),
        reason=": ".join(told),
        snap_start=snap_start.get("ApplyOn") == "PublishedVersions",
        snapshot=snap_start.get("OptimizationStatus") == "On",
    )


async def _is_there(ask: Callable[[], object]) -> bool:
    try:
        await call(ask)
    except ProviderError as error:
        if any(code in str(error) for code in _NOT_THERE):
            return False
        raise
    return True


class _Wait(Deadline):
    """For what Lambda does by itself."""

    async def once(self, now: str) -> None:
        """Wait one step; raises `ProviderError` at the deadline or when the update is cancelled."""
        await self.step(
            now,
            late=f"{now} after {self.seconds:g} s",
            goes_on="Lambda goes on by itself: run `up` again to continue",
        )
