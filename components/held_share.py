"""Guards for a candidate on platforms that keep the stable model only as an earlier revision.

On SageMaker both models are declared at once. KServe (Knative) and Lambda can declare only the
newest: what is stable is what had all traffic before. So a candidate needs a live stable model,
and the stable model must not change under it. Resource hooks see both the old and the new state,
in a preview too, and refuse before anything is changed.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from components.hooks import hook

_FULL: Final = 100
_WAY_OUT: Final = (
    "deploy the stable model alone first (leave `candidate` out and run `up`), then add the "
    "candidate"
)


def refuse_to_create(name: str, role: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding:
    """For what a stable model must have made before: with a candidate it cannot be new."""
    if not has_candidate:
        return pulumi.ResourceHookBinding()

    def before_create(_: pulumi.ResourceHookArgs) -> None:
        raise pulumi.RunError(f"{name}: a candidate, but no stable model is live yet; {_WAY_OUT}")

    return pulumi.ResourceHookBinding(before_create=[hook(f"{name}-{role}-create", before_create)])


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
        refuse_to_create(name, "inference-service", has_candidate=True),
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
            f"{name}: a candidate beside the stable model {asked}, but {live} is live; {_WAY_OUT}"
        )


def alias_hooks(name: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding:
    """For Lambda's alias: its description says which model version it holds as stable."""
    if not has_candidate:
        return pulumi.ResourceHookBinding()
    return pulumi.ResourceHookBinding.merge(
        refuse_to_create(name, "alias", has_candidate=True),
        _unchanged(name, "alias", "description"),
    )


def function_hooks(name: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding:
    """For Lambda's function: both versions of an alias have one place for dead letters, or none.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    if not has_candidate:
        return pulumi.ResourceHookBinding()

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = (_dead_letters(inputs) for inputs in (args.old_inputs, args.new_inputs))
        if old != new:
            raise pulumi.RunError(
                f"{name}: dead_letter_arn changes from {old} to {new} beside a candidate, and an "
                "alias points to no two versions that differ in it; change it by an `up` of its "
                "own before the candidate, or use on_failure_arn"
            )

    return pulumi.ResourceHookBinding.merge(
        refuse_to_create(name, "function", has_candidate=True),
        pulumi.ResourceHookBinding(before_update=[hook(f"{name}-function-update", before_update)]),
    )


def _dead_letters(inputs: Mapping[str, Any] | None) -> str | None:
    config = cast("Mapping[str, Any]", (inputs or {}).get("deadLetterConfig") or {})
    return config.get("targetArn")


def stable_record(
    name: str, version: str, *, has_candidate: bool, opts: pulumi.ResourceOptions
) -> pulumi.Stash:
    """Which version is stable, kept in the stack's state; it must not change under a candidate."""
    hooks = _unchanged(name, "stable", "input") if has_candidate else None
    return pulumi.Stash(
        f"{name}-stable",
        input=version,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
    )


def _unchanged(name: str, role: str, key: str) -> pulumi.ResourceHookBinding:
    """Refuses an update that changes the input which names the stable version."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        old, new = (args.old_inputs or {}).get(key), (args.new_inputs or {}).get(key)
        if old != new:
            raise pulumi.RunError(
                f"{name}: the stable model changes from {old} to {new} while a candidate is "
                "there; promote the candidate or take it away first"
            )

    return pulumi.ResourceHookBinding(before_update=[hook(f"{name}-{role}-update", before_update)])


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
