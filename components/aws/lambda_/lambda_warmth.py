"""Instances of the live alias that are kept warm: how many, and what moves their number."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.scalable_target import (
    Following,
    read_cooldowns,
    read_windows,
    refuse_without_room,
    scheduled_bounds,
    track,
)
from components.checks import Checks
from components.managed import Window
from components.serving import Core
from facts.lambda_serving import WARM_USE_PERCENT

__all__ = ["Warmth", "keep_warm", "read_warmth"]

_DIMENSION: Final = "lambda:function:ProvisionedConcurrency"
_USUAL_USE_PERCENT: Final = 70
_SCALING: Final = (
    *("scaling_target", "scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
    "scaling_schedules",
)
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Warmth:
    """Fewest and most instances that are kept warm, and what their number follows."""

    bounds: Core
    """The endpoint's core, with the bounds of the warm instances."""
    following: Following

    @property
    def count(self) -> int:
        """Instances that are warm at first."""
        return self.bounds.min_replicas

    @property
    def scales(self) -> bool:
        """Whether Application Auto Scaling moves the number."""
        return self.following.scales(self.bounds)


def read_warmth(
    checks: Checks, core: Core, args: Mapping[str, Any], *, reserved: int, snap_start: bool
) -> Warmth:
    """`provisioned_concurrency`, its bounds and `scaling_…`; nothing else keeps instances warm."""
    count = checks.whole("provisioned_concurrency", core.min_replicas, 0, _MOST)
    key = "provisioned_concurrency" if checks.given("provisioned_concurrency") else "min_replicas"
    most = checks.whole("max_provisioned_concurrency", count, 0, _MOST)
    if most < count:
        use = f"at least the instances that are always warm ({count})"
        checks.problem("max_provisioned_concurrency", most, use)
    for name, asked in ((key, count), ("max_provisioned_concurrency", most)):
        if asked > reserved and checks.given(name):
            checks.problem(name, asked, f"at most reserved_concurrency ({reserved})")
    if count == 0 and most:
        use = "it with provisioned_concurrency 1 or more: an alias has one warm instance at least"
        checks.problem("max_provisioned_concurrency", most, use)
    if count and snap_start:
        checks.problem(key, count, "0 with snap_start: Lambda keeps no instance of a snapshot warm")
    if count and core.candidate_version is not None and core.canary_percent:
        checks.problem(
            key,
            count,
            "0, by an `up` of its own before the candidate gets a share: Lambda warms no alias of "
            "two versions, and what is warm goes only at the end of an update",
        )
    bounds = dataclasses.replace(core, min_replicas=count, max_replicas=max(count, most))
    following = Following(
        "utilization",
        checks.number(
            "scaling_target",
            _USUAL_USE_PERCENT,
            WARM_USE_PERCENT.minimum or 0,
            WARM_USE_PERCENT.maximum or 0,
        ),
        *read_cooldowns(checks),
        read_windows(checks, bounds) if count else (),
    )
    _check_windows(checks, following.windows, reserved)
    if not following.scales(bounds):
        refuse_without_room(
            checks,
            args,
            use="it with max_provisioned_concurrency above provisioned_concurrency",
            keys=_SCALING,
        )
    return Warmth(bounds, following)


def _check_windows(checks: Checks, windows: Sequence[Window], reserved: int) -> None:
    """Lambda refuses more at the hour of the schedule, when nobody looks."""
    for number, window in enumerate(windows):
        for key, asked in (
            ("min_replicas", window.min_replicas),
            ("max_replicas", window.max_replicas),
        ):
            if asked is not None and asked > reserved:
                use = f"at most reserved_concurrency ({reserved})"
                checks.problem(f"scaling_schedules[{number}].{key}", asked, use)


def keep_warm(
    warmth: Warmth, alias: aws.lambda_.Alias, tags: Mapping[str, str], child: pulumi.ResourceOptions
) -> None:
    """The warm instances of the alias, and their scaling; nothing where there are none."""
    if not warmth.count:
        return
    name = warmth.bounds.name
    # What Application Auto Scaling raised stays: it brings the number between its bounds by itself.
    moved = pulumi.ResourceOptions(
        ignore_changes=["provisionedConcurrentExecutions"] if warmth.scales else None
    )
    warm = aws.lambda_.ProvisionedConcurrencyConfig(
        f"{name}-warm",
        function_name=alias.function_name,
        qualifier=alias.name,
        provisioned_concurrent_executions=warmth.count,
        opts=pulumi.ResourceOptions.merge(child, moved),
    )
    if not warmth.scales:
        return
    following = dataclasses.replace(warmth.following, target=warmth.following.target / 100)
    target = track(
        f"{name}-warm",
        warmth.bounds,
        following,
        dimension=_DIMENSION,
        resource_id=pulumi.Output.concat("function:", warm.function_name, ":", warm.qualifier),
        metric={
            "predefined_metric_specification": {
                "predefined_metric_type": "LambdaProvisionedConcurrencyUtilization"
            }
        },
        tags=tags,
        child=child,
    )
    scheduled_bounds(f"{name}-warm", target, following.windows, child)
