"""Rules over what an environment says of Vertex AI."""

from collections.abc import Callable, Iterator
from typing import Final

from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.key_region import key_elsewhere
from stacks.settings.problems import Problem, shown

__all__ = ["RULES"]


def _key(asked: AskedOfEnvironment) -> Iterator[Problem]:
    target, without = asked.site.targets.vertex, "each endpoint then has one of its own"
    yield from key_elsewhere(asked, "vertex", target, what="models", without=without)


def _networks(asked: AskedOfEnvironment) -> Iterator[Problem]:
    vertex = asked.site.targets.vertex
    if vertex is None:
        return
    for number, network in enumerate(vertex.consumer_networks):
        project = network.split("/")[1]
        if project not in vertex.allowed_projects:
            yield asked.problem(
                ("targets", "vertex", "consumer_networks", number),
                "MS0214",
                f"got {shown(network)}, whose project may not reach the endpoints",
                allowed=", ".join(vertex.allowed_projects) or "none: allowed_projects is empty",
                fix=f"add {project} to allowed_projects",
            )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (_key, _networks)
