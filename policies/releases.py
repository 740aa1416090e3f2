"""Resources: nothing that serves a model is hidden from these rules."""

from collections.abc import Iterator
from typing import Final

from policies.properties import Property
from policies.quantities import is_accelerator
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
# Charts that are a model server themselves, not what others' servers run by.
_SERVERS: Final = (
    "bentoml",
    "llama-cpp",
    "ollama",
    "ray-cluster",
    "sglang",
    "text-embeddings-inference",
    "text-generation-inference",
    "torchserve",
    "triton",
    "triton-inference-server",
    "vllm",
    "vllm-stack",
)


@resource_rule(
    "resources/opaque-release",
    severity=Severity.MEDIUM,
    types=(RELEASE,),
    fix="Use helm.sh/v4's Chart, whose objects are resources of the stack; or a component.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def opaque_release(view: View, _settings: NoSettings) -> Faults:
    """A model server is in a Helm release, where no rule sees it.

    A Release is one resource; what its chart makes is applied by Helm itself. Seen are charts of
    model servers, and values that ask for accelerators. Drivers and controllers are left alone.
    https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/
    """
    chart = view.get("chart")
    name = (chart.text() or "").rstrip("/").rpartition("/")[2]
    if name in _SERVERS:
        yield chart.fault("a Chart, or a component")
        return
    for place in _requests(view.get("values")):
        yield place.fault("accelerators of pods that these rules see")


def _requests(values: Property) -> Iterator[Property]:
    """Where values name a number of accelerators, however deep."""
    if values.absent or values.unknown:
        return
    if isinstance(values.raw, list):
        for item in values.items():
            yield from _requests(item)
    elif isinstance(values.raw, dict):
        for key, inner in values.entries():
            if is_accelerator(key) and isinstance(inner.raw, int | float | str) and _counts(inner):
                yield inner
            else:
                yield from _requests(inner)


def _counts(place: Property) -> bool:
    return str(place.raw).removesuffix(".0").isdigit() and float(str(place.raw)) > 0


RULES = (opaque_release,)
