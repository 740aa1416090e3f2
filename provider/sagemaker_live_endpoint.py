"""`serving:index:SageMakerLiveEndpoint`: a SageMaker endpoint serves what was asked, or this fails.

SageMaker answers an update that it rolled back with an endpoint that is in service, on its earlier
configuration; pulumi-aws takes that for success, and has no resource for variant weights. This
resource waits until the endpoint is in service, fails when its configuration is not the one asked
for, and moves the variants' weights without a new configuration. It never sets an instance count:
those belong to the autoscaler.

Source: DescribeEndpoint and UpdateEndpointWeightsAndCapacities in botocore's model of the API.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from provider.aws import SageMaker, call
from provider.errors import ProviderError
from provider.resource import Settled
from provider.sagemaker_live_endpoint_inputs import (
    DEFAULT_TIMEOUT_SECONDS,
    identity,
    percent,
    share,
)
from provider.waiting import Poll, Report

# EndpointStatus in SageMaker's API model; the others are final.
_MOVING: Final = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack"})
_WAY_OUT: Final = (
    "Fix the model (its container's log says why it does not start) and run `up --refresh`, or go "
    "back with `serving rollback <model>`"
)


@dataclass(frozen=True, slots=True)
class Live:
    """What DescribeEndpoint says: `shares` are percent of the requests by variant."""

    status: str
    config_name: str
    shares: dict[str, float]
    reason: str
    pending_config_name: str


class SageMakerLiveEndpoint(Settled):
    """Create, update and read against one AWS account and region."""

    def __init__(self, client: SageMaker, *, poll: Poll | None = None) -> None:
        self._client = client
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    def identity(self, inputs: Mapping[str, object]) -> str:
        """The name, which an import names too."""
        return identity(inputs)

    async def read(
        self, resource_id: str, inputs: Mapping[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Inputs and outputs as they are live; None when there is no such endpoint.

        `inputs` are the ones in state, empty for an import; the live configuration and weights
        take their place in both results, so that a refresh shows drift.
        """
        live = await self._describe(resource_id)
        if live is None:
            return None
        known = cast(dict[str, float], inputs.get("weights") or {})
        # One variant alone gets all requests, whatever its weight is.
        weights = known if _shares(known) == live.shares else live.shares
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            **inputs,
            "endpointName": resource_id,
            "endpointConfigName": live.config_name,
            "weights": weights,
        }
        return now, _outputs(now, live)

    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float = 0, report: Report
    ) -> dict[str, object]:
        """Make the endpoint serve what was asked and return the outputs.

        `timeout_seconds` is the resource option `customTimeouts`, 0 when it is not set. Raises
        `ProviderError` when something else is live, with what was asked, what is live, why, and
        the way out.
        """
        name = cast(str, inputs["endpointName"])
        asked_config = cast(str, inputs["endpointConfigName"])
        weights = cast(dict[str, float], inputs["weights"])
        asked = _shares(weights)
        seconds = timeout_seconds or cast(float, inputs["timeoutSeconds"])
        wait = _Wait(self, name, seconds, report)

        live = await wait.until_final(asked_config)
        self._require(name, asked_config, live)
        if set(live.shares) != set(asked):
            raise ProviderError(
                f"weights: endpoint {name} has the variants {_names(live.shares)}; got "
                f"{_names(asked)}. Name each variant of configuration {asked_config} once"
            )
        while live.shares != asked:
            await report(f"moving traffic from {percent(live.shares)} to {percent(asked)}")
            if await self._move(name, weights):
                live = await wait.until_final(asked_config, asked)
                self._require(name, asked_config, live)
                if live.shares != asked:
                    raise ProviderError(
                        f"endpoint {name} serves {percent(live.shares)}; asked: "
                        f"{percent(asked)}. {_reason(live)}. Something else moves the weights of "
                        "this endpoint; stop it and run `up` again"
                    )
            else:
                # Someone else's change (an autoscaler's) came between; look again after it.
                await wait.once()
                live = await wait.until_final(asked_config)
                self._require(name, asked_config, live)
        return _outputs(inputs, live)

    def _require(self, name: str, asked_config: str, live: Live) -> None:
        if live.status != "InService":
            raise ProviderError(
                f"endpoint {name} is {live.status} with configuration {live.config_name}; asked: "
                f"{asked_config} in service. {_reason(live)}. {_WAY_OUT}"
            )
        if live.config_name != asked_config:
            raise ProviderError(
                f"endpoint {name} still serves configuration {live.config_name}; asked: "
                f"{asked_config}. SageMaker rolled the update back. {_reason(live)}. {_WAY_OUT}"
            )

    async def _move(self, name: str, weights: Mapping[str, float]) -> bool:
        """Set the weights; False when the endpoint is busy with another update."""
        wanted = [
            {"VariantName": variant, "DesiredWeight": float(weight)}
            for variant, weight in weights.items()
        ]
        try:
            await call(
                lambda: self._client.update_endpoint_weights_and_capacities(
                    EndpointName=name, DesiredWeightsAndCapacities=wanted
                )
            )
        except ProviderError as error:
            if "in-progress" in str(error):
                return False
            raise
        return True

    async def _describe(self, name: str) -> Live | None:
        try:
            answer = await call(lambda: self._client.describe_endpoint(EndpointName=name))
        except ProviderError as error:
            # SageMaker has no error code of its own for this.
            if "Could not find endpoint" in str(error):
                return None
            raise
        variants = cast(list[dict[str, Any]], answer.get("ProductionVariants", []))
        weights = {
            str(v["VariantName"]): float(v.get("CurrentWeight", v.get("DesiredWeight", 0)))
            for v in variants
        }
        pending = cast(dict[str, Any], answer.get("PendingDeploymentSummary", {}))
        return Live(
            status=str(answer["EndpointStatus"]),
            config_name=str(answer.get("EndpointConfigName", "")),
            shares=_shares(weights),
            reason=" ".join(str(answer.get("FailureReason", "")).split()),
            pending_config_name=str(pending.get("EndpointConfigName", "")),
        )

    async def describe(self, name: str) -> Live:
        """What is live; raises `ProviderError` when there is no such endpoint."""
        live = await self._describe(name)
        if live is None:
            raise ProviderError(
                f"endpointName: there is no endpoint {name} in this account and region. Was it "
                "deleted by hand? `pulumi refresh`, then `up`, makes it again"
            )
        return live

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `ProviderError` as soon as the update is cancelled."""
        try:
            await asyncio.wait_for(self.cancelled.wait(), seconds)
        except TimeoutError:
            return
        raise ProviderError(
            "cancelled while waiting for the endpoint; SageMaker goes on by itself. Run `up` "
            "again to continue"
        )

    @property
    def poll(self) -> Poll:
        """How often the endpoint is looked at."""
        return self._poll


class _Wait:
    """One deadline over all the waits of one operation."""

    def __init__(
        self, resource: SageMakerLiveEndpoint, name: str, seconds: float, report: Report
    ) -> None:
        self._resource = resource
        self._name = name
        self._seconds = seconds
        self._report = report
        self._started = time.monotonic()
        self._delay = resource.poll.first_seconds

    async def until_final(self, config: str, shares: dict[str, float] | None = None) -> Live:
        """The endpoint once it is no longer moving.

        One in service that is not yet as asked is looked at again before it is believed.
        """
        self._delay = self._resource.poll.first_seconds
        doubts = 0
        while True:
            live = await self._resource.describe(self._name)
            moving = live.status in _MOVING or live.pending_config_name != ""
            as_asked = live.config_name == config and shares in (None, live.shares)
            settled = live.status != "InService" or doubts >= self._resource.poll.settle_looks
            if not moving and (as_asked or settled):
                return live
            doubts = 0 if moving else doubts + 1
            await self.once(live)

    async def once(self, live: Live | None = None) -> None:
        """Wait one step; raises `ProviderError` at the deadline."""
        passed = time.monotonic() - self._started
        if passed + self._delay > self._seconds:
            now = f"it is {live.status} with configuration {live.config_name}" if live else "busy"
            raise ProviderError(
                f"endpoint {self._name} was not ready after {self._seconds:g} s: {now}. "
                f"{_reason(live) + '. ' if live else ''}SageMaker goes on by itself: run `up` "
                "again to wait longer, or raise `timeoutSeconds`"
            )
        if live:
            await self._report(f"{live.status}, {passed:.0f} s of at most {self._seconds:g} s")
        await self._resource.sleep(self._delay)
        self._delay = min(
            self._delay * self._resource.poll.growth, self._resource.poll.longest_seconds
        )


def _outputs(inputs: Mapping[str, object], live: Live) -> dict[str, object]:
    return {
        **inputs,
        "status": live.status,
        "liveWeights": dict(live.shares),
        "liveEndpointConfigName": live.config_name,
    }


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    return {variant: share(weight, weights) for variant, weight in weights.items()}


def _names(shares: Mapping[str, float]) -> str:
    return ", ".join(sorted(shares)) or "none"


def _reason(live: Live) -> str:
    if live.reason:
        return f"FailureReason: {live.reason.rstrip('.')}"
    return "SageMaker gives no FailureReason; see the alarms of its rollback configuration"
