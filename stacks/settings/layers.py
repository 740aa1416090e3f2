"""The layers of a model's settings, lowest first, and where in their files they stand."""

from collections.abc import Mapping
from typing import Any, Final

from stacks.settings.environment import NAMESPACE
from stacks.settings.merge import LayerOfSettings
from stacks.settings.models import MODEL_CLASSES
from stacks.settings.partial import any_target
from stacks.settings.yaml_source import YamlSource

BUILT_IN: Final = "built-in default"
ENVIRONMENT_TAGS: Final = "environment's tags"
ENVIRONMENT_TARGETS: Final = "environment's cluster"
ENVIRONMENT_DEFAULTS: Final = "environment's defaults"
MODEL_FILE: Final = "model file"
ENVIRONMENT_ENTRY: Final = "environment's entry for the model"
# What a model takes from its cluster unless it says otherwise.
_CLUSTER_KEYS: Final = ("namespace", "deployment_mode", "download_image", "image_volumes")
# The same, of a plain model server alone: KServe has gateways of its own.
_ROUTER_KEYS: Final = ("router", "gateway_name", "gateway_namespace")


def layers(  # noqa: PLR0917
    values: Mapping[str, Any],
    defaults: Mapping[str, Any],
    source: YamlSource,
    entry: object,
    name: str,
    file: str,
) -> list[LayerOfSettings]:
    """Tags, cluster and defaults of the environment, the model's file, its entry there."""
    target = source.data.get("target")
    if isinstance(entry, Mapping) and "target" in entry:
        target = entry["target"]  # pyright: ignore[reportUnknownVariableType]
    model = MODEL_CLASSES.get(target) if isinstance(target, str) else None
    # Where the target is wrong, a default of any target may be meant.
    has = set((model or any_target()).model_fields)
    found: list[LayerOfSettings] = []
    tags = values.get("tags")
    if isinstance(tags, Mapping) and tags:
        found.append(
            LayerOfSettings(
                ENVIRONMENT_TAGS,
                file,
                ("config", f"{NAMESPACE}:tags"),
                {"tags": dict(tags)},  # pyright: ignore[reportUnknownArgumentType]
                skip=1,
            )
        )
    cluster = values.get("targets")
    cluster = cluster.get("kubernetes") if isinstance(cluster, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(cluster, Mapping):
        keys = _CLUSTER_KEYS + (_ROUTER_KEYS if target == "kubernetes" else ())
        found.append(
            LayerOfSettings(
                ENVIRONMENT_TARGETS,
                file,
                ("config", f"{NAMESPACE}:targets", "kubernetes"),
                {key: cluster[key] for key in keys if key in cluster and key in has},
            )
        )
    found.append(
        LayerOfSettings(
            ENVIRONMENT_DEFAULTS,
            file,
            ("config", f"{NAMESPACE}:defaults"),
            {key: value for key, value in defaults.items() if key in has},
        )
    )
    found.append(LayerOfSettings(MODEL_FILE, source.name, (), source.data))
    if isinstance(entry, Mapping):
        found.append(
            LayerOfSettings(
                ENVIRONMENT_ENTRY,
                file,
                ("config", f"{NAMESPACE}:models", name),
                entry,  # pyright: ignore[reportUnknownArgumentType]
            )
        )
    return found
