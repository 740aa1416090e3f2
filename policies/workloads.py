"""What runs pods, as other objects of Kubernetes find it: by namespace and labels."""

from typing import Final

from policies.pods import POD_TYPES, Pod
from policies.properties import UNKNOWN, Property, decode
from policies.resource_types import INFERENCE_SERVICE, LANGUAGE_MODEL
from policies.tokens import fold
from policies.view import View

__all__ = [
    "SERVERS",
    "WORKLOADS",
    "labels",
    "named",
    "namespace",
    "perhaps_same",
    "same_namespace",
    "selects",
]

_RUNTIMES: Final = ("ServingRuntime", "ClusterServingRuntime")
# Resources that make pods of their own; a runtime's are those of its InferenceServices.
WORKLOADS: Final = tuple(one for one in POD_TYPES if not one.endswith(_RUNTIMES))
# Those whose pods answer requests, as many as they are told.
SERVERS: Final = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
# How KServe labels pods with the name of their object.
# https://github.com/kserve/kserve/blob/master/pkg/constants/constants.go
_NAME_LABELS: Final = {
    fold(INFERENCE_SERVICE): {"serving.kserve.io/inferenceservice": ""},
    fold(LANGUAGE_MODEL): {
        "app.kubernetes.io/name": "",
        "app.kubernetes.io/part-of": "llminferenceservice",
    },
}
Labels = dict[str, object]


def namespace(view: View) -> str | None:
    """Its namespace: its own, its provider's, or default; None where the update decides."""
    place = view.get("metadata", "namespace")
    if place.absent:
        given = decode(view.resource.provider.get("namespace"))
        return None if given is UNKNOWN else str(given or "default")
    return place.text()


def same_namespace(one: View, other: View) -> bool:
    """Whether both are in one namespace, or perhaps."""
    return perhaps_same(namespace(one), namespace(other))


def perhaps_same(one: str | None, other: str | None) -> bool:
    """Whether two names are one, as far as they are known."""
    return one is None or other is None or one == other


def named(view: View) -> str | None:
    """Its name; None where the provider, or the update, gives it."""
    return view.get("metadata", "name").text()


def labels(view: View, pod: Pod) -> Labels | None:
    """The labels of its pods; None where the update decides them. Single values may be UNKNOWN."""
    found: Labels = {}
    # What KServe makes has the labels of the object too.
    places = [pod.metadata.get("labels")]
    if view.token in _NAME_LABELS:
        places.insert(0, view.get("metadata", "labels"))
        name = view.get("metadata", "name").plain()
        found |= {key: value or name for key, value in _NAME_LABELS[view.token].items()}
    for place in places:
        if not place.absent and place.unknown:
            return None
        found |= place.values()
    return found


def selects(selector: Property, found: Labels | None) -> bool:
    """Whether a label selector takes pods with these labels, or perhaps; an empty one takes all.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    if found is None or (not selector.absent and selector.unknown):
        return True
    for key, value in selector.get("matchLabels").entries():
        if not value.unknown and found.get(key) not in (value.plain(), UNKNOWN):
            return False
    return all(_meets(one, found) for one in selector.get("matchExpressions").items())


def _meets(expression: Property, found: Labels) -> bool:
    key, operator = expression.get("key").text(), expression.get("operator").text()
    if key is None or operator is None or found.get(key) is UNKNOWN:
        return True
    values = [value.plain() for value in expression.get("values").items()]
    if UNKNOWN in values:
        return True
    return {
        "In": found.get(key) in values,
        "NotIn": found.get(key) not in values,
        "Exists": key in found,
        "DoesNotExist": key not in found,
    }.get(operator, True)
