"""Rules over two settings that many kinds of files have."""

from collections.abc import Iterable, Iterator

from stacks.settings.common import Described, Resources
from stacks.settings.problems import Problem, shown
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["asks_for_gpus", "count_without_accelerator", "keys_of_an_image", "low_above_high"]


def low_above_high(
    where: PlaceOf, low: tuple[str, int], high: tuple[str, int]
) -> Iterator[Problem]:
    """A lower end, by key and value, that is above the upper one."""
    (low_key, least), (high_key, most) = low, high
    if least > most:
        yield Problem(
            where((low_key,)),
            "MS0201",
            low_key,
            f"got {least}, above {high_key} {most} ({where((high_key,))})",
            fix=f"lower it to {most}, or raise {high_key}",
        )


def count_without_accelerator(
    where: PlaceOf, resources: Resources, path: KeyPath = ("resources",)
) -> Iterator[Problem]:
    """How many of nothing; `path` is where the resources are written."""
    if resources.accelerator_count is not None and not asks_for_gpus(resources):
        place: KeyPath = (*path, "accelerator_count")
        yield Problem(
            where(place),
            "MS0207",
            dotted(place),
            f"got {resources.accelerator_count}, and no accelerator",
            fix="add `accelerator: nvidia-…` or `gpu_pool: …`, or remove the count",
        )


def keys_of_an_image(where: PlaceOf, settings: Described, keys: Iterable[str]) -> Iterator[Problem]:
    """What says how an image of one's own is called, of a file that has none."""
    for key in keys:
        if value := getattr(settings, key):
            yield Problem(
                where((key,)),
                "MS0214",
                key,
                f"got {shown(value)}, and there is no image of one's own that it is of",
                fix="remove it, or add model.image",
            )


def asks_for_gpus(resources: Resources) -> bool:
    """Whether a pod gets any: by their kind, or by the pool that has them."""
    return resources.accelerator is not None or resources.gpu_pool is not None
