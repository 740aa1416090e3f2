"""A candidate of an InferenceService on Knative joins only the stable model that is live.

It can declare only the newest: what is stable is what had all traffic before, by the record in the
stack's state and by the artifact that the predictor has.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from components import held_share
from components.hooks import hook

__all__ = ["artifact", "kserve_hooks", "refuse_other_stable", "stable_record"]

_FULL: Final = 100


def kserve_hooks(
    name: str, model_uri: pulumi.Input[str], *, has_candidate: bool
) -> pulumi.ResourceHookBinding:
    """For the InferenceService: a candidate only beside the stable model that is live.

    `model_uri` is the stable model's, in KServe's spelling.
    """
    if not has_candidate:
        return pulumi.ResourceHookBinding()

    async def before_update(args: pulumi.ResourceHookArgs) -> None:
        await refuse_other_stable(name, model_uri, args)

    return pulumi.ResourceHookBinding.merge(
        held_share.refuse_to_create(name, "inference-service", has_candidate=True),
        pulumi.ResourceHookBinding(
            before_update=[hook(f"{name}-inference-service-update", before_update)]
        ),
    )


async def refuse_other_stable(
    name: str, model_uri: pulumi.Input[str], args: pulumi.ResourceHookArgs
) -> None:
    """A candidate may join only the stable model that the InferenceService serves now."""
    predictor = _predictor(args.old_inputs)
    live, asked = artifact(predictor), await _known(model_uri)
    share = predictor.get("canaryTrafficPercent", _FULL)
    if share != _FULL or live == artifact(_predictor(args.new_inputs)):
        return  # A candidate was there before; the record guards what is stable.
    if None not in {live, asked} and live != asked:
        raise pulumi.RunError(
            f"{name}: a candidate beside the stable model {asked}, but {live} is live; "
            f"{held_share.WAY_OUT}"
        )


def stable_record(
    name: str, version: str, *, has_candidate: bool, opts: pulumi.ResourceOptions
) -> pulumi.Stash:
    """Which version is stable, kept in the stack's state; it must not change under a candidate."""
    hooks = (
        held_share.refuse_change(
            name, "stable", lambda inputs: inputs.get("input"), held_share.stable_changes
        )
        if has_candidate
        else None
    )
    return pulumi.Stash(
        f"{name}-stable",
        input=version,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
    )


async def _known(value: pulumi.Input[str]) -> str | None:
    """A text, or None while it is not known."""
    output = pulumi.Output.from_input(value)
    return await output.future()


def _predictor(inputs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    spec = cast("Mapping[str, Any]", (inputs or {}).get("spec") or {})
    return cast("Mapping[str, Any]", spec.get("predictor") or {})


def artifact(predictor: Mapping[str, Any]) -> str | None:
    """The artifact of a KServe predictor, or None where it cannot be read."""
    model = predictor.get("model")
    if isinstance(model, Mapping):
        uri = cast("Mapping[str, Any]", model).get("storageUri")
        return uri if isinstance(uri, str) else None
    containers = predictor.get("containers")
    if isinstance(containers, list) and containers:
        for variable in cast("list[dict[str, Any]]", containers)[0].get("env", []):
            if variable.get("name") == "STORAGE_URI":
                return str(variable.get("value"))
    return None
