"""Guards for a candidate on platforms that keep the stable model only as an earlier revision.

On SageMaker both models are declared at once. KServe (Knative) and Lambda can declare only the
newest: what is stable is what had all traffic before. So a candidate needs a live stable model,
and the stable model must not change under it. Resource hooks see both the old and the new state,
in a preview too, and refuse before anything is changed.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

_ON_PREVIEW_TOO: Final = pulumi.ResourceHookOptions(on_dry_run=True)
_WAY_OUT: Final = (
    "deploy the stable model alone first (leave `candidate` out and run `up`), then add the "
    "candidate"
)


def kserve_hooks(
    name: str, model_uri: pulumi.Input[str], *, has_candidate: bool
) -> pulumi.ResourceHookBinding | None:
    """For the InferenceService: a candidate only beside the stable model that is live."""
    if not has_candidate:
        return None

    def before_create(_: pulumi.ResourceHookArgs) -> None:
        raise pulumi.RunError(f"{name}: a candidate, but no stable model is live yet; {_WAY_OUT}")

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        predictor = _predictor(args.old_inputs)
        if "canaryTrafficPercent" in predictor:
            return  # A candidate was there before; the record guards what is stable.
        live_uri = _uri(predictor)
        if isinstance(model_uri, str) and live_uri is not None:
            asked = model_uri.replace("@", ":", 1) if model_uri.startswith("hf://") else model_uri
            if live_uri != asked:
                raise pulumi.RunError(
                    f"{name}: a candidate beside the stable model {asked}, but {live_uri} is "
                    f"live; {_WAY_OUT}"
                )

    return pulumi.ResourceHookBinding(
        before_create=[
            pulumi.ResourceHook(f"{name}-candidate-create", before_create, _ON_PREVIEW_TOO)
        ],
        before_update=[
            pulumi.ResourceHook(f"{name}-candidate-update", before_update, _ON_PREVIEW_TOO)
        ],
    )


def alias_hooks(name: str, *, has_candidate: bool) -> pulumi.ResourceHookBinding | None:
    """For Lambda's alias: its description says which model version it holds as stable."""
    if not has_candidate:
        return None

    def before_create(_: pulumi.ResourceHookArgs) -> None:
        raise pulumi.RunError(f"{name}: a candidate, but no stable model is live yet; {_WAY_OUT}")

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        _same_stable(
            name,
            (args.old_inputs or {}).get("description"),
            (args.new_inputs or {}).get("description"),
        )

    return pulumi.ResourceHookBinding(
        before_create=[
            pulumi.ResourceHook(f"{name}-candidate-create", before_create, _ON_PREVIEW_TOO)
        ],
        before_update=[
            pulumi.ResourceHook(f"{name}-candidate-update", before_update, _ON_PREVIEW_TOO)
        ],
    )


def _same_stable(name: str, old: object, new: object) -> None:
    if old != new:
        raise pulumi.RunError(
            f"{name}: the stable model changes from {old} to {new} while a candidate is there; "
            "promote the candidate or take it away first"
        )


def stable_record(
    name: str, version: str, *, has_candidate: bool, opts: pulumi.ResourceOptions
) -> pulumi.Stash:
    """Which version is stable, kept in the stack's state; it must not change under a candidate."""

    def before_update(args: pulumi.ResourceHookArgs) -> None:
        _same_stable(
            name, (args.old_inputs or {}).get("input"), (args.new_inputs or {}).get("input")
        )

    hooks = (
        pulumi.ResourceHookBinding(
            before_update=[
                pulumi.ResourceHook(f"{name}-stable-update", before_update, _ON_PREVIEW_TOO)
            ]
        )
        if has_candidate
        else None
    )
    return pulumi.Stash(
        f"{name}-stable",
        input=version,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(hooks=hooks)),
    )


def _predictor(inputs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    spec = cast("Mapping[str, Any]", (inputs or {}).get("spec") or {})
    return cast("Mapping[str, Any]", spec.get("predictor") or {})


def _uri(predictor: Mapping[str, Any]) -> str | None:
    """The artifact of a predictor, or None where it cannot be read."""
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
