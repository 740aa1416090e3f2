"""Why an InferenceGraph, a TrainedModel or a Seldon Experiment does not become ready.

Source: pkg/controller/v1alpha1/inferencegraph/controller.go and trainedmodel/controller.go of
KServe 0.20; IsMMSPredictor and IsMemoryResourceAvailable of
pkg/controller/v1beta1/inferenceservice/utils/utils.go. Seldon Core 2.9.1, validate in
scheduler/pkg/store/experiment/validate.go.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.readiness import Cluster, Trouble
from sandbox.clouds.kubernetes.rules import kserve
from sandbox.values import at, listed, mapped

__all__ = ["experiment_troubles", "graph_troubles", "trained_troubles"]

Object = dict[str, Any]
_SERVICE = "serving.kserve.io/v1beta1:InferenceService"
_TRAINED = "serving.kserve.io/v1alpha1:TrainedModel"
_SELDON = "mlops.seldon.io/v1alpha1:Model"
_MULTI = {"name": "MULTI_MODEL_SERVER", "value": "true"}


def _namespace(value: Object) -> str:
    return str(at(value, "metadata", "namespace") or "default")


def graph_troubles(cluster: Cluster, value: Object) -> Iterator[Trouble]:
    """The services that a graph names and that are not there: its router is not made."""
    for node in mapped(at(value, "spec", "nodes")).values():
        for step in listed(mapped(node).get("steps")):
            name = mapped(step).get("serviceName")
            if name and not cluster.get(_SERVICE, _namespace(value), str(name)):
                yield Trouble("ReconcileError", f"Failed to find graph service {name}")


def trained_troubles(cluster: Cluster, value: Object) -> Iterator[Trouble]:
    """Why a server does not take a model in."""
    server = str(at(value, "spec", "inferenceService"))
    row = cluster.get(_SERVICE, _namespace(value), server)
    if row is None:
        # The controller deletes the TrainedModel.
        yield Trouble("InferenceServiceNotFound", f"there is no InferenceService {server}")
        return
    predictor = mapped(at(row.outputs, "spec", "predictor"))
    if not _takes_many(predictor):
        text = "Inference Service predictor is not configured for multi-model serving"
        yield Trouble("IsNotMMSPredictor", text)
        return
    room = _bytes(at(predictor, "model", "resources", "limits", "memory"))
    others = [
        each.outputs
        for each in cluster.of(_TRAINED)
        if _namespace(each.outputs) == _namespace(value)
        and at(each.outputs, "spec", "inferenceService") == server
        and at(each.outputs, "metadata", "name") != at(value, "metadata", "name")
    ]
    needed = [_bytes(at(each, "spec", "model", "memory")) for each in (*others, value)]
    if sum(needed) > room:
        text = "Inference Service does not have enough memory resources for Trained Model"
        yield Trouble("MemoryResourceNotAvailable", text)


def experiment_troubles(cluster: Cluster, value: Object) -> Iterator[Trouble]:
    """What Seldon's scheduler refuses of an Experiment over models, and models that are missing."""
    spec = mapped(value.get("spec"))
    if spec.get("resourceType") == "pipeline":
        return
    candidates = [str(mapped(each).get("name")) for each in listed(spec.get("candidates"))]
    mirror = mapped(spec.get("mirror")).get("name")
    names = [*candidates, *([str(mirror)] if mirror else [])]
    if not names:
        yield Trouble("ExperimentFailed", "no candidates or mirror")
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield Trouble("ExperimentFailed", f"duplicate {name}")
    default = spec.get("default")
    if default and default not in candidates:
        yield Trouble("ExperimentFailed", f"default {default} is no candidate")
    for name in dict.fromkeys(names):
        if not cluster.get(_SELDON, _namespace(value), name):
            yield Trouble("CandidatesNotReady", f"there is no Model {name}")


def _bytes(amount: object) -> Decimal:
    return quantity(str(amount)) or Decimal(0)


def _takes_many(predictor: Object) -> bool:
    containers = listed(predictor.get("containers"))
    if containers:
        return any(mapped(each) == _MULTI for each in listed(mapped(containers[0]).get("env")))
    if at(predictor, "model", "modelFormat", "name") == "huggingface":
        return False
    keys = ("storageUri", "storage")
    return not predictor.get("storageUris") and not any(
        mapped(predictor.get(name)).get(key) for name in kserve.FRAMEWORKS for key in keys
    )
