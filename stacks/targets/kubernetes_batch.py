"""Settings of a batch run as arguments of BatchInference."""

from pathlib import Path
from typing import Any, Final

from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.load import Settings
from stacks.targets.gpus import gpus
from stacks.targets.identity import identity, identity_egress, identity_pod_labels
from stacks.targets.translation import as_kind, batch_run

# Keys that the component has under the same name.
_SAME: Final = (
    *("cpu_limit", "download_cpu", "download_image", "download_memory_mib", "input_uri"),
    *("kept_runs", "late_seconds", "memory_limit_mib", "model_mib", "namespace", "output_uri"),
    *("overlap", "parallelism", "partitions", "priority_class_name", "retries", "schedule"),
    *("scratch_mib", "suspended", "time_zone", "timeout_seconds", "user_id"),
    "wait_for_completion",
)


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    run = as_kind(KubernetesBatch, settings.models[name])
    cluster = settings.site.targets.kubernetes
    mesh = cluster.mesh if cluster else "none"
    made = identity(settings, name)
    return {
        **{key: getattr(run, key) for key in _SAME},
        **batch_run(settings, name),
        "image": run.model.image,
        "arguments": list(run.arguments) or None,
        "env": dict(run.env) or None,
        "secret_env": dict(run.secret_env) or None,
        "cpu": run.resources.cpu,
        "memory_mib": run.resources.memory_mib,
        **gpus(settings, run.resources),
        "node_selector": dict(run.node_selector) or None,
        "tolerations": list(run.tolerations) or None,
        "egress": [*run.egress, *identity_egress(settings, name)] or None,
        "service_account_name": run.service_account_name or (made.name if made else None),
        "pod_labels": identity_pod_labels(settings, name) or None,
        "storage_cidrs": list(cluster.storage_cidrs) or None if cluster else None,
        "mesh": mesh if mesh != "none" else None,
    }
