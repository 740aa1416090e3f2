"""One variant of an endpoint configuration."""

from typing import Any

import pulumi

from components.aws.sagemaker.sagemaker_endpoint_settings import Settings
from components.aws.sagemaker.sagemaker_versions import STABLE
from components.serving import Core

__all__ = ["variant_arguments"]


def variant_arguments(
    core: Core, settings: Settings, variant: str, model_name: pulumi.Input[str]
) -> dict[str, Any]:
    """The arguments of a production variant, or of a shadow; what is not said is left out.

    Weights of production variants are where an update begins: the candidate gets nothing before the
    live endpoint holds it at its share, so moving the share makes no new configuration. A shadow
    gets copies by its weight over the production variant's; no call that moves it alone is
    documented, so its share is part of the configuration.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
    """
    stable = variant == STABLE
    weight = 1.0 if stable else 0.0
    if not stable and settings.strategy == "shadow":
        weight = core.canary_percent / 100
    found: dict[str, Any] = {
        "variant_name": variant,
        "model_name": model_name,
        "instance_type": settings.instance_type,
        "initial_instance_count": core.min_replicas if stable else settings.candidate_replicas,
        "initial_variant_weight": weight,
        "volume_size_in_gb": settings.disk_gib,
        "model_data_download_timeout_in_seconds": settings.download_timeout_seconds,
        "container_startup_health_check_timeout_in_seconds": settings.startup_timeout_seconds,
    }
    return {key: value for key, value in found.items() if value is not None}
