"""A rule over what an environment says of any target on Google Cloud: where its key is."""

from collections.abc import Iterator

from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.cloud_run_target import CloudRunTarget
from stacks.settings.managed_targets import VertexTarget
from stacks.settings.problems import Problem

__all__ = ["key_elsewhere"]


def key_elsewhere(
    asked: AskedOfEnvironment,
    name: str,
    target: VertexTarget | CloudRunTarget | None,
    *,
    what: str,
    without: str,
) -> Iterator[Problem]:
    """A key of another region than what it encrypts; `without` says what there is without one."""
    if target is None or target.key is None:
        return
    place = target.key.split("/")[3]
    if place != target.region:
        yield asked.problem(
            ("targets", name, "key"),
            "MS0106",
            f"got a key of {place}, and {what} are in {target.region}",
            allowed=f"a key of {target.region}",
            fix=f"make a key there, or leave it out: {without}",
        )
