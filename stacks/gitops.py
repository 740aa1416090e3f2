"""Who applies the Kubernetes part: Pulumi, or a controller that follows what is rendered.

See docs/adr/0015-rendering-for-gitops.md.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from stacks import targets
from stacks.only import kept_outputs
from stacks.settings.environment import Environment

OUTPUT: Final = "kubernetes"
_APPLIED_BY: Final = "applied_by"


def prepare(site: Environment) -> None:
    """Before anything is registered: how Kubernetes objects will be."""
    applied_by = _applied_by(site)
    if applied_by == "handover":
        pulumi.runtime.register_stack_transformation(_left_in_the_cluster)
    elif applied_by == "gitops":
        _refuse_to_take_away(kept_outputs())
        from components.kubernetes.objects import record_only  # noqa: PLC0415

        record_only()


def output(site: Environment, *, only: str | None) -> dict[str, Any] | None:
    """What the next update has to know; None for what is so without saying."""
    applied_by = _applied_by(site)
    if only is not None and applied_by == "handover":
        # The other models are not handed over yet.
        return kept_outputs().get(OUTPUT)
    return None if applied_by == "pulumi" else {_APPLIED_BY: applied_by}


def _applied_by(site: Environment) -> str:
    return site.targets.kubernetes.applied_by if site.targets.kubernetes else "pulumi"


def _left_in_the_cluster(
    asked: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    if isinstance(asked.resource, pulumi.ComponentResource) or not asked.type_.startswith(
        "kubernetes:"
    ):
        return None
    opts = pulumi.ResourceOptions.merge(asked.opts, pulumi.ResourceOptions(retain_on_delete=True))
    return pulumi.ResourceTransformationResult(asked.props, opts)


def _refuse_to_take_away(last: Mapping[str, Any]) -> None:
    """Pulumi deletes from the cluster what it applied and no longer applies, unless handed over."""
    if last.get(OUTPUT):
        return
    endpoints = cast("Mapping[str, Mapping[str, Any]]", last.get("endpoints") or {})
    applied = sorted(
        name
        for name, endpoint in endpoints.items()
        if (target := targets.TARGETS.get(str(endpoint.get("target"))))
        and "kubernetes" in target.packages
    )
    if applied:
        raise pulumi.RunError(
            f"model-serving:targets.kubernetes.applied_by: got gitops, but Pulumi applies "
            f"{', '.join(applied)} and would delete them from the cluster now\n"
            "  fix: first set it to handover and run `up` once; see docs/gitops.md"
        )
