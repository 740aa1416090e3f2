"""After an update that failed: what the objects that never became ready say themselves.

The provider of Kubernetes waits for a condition and tells that the time is up; why, the object's
own status says, which the provider keeps in the stack's state. KServe writes its reason to
`modelStatus.lastFailureInfo`, others to their conditions.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

__all__ = ["reasons"]

# Of conditions that are no good when they are true: https://kubernetes.io/docs/reference/kubernetes-api/
_BAD_WHEN_TRUE: Final = frozenset({"Failed", "FailureTarget", "ReplicaFailure", "Stalled"})


def reasons(resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each reason of each resource that is not ready: name, kind, reason, message."""
    found: list[str] = []
    for resource in resources:
        if not resource.get("initErrors"):
            continue
        outputs = _mapping(resource.get("outputs"))
        name = str(resource["urn"]).rpartition("::")[2]
        kind = str(resource["type"]).rpartition(":")[2]
        said = dict.fromkeys(_said(_mapping(outputs.get("status"))))
        found += [f"{name} ({kind}): {reason}" for reason in said]
    return found


def _said(status: Mapping[str, Any]) -> Iterator[str]:
    failure = _mapping(_mapping(status.get("modelStatus")).get("lastFailureInfo"))
    if failure:
        yield _words(failure)
    conditions = status.get("conditions")
    for each in cast("list[object]", conditions) if isinstance(conditions, list) else []:
        condition = _mapping(each)
        state, type_ = condition.get("status"), str(condition.get("type", ""))
        good = "False" if type_ in _BAD_WHEN_TRUE else "True"
        if state == good or not (condition.get("reason") or condition.get("message")):
            continue
        yield f"{type_} is {state}: {_words(condition)}"


def _words(values: Mapping[str, Any]) -> str:
    words = [str(values[key]).strip() for key in ("reason", "message") if values.get(key)]
    return ": ".join(words)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
