"""Resources: what scales a server scales it alone, and finds it."""

from collections.abc import Iterator
from typing import Final

from policies.pods import PARTS
from policies.properties import Property
from policies.resource_types import INFERENCE_SERVICE
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, stack_rule
from policies.scalers import SCALERS, target
from policies.view import Stack, View
from policies.workloads import SERVERS, named, namespace, same_namespace

# https://kserve.github.io/website/docs/model-serving/predictive-inference/autoscaling/hpa-autoscaler
_CLASS: Final = "serving.kserve.io/autoscalerClass"
_LEFT_ALONE: Final = ("external", "none")


@stack_rule(
    "resources/autoscaler-clash",
    severity=Severity.HIGH,
    types=(*SCALERS, INFERENCE_SERVICE),
    fix="Keep one autoscaler; for a Deployment of KServe's set its autoscalerClass to external.",
    unknown=Unknown.REST,
    settings=NoSettings,
)
def autoscaler_clash(stack: Stack, _settings: NoSettings) -> Faults:
    """Two autoscalers change the number of the same pods.

    Each undoes what the other does, and the number swings: KEDA's ScaledObject makes an autoscaler
    of its own, and so does KServe for the Deployments of an InferenceService.
    https://keda.sh/docs/latest/concepts/scaling-deployments/
    """
    every = [(scaler, _key(scaler)) for scaler in stack.of(*SCALERS)]
    for index, (scaler, key) in enumerate(every):
        kind, place = target(scaler)
        if kind is None or (name := place.text()) is None:
            continue
        for other, its in every[index + 1 :]:
            if its == key and None not in key:
                yield Stack.fault(scaler, place, f"what {other.name} does not scale too")
        if kind == "Deployment" and any(_of_kserve(stack, scaler, name)):
            yield Stack.fault(scaler, place, "a Deployment that KServe does not scale")


def _key(scaler: View) -> tuple[str | None, str | None, str | None]:
    kind, name = target(scaler)
    return namespace(scaler), kind, name.text()


def _of_kserve(stack: Stack, scaler: View, name: str) -> Iterator[bool]:
    """Whether a Deployment is of an InferenceService of the stack, which scales it."""
    for view in stack.of(INFERENCE_SERVICE):
        own = named(view)
        by = view.get("metadata", "annotations").get(_CLASS)
        if own is None or by.unknown or by.text() in _LEFT_ALONE:
            continue
        yield same_namespace(view, scaler) and name in [f"{own}-{part}" for part in PARTS]


@stack_rule(
    "resources/autoscaler-unwired",
    severity=Severity.MEDIUM,
    types=(*SCALERS, *SERVERS),
    fix="Name in scaleTargetRef what the Deployment or StatefulSet is called.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def autoscaler_unwired(stack: Stack, _settings: NoSettings) -> Faults:
    """An autoscaler scales nothing of the stack.

    Nothing has the name that it looks for, and the stack has other servers in that namespace: most
    likely a slip, which nobody sees before the first peak. Where the server is another stack's, it
    is none.
    """
    servers = stack.of(*SERVERS)
    for scaler in stack.of(*SCALERS):
        place = target(scaler)[1]
        if _is_lost(scaler, place, servers):
            yield Stack.fault(scaler, place, "a Deployment or StatefulSet of the stack")


def _is_lost(scaler: View, place: Property, servers: list[View]) -> bool:
    kind, name = target(scaler)[0], place.text()
    near = [view for view in servers if same_namespace(view, scaler)]
    kinds = {one.rpartition(":")[2] for one in SERVERS}
    if name is None or kind not in kinds or not near:
        return False
    return all(
        named(view) not in (None, name) or view.token.rpartition(":")[2] != kind for view in near
    )


RULES = (
    autoscaler_clash,
    autoscaler_unwired,
)
