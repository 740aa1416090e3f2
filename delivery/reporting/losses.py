"""What has live traffic, and is deleted or replaced: what its callers see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from delivery.reporting.changes import callers
from delivery.reporting.report import Loss, ResourceChange
from delivery.reporting.sides import Side
from delivery.reporting.whose import kind_of

__all__ = ["losses"]

# What requests go through, by the last word of its type. Parts that clouds take anew for each
# version, as SageMaker's configurations, are none; nor are rules and rights.
_ANSWERS: Final = frozenset(
    {
        *("Endpoint", "SageMakerLiveEndpoint", "Function", "Alias", "Api", "Stage"),
        *("FunctionUrl", "InferenceService", "LLMInferenceService", "InferenceGraph"),
        *("ServingRuntime", "TrainedModel", "Deployment", "StatefulSet", "Service", "Model"),
        *("VirtualService", "HTTPRoute", "GRPCRoute", "AiEndpoint", "OnlineEndpoint"),
        *("OnlineDeployment", "WebApp", "Namespace", "ServiceAccount"),
    }
)
_NODES: Final = frozenset({"NodeGroup", "NodePool", "AgentPool", "Cluster", "ManagedCluster"})
# `Model` is a deployment of Seldon's; SageMaker's and Vertex AI's are descriptions.
_DESCRIPTIONS: Final = ("aws:sagemaker/model:Model", "serving:index:VertexModel")
_COMPONENT: Final = "model-serving:index:"


def losses(
    steps: Sequence[Mapping[str, Any]],
    resources: Iterable[ResourceChange],
    before: Mapping[str, Side],
    after: Mapping[str, Side],
) -> list[Loss]:
    """Whole models first, then their parts, then nodes that models may run on."""
    gone = {name for name in before if name not in after}
    moved = {n for n in before.keys() & after.keys() if before[n].target != after[n].target}
    found = [_whole(before[name], after.get(name)) for name in sorted(gone | moved)]
    order = [(str(step.get("op")), str(step.get("urn"))) for step in steps]
    for each in resources:
        if each.operation not in {"delete", "replace"}:
            continue
        operation: Literal["delete", "replace"] = (
            "delete" if each.operation == "delete" else "replace"
        )
        kind = kind_of(each.type)
        if each.model is None and kind in _NODES:
            found.append(_nodes(each, operation))
        elif (
            each.model is not None
            and each.model in before
            and each.model not in gone | moved
            and kind in _ANSWERS
            and each.type not in _DESCRIPTIONS
            and not each.type.startswith(_COMPONENT)
        ):
            found.append(_part(each, operation, before[each.model], order))
    return found


def _whole(before: Side, after: Side | None) -> Loss:
    target = before.target or "?"
    if after is None:
        says = "Its callers get no answer any more."
        reason = "its file is gone, or the environment leaves it out"
    else:
        says = f"It is made on {after.target} first, at another address: its callers have to move."
        reason = f"target: {target} → {after.target}"
    return Loss(
        model=before.name,
        operation="delete",
        resource=before.name,
        type=target,
        reason=reason,
        says=says,
        url=before.url or None,
        callers=callers(before),
    )


def _part(
    each: ResourceChange,
    operation: Literal["delete", "replace"],
    before: Side,
    order: Sequence[tuple[str, str]],
) -> Loss:
    if operation == "delete":
        says = "What goes through it gets no answer, unless something else takes it over."
    elif ("delete-replaced", each.urn) in order and (
        ("create-replacement", each.urn) not in order
        or order.index(("delete-replaced", each.urn))
        < order.index(("create-replacement", each.urn))
    ):
        says = "It is deleted before the new one is made: no answers in between."
    else:
        says = "The new one is made first, then the old one goes; its address may change."
    return Loss(
        model=before.name,
        operation=operation,
        resource=each.name,
        type=each.type,
        reason="; ".join(p for p in each.paths if "replaces" in p) or "; ".join(each.paths[:3]),
        says=says,
        url=before.url or None,
        callers=callers(before),
    )


def _nodes(each: ResourceChange, operation: Literal["delete", "replace"]) -> Loss:
    return Loss(
        model="platform",
        operation=operation,
        resource=each.name,
        type=each.type,
        reason="; ".join(p for p in each.paths if "replaces" in p),
        says="Pods on these nodes are moved, and wait where there is no other place for them.",
    )
