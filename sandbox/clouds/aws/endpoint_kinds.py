"""What serverless and asynchronous endpoint configurations cannot have, as SageMaker refuses it."""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.check import Problem
from sandbox.clouds.aws.endpoint_updates import variants_of
from sandbox.clouds.aws.references import lookup
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["configuration_problems", "model_references", "update_problems"]

# "Feature exclusions".
_SERVERLESS: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html"
_SHADOWS: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html"
_MODEL: Final = "aws:sagemaker/model:Model"
_VARIANTS: Final = "productionVariants"
_SHADOW_VARIANTS: Final = "shadowProductionVariants"
_ASYNC: Final = "asyncInferenceConfig"


def configuration_problems(call: Call) -> list[Problem]:
    """What a configuration says that does not go together."""
    variants = [mapped(each) for each in listed(call.inputs.get(_VARIANTS))]
    found: list[Problem] = []
    if any(each.get("serverlessConfig") for each in variants):
        found += _serverless(call.inputs, variants)
    if call.inputs.get(_ASYNC) and call.inputs.get(_SHADOW_VARIANTS):
        found.append(Problem(_SHADOW_VARIANTS, f"not for asynchronous inference ({_SHADOWS})"))
    return found


def _serverless(inputs: dict[str, Any], variants: list[dict[str, Any]]) -> Iterator[Problem]:
    if len(variants) > 1:
        reason = f"got {len(variants)}; serverless inference has one variant ({_SERVERLESS})"
        yield Problem(_VARIANTS, reason)
    if at(mapped(inputs.get("dataCaptureConfig")), "enableCapture"):
        yield Problem("dataCaptureConfig", f"not for serverless inference ({_SERVERLESS})")
    for key in (_SHADOW_VARIANTS, _ASYNC):
        if inputs.get(key):
            yield Problem(key, f"not for serverless inference ({_SERVERLESS})")
    for number, variant in enumerate(variants):
        config, path = mapped(variant.get("serverlessConfig")), f"{_VARIANTS}[{number}]"
        for key in ("instanceType", "initialInstanceCount", "acceleratorType", "volumeSizeInGb"):
            if config and variant.get(key):
                reason = f"not beside serverlessConfig, which has no instances ({_SERVERLESS})"
                yield Problem(f"{path}.{key}", reason)
        most, kept = config.get("maxConcurrency"), config.get("provisionedConcurrency")
        if isinstance(most, int | float) and isinstance(kept, int | float) and kept > most:
            yield Problem(
                f"{path}.serverlessConfig.provisionedConcurrency",
                f"got {kept:g}; use at most maxConcurrency, {most:g}",
            )


def model_references(call: Call) -> list[Problem]:
    """What a serverless variant's model has that serverless inference does not know."""
    found: list[Problem] = []
    for number, each in enumerate(listed(call.inputs.get(_VARIANTS))):
        variant = mapped(each)
        model = lookup(call, _MODEL, str(variant.get("modelName") or "-"))
        if variant.get("serverlessConfig") and model is not None:
            path = f"{_VARIANTS}[{number}].modelName"
            found += [
                Problem(path, f"model {model.name} has {what}, serverless inference not ({page})")
                for what, page in _excluded(model)
            ]
    return found


def _excluded(model: Row) -> Iterator[tuple[str, str]]:
    inputs = model.inputs
    if inputs.get("vpcConfig"):
        yield "a VPC", _SERVERLESS
    if inputs.get("enableNetworkIsolation"):
        yield "network isolation", _SERVERLESS
    if at(mapped(inputs.get("primaryContainer")), "mode") == "MultiModel":
        yield "many models", _SERVERLESS
    if len(listed(inputs.get("containers"))) > 1:
        yield "several containers", _SERVERLESS


def update_problems(live: Row | None, asked: Row) -> list[Problem]:
    """An endpoint on instances cannot become serverless; `live` is its configuration."""
    if live is None or _is_serverless(live) or not _is_serverless(asked):
        return []
    reason = (
        f"an endpoint on instances cannot be converted to serverless ({_SERVERLESS}). Make"
        " another endpoint"
    )
    return [Problem("endpointConfigName", reason)]


def _is_serverless(configuration: Row) -> bool:
    return any(each.get("serverlessConfig") for each in variants_of(configuration).values())
