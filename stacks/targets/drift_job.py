"""What looks for drift in the requests that KServe's logger stored, as arguments of DriftJob."""

from typing import Any, Final

from facts.captured_requests import captured_by_kserve
from facts.drift import drift_times
from stacks.settings.kserve import KServeModel
from stacks.settings.load import Settings
from stacks.settings.stored_capture import stored_capture
from stacks.targets.mirror import in_mirror
from stacks.targets.monitoring import alert_places
from stacks.targets.network_access import network_access
from stacks.targets.translation import every_text, given

__all__ = ["DRIFT_JOB_TYPE", "drift_job_arguments"]

# Named after its model, whose `--only` and rendered folder it belongs to.
DRIFT_JOB_TYPE: Final = "model-serving:index:DriftJob"
_SAME: Final = ("environment", "owner", "data_classification", "tags")
_NETWORK: Final = ("egress", "storage_cidrs", "mesh", "service_account_name", "pod_labels")


def drift_job_arguments(settings: Settings, name: str) -> dict[str, Any] | None:
    """The arguments, or None where no job is asked for."""
    model, cluster = settings.models[name], settings.site.targets.kubernetes
    if not isinstance(model, KServeModel) or model.drift is None or cluster is None:
        return None
    stored, drift = stored_capture(model, settings.origins[name]), model.drift
    if stored is None:
        return None
    times = drift_times(drift.schedule)
    about, network = every_text(settings, name), network_access(settings, name)
    made = given(
        {
            **{key: about[key] for key in _SAME},
            **{key: network.get(key) for key in _NETWORK},
            "namespace": model.namespace,
            "image": cluster.drift_image,
            "captured_uri": captured_by_kserve(stored, model.namespace, name),
            "baseline_uri": drift.baseline_uri,
            "threshold": drift.threshold,
            "schedule": f"0 {','.join(map(str, times.hours))} * * *",
            "window_hours": times.longest_wait,
            **(alert_places(cluster.monitoring) if cluster.monitoring else {}),
        }
    )
    return in_mirror(made, cluster.image_mirror) if cluster.image_mirror else made
