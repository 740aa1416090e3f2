"""From Pulumi's spelling of an AWS property to the API's: `variantName` → `VariantName`."""

from typing import Any, cast

__all__ = ["epoch", "pascal"]

# Where the API's word is not the Pulumi one with a capital.
_WORDS = {
    "kmsKeyArn": "KmsKeyId",
    "enableSsmAccess": "EnableSSMAccess",
    "memorySizeInMb": "MemorySizeInMB",
    "volumeSizeInGb": "VolumeSizeInGB",
    "routingConfigs": "RoutingConfig",
    "okActions": "OKActions",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
}


def pascal(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Rename every key; leave values and keys of tag-like maps (`tags`, `environment`) alone."""
    if isinstance(value, list):
        return [pascal(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {
            _WORDS.get(key, key[:1].upper() + key[1:]): (
                item if key in {"tags", "tagsAll", "environment"} else pascal(item)
            )
            for key, item in items
            if item is not None
        }
    return value


def epoch(moment: str) -> float:
    """A time of the store (ISO 8601, UTC) as the JSON protocols send it: seconds since 1970."""
    from datetime import datetime  # noqa: PLC0415 - rarely needed

    return datetime.fromisoformat(moment).timestamp() if moment else 0.0
