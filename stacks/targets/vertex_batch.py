"""Settings of a batch prediction on Vertex AI as arguments of VertexBatchPrediction."""

from pathlib import Path
from typing import Any, Final

from stacks.settings.load import Settings
from stacks.settings.vertex_batch import VertexBatch
from stacks.targets.translation import as_kind, batch_run

# Keys that the component has under the same name.
_SAME: Final = (
    *("batch_size", "health_route", "input_format", "input_uri", "machine_type"),
    *("output_format", "output_uri", "parallelism", "port", "predict_route"),
    *("ready_timeout_seconds", "retries", "schedule", "service_account", "suspended"),
    *("time_zone", "timeout_seconds", "wait_for_completion"),
)


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    run = as_kind(VertexBatch, settings.models[name])
    targets = settings.site.targets
    if targets.gcp is None or targets.vertex is None:
        raise TypeError(f"{name} has no project or region")
    return {
        **{key: getattr(run, key) for key in _SAME},
        **batch_run(settings, name),
        "project": targets.gcp.project,
        "region": targets.vertex.region,
        "framework": None if run.model.image else run.model.framework,
        "image": run.model.image,
        "arguments": list(run.arguments) or None,
        "env": dict(run.env) or None,
        "accelerator": run.resources.accelerator,
        "accelerator_count": run.resources.accelerator_count,
        "key": targets.vertex.key,
    }
