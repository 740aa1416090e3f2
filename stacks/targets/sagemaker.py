"""Settings of a SageMaker model as arguments of SageMakerEndpoint."""

from pathlib import Path
from typing import Any

from stacks.settings.load import Settings
from stacks.settings.managed import Capture
from stacks.settings.pinning import registered
from stacks.settings.sagemaker import SageMakerModel
from stacks.targets.aws_monitoring import monitoring_arguments
from stacks.targets.drift import drift_arguments
from stacks.targets.translation import as_kind, common, scaled, word, words

__all__ = ["arguments", "captured", "of_the_environment"]


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(SageMakerModel, settings.models[name])
    candidate = model.candidate
    # What is in a registry brings its image; a candidate that is not may need the model's.
    needed = not registered(model.model.uri) or (
        candidate is not None and not registered(candidate.uri) and candidate.image is None
    )
    framework = model.model.framework if needed else None
    return {
        **common(settings, name),
        **of_the_environment(settings, isolated=False),
        **monitoring_arguments(settings, name),
        "isolated": model.isolated or None,
        **captured(settings, model.capture),
        **drift_arguments(model.drift),
        **scaled(model.scaling),
        **words(
            model,
            (
                *("instance_type", "candidate_replicas", "disk_gib", "log_retention_days"),
                *("download_timeout_seconds", "startup_timeout_seconds", "env", "model_cache"),
                "container_call",
            ),
        ),
        "many_models": model.many_models or None,
        "containers": [words(each) for each in model.containers] or None,
        "framework": None if model.model.image else framework,
        "image": model.model.image,
        "candidate_image": candidate.image if candidate else None,
        "strategy": model.strategy if candidate else None,
        "shift": word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }


def of_the_environment(settings: Settings, *, isolated: bool) -> dict[str, Any]:
    """What all SageMaker models of the environment share: network, keys, who is told."""
    shared = settings.site.targets.sagemaker
    if shared is None:
        return {}
    network = {"subnet_ids": shared.subnet_ids, "security_group_ids": shared.security_group_ids}
    return {
        **({key: value or None for key, value in network.items()} if not isolated else {}),
        "artifact_key_arn": shared.artifact_key_arn,
        "key_arn": shared.log_key_arn,
        "alarm_topic_arn": shared.alarm_topic_arn,
    }


def captured(settings: Settings, capture: Capture | None) -> dict[str, Any]:
    """What is captured, at the environment's place where the model says none."""
    if capture is None:
        return {}
    shared = settings.site.targets.sagemaker
    return {
        "capture_percent": capture.percent,
        "capture_uri": capture.uri or (shared.capture_uri if shared else None),
        "capture_payload": list(capture.payload),
        "capture_key_arn": shared.capture_key_arn if shared else None,
    }
