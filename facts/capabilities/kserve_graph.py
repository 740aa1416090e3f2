"""What a graph of models on KServe can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_GRAPH: Final = "https://kserve.github.io/website/docs/model-serving/inferencegraph/overview"
_SOURCE: Final = "https://github.com/kserve/kserve/blob/v0.20.0/"

# It has no artifact of its own.
TARGET: Final = Target("kserve_graph", "KServe InferenceGraph", (), (), (), _GRAPH)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0381",
        "kserve_graph/standard-mode",
        "KServe's standard mode reads no such value of a graph",
        "write_timeout_seconds in place of timeout_seconds; scale_metric cpu or memory, with a "
        "scale_target in percent",
        _SOURCE + "pkg/controller/v1alpha1/inferencegraph/raw_ig.go",
        "2026-11-25",
    ),
    Refusal(
        "MS0383",
        "kserve_graph/accelerator",
        "the router passes requests on and computes nothing",
        "resources.accelerator in the files of the models that the graph calls",
        _SOURCE + "cmd/router/main.go",
        "2026-11-25",
    ),
    Refusal(
        "MS0384",
        "kserve_graph/candidate",
        "a graph has no artifact, so no candidate",
        "a splitter node whose steps share by weight, or a candidate in a model's own file",
        _GRAPH,
        of_key=True,
    ),
)
