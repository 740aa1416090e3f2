"""One extractor of pod specs and containers, for everything on Kubernetes that runs pods."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from policies.properties import Property
from policies.quantities import is_accelerator, quantity
from policies.resource_types import LANGUAGE_MODEL
from policies.tokens import fold
from policies.view import View

_RUNTIMES: Final = (
    "kubernetes:serving.kserve.io:ServingRuntime",
    "kubernetes:serving.kserve.io:ClusterServingRuntime",
)
# Where each kind keeps its pod spec. https://kubernetes.io/docs/reference/kubernetes-api/
_POD_PATHS: Final[dict[str, tuple[str, ...]]] = {
    "kubernetes:core:Pod": ("spec",),
    "kubernetes:apps:Deployment": ("spec", "template", "spec"),
    "kubernetes:apps:StatefulSet": ("spec", "template", "spec"),
    "kubernetes:apps:DaemonSet": ("spec", "template", "spec"),
    "kubernetes:apps:ReplicaSet": ("spec", "template", "spec"),
    "kubernetes:batch:Job": ("spec", "template", "spec"),
    "kubernetes:batch:CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "kubernetes:serving.knative.dev:Service": ("spec", "template", "spec"),
    # A runtime's spec is a pod spec with more keys; its containers serve every model of its kind.
    **dict.fromkeys(_RUNTIMES, ("spec",)),
}
_INFERENCE_SERVICE: Final = "kubernetes:serving.kserve.io:InferenceService"
_LANGUAGE_MODEL: Final = fold(LANGUAGE_MODEL)
# Where it keeps pod specs; what is not set there is in KServe's presets.
# https://kserve.github.io/website/docs/reference/crd-api (LLMInferenceServiceSpec, v1alpha2)
_LANGUAGE_PODS: Final = (
    ("template",),
    ("worker",),
    ("prefill", "template"),
    ("prefill", "worker"),
    ("router", "scheduler", "template"),
)

POD_TYPES: Final = (
    "kubernetes:core/v1:Pod",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:ReplicaSet",
    "kubernetes:batch/v1:Job",
    "kubernetes:batch/v1:CronJob",
    "kubernetes:serving.knative.dev/v1:Service",
    "kubernetes:serving.kserve.io/v1beta1:InferenceService",
    LANGUAGE_MODEL,
    "kubernetes:serving.kserve.io/v1alpha1:ServingRuntime",
    "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime",
)

# Keys of a predictor or explainer that hold one model server's container.
# https://kserve.github.io/website/docs/reference/crd-api (PredictorSpec, v1beta1)
_MODEL_KEYS: Final = (
    "model",
    "sklearn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
)
# What an InferenceService is made of.
PARTS: Final = ("predictor", "transformer", "explainer")


@dataclass(frozen=True, slots=True)
class Container:
    """One container. `served`: KServe fills in what is not set, such as image and resources."""

    place: Property
    served: bool = False

    @property
    def lasts(self) -> bool:
        """It runs as long as its pod: neither an initialising container nor one for debugging."""
        path = self.place.path
        return ".initContainers[" not in f".{path}" and ".ephemeralContainers[" not in f".{path}"


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod spec, and the metadata of its pods.

    `component` is the part of an InferenceService that it belongs to: labels and annotations of its
    pods are there.
    """

    spec: Property
    containers: tuple[Container, ...]
    metadata: Property
    component: Property | None = None

    @property
    def inherits(self) -> bool:
        """A canary's: what it does not say is the stable part's."""
        return ".canary[" in self.spec.path

    @property
    def windows(self) -> bool:
        """Whether it says that its nodes run Windows, which has no Linux security context."""
        return self.spec.get("os", "name").text() == "windows"


def pods(view: View) -> tuple[Pod, ...]:
    """Every pod spec of a resource; decoded once per resource."""
    found = view.cache.get("pods")
    if found is None:
        found = view.cache["pods"] = tuple(_pods(view))
    return cast("tuple[Pod, ...]", found)


def components(view: View) -> list[Property]:
    """The parts of an InferenceService that are there, canaries included."""
    spec = view.get("spec")
    found = [part for name in PARTS if _present(part := spec.get(name))]
    canaries = spec.get("canary")
    if _present(canaries):
        for canary in canaries.items():
            parts = [part for name in PARTS if _present(part := canary.get(name))]
            found.extend(parts or [canary])
    return found


def pod_accelerators(pod: Pod) -> tuple[Decimal, Property | None]:
    """The most accelerators that a pod holds at a time, and the last place that asks for some.

    Initialising containers run before the others, one by one, unless they go on beside them:
    https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
    """
    together, before, place = Decimal(0), Decimal(0), None
    for container in pod.containers:
        first = ".initContainers[" in f".{container.place.path}"
        for name, limit in container.place.get("resources", "limits").entries():
            amount = quantity(limit) if is_accelerator(name) else None
            if amount is None or amount <= 0:
                continue
            place = limit
            if first and container.place.get("restartPolicy").text() != "Always":
                before = max(before, amount)
            else:
                together += amount
    return max(together, before), place


def model_places(component: Property) -> list[Property]:
    """The model servers of a component: `model`, or the older key of a framework."""
    return [place for key in _MODEL_KEYS if _present(place := component.get(key))]


def _pods(view: View) -> Iterator[Pod]:
    if view.token == _INFERENCE_SERVICE:
        for part in components(view):
            models = [Container(place, served=True) for place in model_places(part)]
            yield Pod(part, (*models, *_containers(part)), part, part)
            worker = part.get("workerSpec")
            if _present(worker):
                yield Pod(worker, tuple(_containers(worker, served=True)), part, part)
        return
    if view.token == _LANGUAGE_MODEL:
        specs = [view.get("spec", *path) for path in _LANGUAGE_PODS]
        for spec in filter(_present, specs):
            yield Pod(spec, tuple(_containers(spec, served=True)), view.get("metadata"))
        return
    path = _POD_PATHS.get(view.token)
    if path is not None:
        spec = view.get(*path)
        # A runtime has labels and annotations of pods in its spec.
        beside = spec if view.token in _RUNTIMES else view.get(*path[:-1], "metadata")
        yield Pod(spec, tuple(_containers(spec)), beside)


def _containers(spec: Property, *, served: bool = False) -> Iterator[Container]:
    for key in ("containers", "initContainers", "ephemeralContainers"):
        for place in spec.get(key).items():
            yield Container(place, served=served)


def _present(place: Property) -> bool:
    return not place.absent
