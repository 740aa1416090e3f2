"""Between Pulumi's spelling of an AWS property and the API's: `variantName`, `VariantName`."""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.schema import Library, Property, Type

__all__ = ["epoch", "pascal", "present", "pulumi"]

# Where the API's word is not the Pulumi one with a capital.
_WORDS = {
    "kmsKeyArn": "KmsKeyId",
    "enableSsmAccess": "EnableSSMAccess",
    "memorySizeInMb": "MemorySizeInMB",
    "volumeSizeInGb": "VolumeSizeInGB",
    "routingConfigs": "RoutingConfig",
    "s3DataSources": "S3DataSource",
    "includeInferenceResponseIns": "IncludeInferenceResponseIn",
    "okActions": "OKActions",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
    "executionEnvironmentMemoryGibPerVcpu": "ExecutionEnvironmentMemoryGiBPerVCpu",
    "promqlCriteria": "PromQLCriteria",
}
# Lists of at most one, which the API has no list for.
_SINGLE = frozenset({"routingConfigs", "s3DataSources"})
# Numbers that the SDK has as strings, for they can be absent.
_NUMBERS = frozenset({"metricIntervalLowerBound", "metricIntervalUpperBound", "targetValue"})
# Maps whose keys are the user's.
_FREE = frozenset({"tags", "tagsAll", "environment"})


def pascal(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Rename every key; leave values and keys of tag-like maps (`tags`, `environment`) alone."""
    if isinstance(value, list):
        return [pascal(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {
            _word(key): item
            if key in _FREE
            else _single(key, pascal(item))
            if key not in _NUMBERS
            else float(item)
            for key, item in items
            if item is not None
        }
    return value


def pulumi(
    value: Mapping[str, Any], declared: Mapping[str, Property], library: Library
) -> dict[str, Any]:
    """The reverse of `pascal`, by the properties that the SDK declares; others are left out."""
    found: dict[str, Any] = {}
    for name, property_ in declared.items():
        given = value.get(_word(name))
        if given is None:
            continue
        found[name] = given if name in _FREE else _typed(name, given, property_.type, library)
    return found


def _typed(name: str, value: Any, declared: Type, library: Library) -> Any:  # noqa: ANN401
    if declared.kind == "union":
        return _typed(name, value, declared.of[0], library)
    if declared.kind == "array":
        items = [value] if name in _SINGLE else cast(list[Any], value)
        return [_typed("", item, declared.of[0], library) for item in items]
    nested = library.nested(declared.ref) if declared.kind == "ref" else None
    if nested is not None and nested.properties is not None and isinstance(value, dict):
        return pulumi(cast(dict[str, Any], value), nested.properties, library)
    return value


def _word(key: str) -> str:
    return _WORDS.get(key) or key[:1].upper() + key[1:]


def _single(key: str, value: Any) -> Any:  # noqa: ANN401
    if key not in _SINGLE or not isinstance(value, list):
        return value
    return next(iter(cast(list[Any], value)), None)


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    """Members that have a value: the APIs leave the others out."""
    return {name: value for name, value in members.items() if value is not None}


def epoch(moment: str) -> float:
    """A time of the store (ISO 8601, UTC) as the JSON protocols send it: seconds since 1970."""
    from datetime import datetime  # noqa: PLC0415 - rarely needed

    return datetime.fromisoformat(moment).timestamp() if moment else 0.0
