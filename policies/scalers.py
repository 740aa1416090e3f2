"""What changes the number of a workload's pods, and how few there are at the least."""

from typing import Final

from policies.properties import Property
from policies.resource_types import SCALED_OBJECT
from policies.tokens import fold
from policies.view import Stack, View
from policies.workloads import named, perhaps_same, same_namespace

__all__ = ["AUTOSCALER", "SCALERS", "fewest", "scalers", "target"]

AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALERS: Final = (AUTOSCALER, SCALED_OBJECT)
_BOUNDS: Final = {fold(AUTOSCALER): ("minReplicas", 1), fold(SCALED_OBJECT): ("minReplicaCount", 0)}
# https://keda.sh/docs/latest/reference/scaledobject-spec/
_USUAL_KIND: Final = "Deployment"


def target(scaler: View) -> tuple[str | None, Property]:
    """Kind and name of what it scales; the kind is None where the update decides."""
    place = scaler.get("spec", "scaleTargetRef")
    kind = place.get("kind")
    return (_USUAL_KIND if kind.absent else kind.text()), place.get("name")


def scalers(stack: Stack, view: View) -> list[View]:
    """Those of the stack that scale a workload, or perhaps."""
    found: list[View] = []
    for scaler in stack.of(*SCALERS):
        kind, name = target(scaler)
        mine = kind in (None, view.token.rpartition(":")[2])
        if mine and same_namespace(scaler, view) and perhaps_same(name.text(), named(view)):
            found.append(scaler)
    return found


def fewest(stack: Stack, view: View) -> tuple[Property, float | None]:
    """The fewest pods of a Deployment or StatefulSet, where that is said; None: not known yet."""
    for scaler in scalers(stack, view):
        key, usual = _BOUNDS[scaler.token]
        place = scaler.get("spec", key)
        return place, (usual if place.absent else place.number())
    place = view.get("spec", "replicas")
    return place, (1 if place.absent else place.number())
