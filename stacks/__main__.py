"""The Pulumi program: settings, providers, a component for each model and pool, outputs."""

import json
import os
from pathlib import Path
from typing import Any

import pulumi

from stacks import targets
from stacks.kept_outputs import kept_outputs
from stacks.providers import Providers
from stacks.settings.environment import KEYS, NAMESPACE, Layer
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Register everything that the environment's settings ask for, or nothing and say why."""
    only = os.environ.get("MODEL_SERVING_ONLY") or None
    settings = _settings(only)
    providers = Providers(settings.site.targets)
    outputs: dict[str, dict[str, Any]] = {"endpoints": {}, "gpu_node_pools": {}}

    if settings.site.layer is not Layer.SERVING and only is None:
        for name, pool in settings.site.platform.gpu_node_pools.items():
            from components.eks_gpu_node_pool import EksGpuNodePool  # noqa: PLC0415

            made = EksGpuNodePool(
                name,
                targets.gpu_node_pool_arguments(settings, pool),  # pyright: ignore[reportArgumentType]
                pulumi.ResourceOptions(provider=providers.aws),
            )
            outputs["gpu_node_pools"][name] = {"node_group_name": made.node_group_name}

    if settings.site.layer is not Layer.PLATFORM:
        for name, model in settings.models.items():
            target = targets.TARGETS[model.target]
            made = target.component()(
                name,
                targets.arguments(ROOT, settings, name),
                pulumi.ResourceOptions(provider=providers.named(target.cloud)),
            )
            outputs["endpoints"][name] = {
                "url": made.url,
                "endpoint_name": made.endpoint_name,
                "target": model.target,
            }

    # An update of one model alone must not drop the others from the stack's outputs.
    kept = kept_outputs() if only else {}
    for name, value in outputs.items():
        pulumi.export(name, pulumi.Output.all(kept.get(name, {}), value).apply(_over))


def _settings(only: str | None) -> Settings:
    config = pulumi.Config(NAMESPACE)
    values: dict[str, Any] = {}
    for key in KEYS:
        if pulumi.runtime.is_config_secret(config.full_key(key)):
            values[key] = {"secure": ""}
        elif (text := config.get(key)) is not None:
            values[key] = _parsed(text)
    try:
        settings = load(ROOT, pulumi.get_stack(), values=values, only=only)
        if problems := targets.artifact_problems(ROOT, settings):
            raise SettingsError(problems)
    except SettingsError as error:
        # RunError: the engine prints the report alone, without a traceback.
        raise pulumi.RunError(str(error)) from None
    return settings


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        # Plain words, such as the layer's, are not JSON; what must be a mapping is reported later.
        return text


def _over(pair: list[Any]) -> dict[str, Any]:
    below, above = pair
    return {**(below or {}), **above}


main()
