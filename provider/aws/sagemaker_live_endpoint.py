"""`serving:index:SageMakerLiveEndpoint`: a SageMaker endpoint serves what was asked, or this fails.

It moves the endpoint to a configuration itself, since pulumi-aws asks for no retained variant
properties (every update would take the instance counts and weights back to their first values),
waits 60 minutes at most, and takes an update that SageMaker rolled back for success: the endpoint
is in service, on its earlier configuration. It waits for an update that an earlier run began
rather than begin another one.

Source: DescribeEndpoint, UpdateEndpoint and UpdateEndpointWeightsAndCapacities in botocore's model
of the API.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from provider.aws import sagemaker_update
from provider.aws.clients import AutoScaling, Aws, SageMaker
from provider.aws.sagemaker_calls import described, sleep, unless_busy
from provider.aws.sagemaker_capacity import Capacity, changed_concurrency, kept_concurrency
from provider.aws.sagemaker_live_endpoint_inputs import (
    alarms_of,
    defaults,
    identity,
    percent,
    scaled_of,
    shift_of,
)
from provider.aws.sagemaker_live_state import Live, live_of, names_of, shares_of
from provider.aws.sagemaker_live_wait import Wait
from provider.aws.sagemaker_rollback import rang_before, require_capture, rolled_back, still
from provider.aws.sagemaker_scaling import (
    TWO_STEPS,
    Scaled,
    concurrency_bounds,
    give_back,
    scaled_variants,
    take_away,
)
from provider.aws.sagemaker_update import Configuration, find_configuration, need_configuration
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Settled
from provider.waiting import Poll, Report

__all__ = ["SageMakerLiveEndpoint"]


class SageMakerLiveEndpoint(Settled):
    """Create, update and read against one AWS account and region."""

    def __init__(self, aws: Aws, region: str | None, *, poll: Poll | None = None) -> None:
        self._aws = aws
        self._region = region
        self._client: SageMaker = aws.sagemaker(region)
        self.poll = poll or Poll()
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
        weights = known if shares_of(known) == live.shares else live.shares
        given = dict(inputs or live.shift_inputs)
        if not inputs or scaled_of(inputs):
            scaled = await self._scaled(resource_id, set(live.shares))
            if scaled != scaled_of(inputs):
                given["scaledVariants"] = sorted(scaled)
        now: dict[str, object] = {
            **defaults(given),
            **given,
            "endpointName": resource_id,
            "endpointConfigName": live.config_name,
            "weights": weights,
        }
        return now, _outputs(now, live)

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - what is live decides
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Settled`, and the counts that were changed since the configuration in state."""
        return await self.apply(
            inputs,
            was=str(before.get("endpointConfigName", "")),
            # By the state: what the program scales from now on is not scaled yet.
            known=scaled_of(before),
            timeout_seconds=timeout_seconds,
            report=report,
        )

    async def apply(
        self,
        inputs: Mapping[str, object],
        *,
        was: str = "",
        known: set[str] | None = None,
        timeout_seconds: float = 0,
        report: Report,
    ) -> dict[str, object]:
        """Make the endpoint serve what was asked and return the outputs.

        `was` is the configuration that was asked for before, `known` variants that were scaled
        then. `timeout_seconds` is the resource option `customTimeouts`, 0 when it is not set.
        Raises `ProviderError` when something else is live, with what was asked, what is live, why,
        and the way out.
        """
        name = cast(str, inputs["endpointName"])
        asked = cast(str, inputs["endpointConfigName"])
        weights = cast(dict[str, float], inputs["weights"])
        seconds = timeout_seconds or cast(float, defaults(inputs)["timeoutSeconds"])
        wait = Wait(self, name, seconds, report)

        live = await wait.until_final(asked, doubtful=False)
        base = await find_configuration(self._client, was) if was not in ("", asked) else None
        sizes: list[Capacity] = []
        new: Configuration | None = None
        # Without a configuration that was there before, nobody can have changed a count.
        if live.config_name != asked or base is not None:
            new = await need_configuration(self._client, asked)
            scaled = await self._scaled(name, {*live.shares, *new.variants})
            counts = sagemaker_update.wished_counts(base, new, scaled)
            sizes = [Capacity(variant, count) for variant, count in counts.items()]
            sizes += await self._kept(name, wait.before, new)
            moving = _Moving(new, counts, scaled, known or set())
            live = await self._move_to(wait, live, inputs, moving)
        self._require(name, asked, live)
        if new is not None:
            require_capture(name, new, live)
        if set(live.shares) != set(weights):
            raise ProviderError(
                f"weights: endpoint {name} has the variants {names_of(live.shares)}; got "
                f"{names_of(weights)}. Name each variant of configuration {asked} once"
            )
        live = await self._size(wait, live, asked, sizes)
        live = await self._weigh(wait, live, asked, weights)
        return _outputs({**defaults(inputs), **inputs}, live)

    async def _move_to(
        self, wait: Wait, live: Live, inputs: Mapping[str, object], moving: "_Moving"
    ) -> Live:
        """Move the endpoint to the configuration, and give back the autoscaling it had before."""
        wanted = scaled_of(inputs)
        try:
            live = await self._follow(wait, live, inputs, moving)
        except ProviderError as error:
            try:
                await self._give_back(wait.name, moving.taken)
            except ProviderError as further:
                raise ProviderError(f"{error}. And {further}") from error
            raise
        # The target of one that is not wanted goes after this, unless the update fails before: then
        # the state has it still.
        with contextlib.suppress(ProviderError):
            unwanted = [one for one in moving.taken if one.variant not in wanted]
            await self._give_back(wait.name, unwanted)
        await self._give_back(wait.name, [one for one in moving.taken if one.variant in wanted])
        missing = (moving.known & wanted) - await self._scaled(wait.name, moving.known & wanted)
        if missing:
            raise ProviderError(
                f"endpoint {wait.name} serves what was asked, but {names_of(missing)} is no "
                "longer scaled: an update that was killed took the autoscaling away. "
                "`up --refresh` makes it again"
            )
        return live

    async def _follow(
        self, wait: Wait, live: Live, inputs: Mapping[str, object], moving: "_Moving"
    ) -> Live:
        """Move the endpoint to the configuration, or wait for the update that already does."""
        new = moving.asked
        while live.config_name != new.name and live.status == "InService":
            if new.name in wait.seen:
                await self._rolled_back(wait, inputs, live)
            old = await find_configuration(self._client, live.config_name)
            held = sagemaker_update.held_by_scaling(old, new, moving.scaled)
            if held.keys() - moving.known:
                raise ProviderError(
                    f"endpoint {wait.name}: {', '.join(held.values())} and is scaled by "
                    "Application Auto Scaling, with which SageMaker refuses that. Nothing was "
                    "changed. Name the variant in `scaledVariants` and run `up` before this "
                    "change: then its scaling is taken away for the update and given back. Or: "
                    f"{TWO_STEPS}"
                )
            if held:
                await wait.report(f"taking away the autoscaling of {', '.join(held)}")
                scaling = await self._autoscaling()
                await take_away(scaling, wait.name, held, moving.taken)
            update = sagemaker_update.update(
                old,
                new,
                names=live.shares,
                shadows=live.shadows,
                counts=live.counts,
                wished=moving.counts,
                shift=shift_of(inputs),
                alarms=await self._judges(wait, alarms_of(inputs), new),
            )
            await wait.report(f"moving from {live.config_name} to {new.name}, {update.shift}")
            if await self._begin(wait.name, new.name, update.parameters):
                wait.seen.add(new.name)
            else:
                # Someone else's change (an autoscaler's) came between; look again after it.
                await wait.once()
            live = await wait.until_final(new.name, doubtful=new.name in wait.seen)
        return live

    async def _kept(self, name: str, left: Live | None, asked: Configuration) -> list[Capacity]:
        """Provisioned concurrency that Application Auto Scaling moved before this update."""
        if left is None or not left.concurrency:
            return []
        before = await find_configuration(self._client, left.config_name)
        changed = changed_concurrency(before, left) if before else {}
        if before is None or not changed:
            return []
        bounds = await concurrency_bounds(await self._autoscaling(), name, changed)
        return kept_concurrency(before, asked, changed, bounds)

    async def _size(self, wait: Wait, live: Live, asked: str, sizes: list[Capacity]) -> Live:
        """Set what the user changed or had, and the update did not bring; one call for each."""
        for size in sizes:
            while not size.is_met(live):
                now = f"{size.variant}: from {size.found(live)} to {size.wanted} {size.unit}"
                await wait.report(now)
                began = await self._move(wait.name, [size.asked])
                if not began:
                    await wait.once()
                live = await wait.until_final(asked)
                self._require(wait.name, asked, live)
                if began and not size.is_met(live):
                    raise ProviderError(
                        f"endpoint {wait.name} runs {size.found(live)} {size.unit} of "
                        f"{size.variant}; asked: {size.wanted}. {still(live)}"
                    )
        return live

    async def _weigh(
        self, wait: Wait, live: Live, asked: str, weights: Mapping[str, float]
    ) -> Live:
        """Move the weights where they differ."""
        shares = shares_of(weights)
        wanted = [
            {"VariantName": variant, "DesiredWeight": float(weight)}
            for variant, weight in weights.items()
        ]
        while live.shares != shares:
            await wait.report(f"moving traffic from {percent(live.shares)} to {percent(shares)}")
            if await self._move(wait.name, wanted):
                live = await wait.until_final(asked, shares)
                self._require(wait.name, asked, live)
                if live.shares != shares:
                    raise ProviderError(
                        f"endpoint {wait.name} serves {percent(live.shares)}; asked: "
                        f"{percent(shares)}. {still(live)}. Something else moves the weights of "
                        "this endpoint; stop it and run `up` again"
                    )
            else:
                await wait.once()
                live = await wait.until_final(asked)
                self._require(wait.name, asked, live)
        return live

    def _require(self, name: str, asked: str, live: Live) -> None:
        if live.status != "InService" or live.config_name != asked:
            raise ProviderError(
                f"endpoint {name} is {live.status} with configuration {live.config_name}; asked: "
                f"{asked} in service. {still(live)}. Fix what it says, or delete the endpoint "
                f"(`aws sagemaker delete-endpoint --endpoint-name {name}`), and run "
                "`up --refresh`, which makes it again"
            )

    async def _judges(self, wait: Wait, names: list[str], asked: Configuration) -> list[str]:
        """The alarms that may take an update back: those that can speak of what is asked."""
        before = rang_before(await self._alarms(names), asked.made)
        if before:
            await wait.report(
                f"{names_of(before)} has been in ALARM since before {asked.name} was made, and "
                "does not take this update back"
            )
        return [name for name in names if name not in before]

    async def _alarms(self, names: list[str]) -> list[dict[str, Any]]:
        if not names:
            return []
        client = await call(lambda: self._aws.cloudwatch(self._region))
        answer = await call(lambda: client.describe_alarms(AlarmNames=names))
        return cast("list[dict[str, Any]]", answer.get("MetricAlarms", []))

    async def _rolled_back(self, wait: Wait, inputs: Mapping[str, object], live: Live) -> None:
        """Raise with SageMaker's reason, and the alarms that spoke."""
        alarms = await self._alarms(alarms_of(inputs))
        raise ProviderError(
            rolled_back(wait.name, str(inputs["endpointConfigName"]), live, alarms, wait.began)
        )

    async def _begin(self, name: str, config: str, parameters: dict[str, Any]) -> bool:
        """Begin an update; False when the endpoint is busy with another one."""
        return await unless_busy(
            lambda: self._client.update_endpoint(
                EndpointName=name, EndpointConfigName=config, **parameters
            )
        )

    async def _move(self, name: str, wanted: list[dict[str, Any]]) -> bool:
        """Set weights or a count; False when the endpoint is busy with another update."""
        return await unless_busy(
            lambda: self._client.update_endpoint_weights_and_capacities(
                EndpointName=name, DesiredWeightsAndCapacities=wanted
            )
        )

    async def _autoscaling(self) -> AutoScaling:
        return await call(lambda: self._aws.autoscaling(self._region))

    async def _scaled(self, name: str, variants: set[str]) -> set[str]:
        return await scaled_variants(await self._autoscaling(), name, variants)

    async def _give_back(self, name: str, taken: list[Scaled]) -> None:
        if taken:
            now = await self.describe(name)
            await give_back(await self._autoscaling(), taken, now.shares)

    async def _describe(self, name: str) -> Live | None:
        answer = await described(
            lambda: self._client.describe_endpoint(EndpointName=name), "Could not find endpoint"
        )
        return None if answer is None else live_of(answer)

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
        await sleep(self.cancelled, seconds, "the endpoint")


@dataclass(slots=True)
class _Moving:
    """Where to, with which wished counts; what is scaled, known to be, and taken away."""

    asked: Configuration
    counts: dict[str, int]
    scaled: set[str]
    known: set[str]
    taken: list[Scaled] = field(default_factory=list[Scaled])


def _outputs(inputs: Mapping[str, object], live: Live) -> dict[str, object]:
    return {
        **inputs,
        "status": live.status,
        "liveWeights": dict(live.shares),
        "liveEndpointConfigName": live.config_name,
    }
