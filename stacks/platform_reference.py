"""The platform's stack, which the models of another stack run on: what it says of itself."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from facts.pools.offers import Offer
from stacks.platform import CLUSTER_OUTPUT, POOLS_OUTPUT, Made
from stacks.providers import Providers
from stacks.refused_invoke import reason
from stacks.settings.fields import NotKnown
from stacks.settings.load import Settings
from stacks.stack_outputs import stack_outputs

__all__ = ["ask_platform", "refer_to_platform"]


def ask_platform(stack: str) -> Mapping[str, Offer]:
    """What the pools of another stack offer.

    Raises:
        pulumi.RunError: there is no such stack, or it is no platform, or was not deployed.
        NotKnown: nobody here knows.
    """
    try:
        outputs = stack_outputs(stack)
    # The SDK raises nothing narrower for an invoke that failed.
    except Exception as error:  # noqa: BLE001
        raise _refused(stack, reason(error)) from None
    pools = outputs.get(POOLS_OUTPUT)
    if isinstance(pools, pulumi.output.Unknown):
        # No engine was asked, but somebody who does not know either.
        raise NotKnown
    if not isinstance(pools, Mapping):
        raise _refused(stack, f"it has no output {POOLS_OUTPUT}")
    found = cast("Mapping[str, Mapping[str, Any]]", pools)
    try:
        return {name: Offer.of_output(pool["offer"]) for name, pool in found.items()}
    except (KeyError, TypeError, ValueError):
        raise _refused(stack, "its pools are described by another release") from None


def refer_to_platform(settings: Settings, providers: Providers, kept: Mapping[str, Any]) -> Made:
    """Let objects go to the cluster that the platform's stack made, where no context is named.

    `kept` are outputs of this stack's last update, where only one model is updated.
    """
    cluster, stack = settings.site.targets.kubernetes, settings.site.platform_stack
    made = Made()
    if cluster is None or cluster.context is not None:
        return made
    if stack is not None:
        if CLUSTER_OUTPUT not in stack_outputs(stack):
            raise pulumi.RunError(
                f"model-serving:targets.kubernetes.context: missing, and {stack} made no cluster\n"
                "  fix: add `context: …`, one of `kubectl config get-contexts`"
            )
        made.elsewhere = cast("Any", pulumi.StackReference(stack).require_output(CLUSTER_OUTPUT))
    else:
        made.elsewhere = kept.get(CLUSTER_OUTPUT)
    if made.elsewhere is not None:
        providers.kubeconfig = made.elsewhere["kubeconfig"]
    return made


def _refused(stack: str, why: str) -> pulumi.RunError:
    return pulumi.RunError(
        f"model-serving:platform_stack: got {stack}: {why}\n"
        f"  fix: name the platform's stack, organization/project/stack; deploy it first, "
        "`pulumi up`, with `model-serving:layer: platform`"
    )
