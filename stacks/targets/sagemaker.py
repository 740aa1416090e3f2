"""Settings of a SageMaker model as arguments of SageMakerEndpoint."""

from pathlib import Path
from typing import Any

from stacks.settings.load import Settings
from stacks.settings.sagemaker import SageMakerModel
from stacks.targets.translation import as_kind, common, word


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(SageMakerModel, settings.models[name])
    return {
        **common(settings, name),
        "framework": None if model.model.image else model.model.framework,
        "image": model.model.image,
        "instance_type": model.instance_type,
        "log_retention_days": model.log_retention_days,
        "shift": word(model.rollout.shift),
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }
