"""Rules over what an environment says of Cloud Run."""

from collections.abc import Callable, Iterator
from typing import Final

from stacks.settings.asked import AskedOfEnvironment
from stacks.settings.key_region import key_elsewhere
from stacks.settings.problems import Problem

__all__ = ["RULES"]


def _key(asked: AskedOfEnvironment) -> Iterator[Problem]:
    target, without = asked.site.targets.cloud_run, "Google's own keys are taken then"
    yield from key_elsewhere(asked, "cloud_run", target, what="services", without=without)


def _network(asked: AskedOfEnvironment) -> Iterator[Problem]:
    """A network and a subnetwork go together, and instead of a connector."""
    site = asked.site.targets.cloud_run
    if site is None:
        return
    if bool(site.network) != bool(site.subnetwork):
        there, lacks = ("network", "subnetwork") if site.network else ("subnetwork", "network")
        yield asked.problem(
            ("targets", "cloud_run", lacks),
            "MS0102",
            f"missing, and {there} says that there is a network",
            key=True,
            fix=f"add `{lacks}: …`, or remove {there}",
        )
    elif site.network and site.connector:
        yield asked.problem(
            ("targets", "cloud_run", "connector"),
            "MS0214",
            "got a connector, and a network that is reached directly",
            fix="remove one of them",
        )


def _of_a_network(asked: AskedOfEnvironment) -> Iterator[Problem]:
    site = asked.site.targets.cloud_run
    if site is None or site.network:
        return
    for key, says in (("network_tags", False), ("vpc_egress", bool(site.connector))):
        if getattr(site, key) and not says:
            yield asked.problem(
                ("targets", "cloud_run", key),
                "MS0214",
                "there is no network that it is said of",
                fix="remove it, or add `network` and `subnetwork`",
            )


def _policy(asked: AskedOfEnvironment) -> Iterator[Problem]:
    site = asked.site.targets.cloud_run
    if site is not None and site.binary_authorization and site.binary_authorization_policy:
        yield asked.problem(
            ("targets", "cloud_run", "binary_authorization_policy"),
            "MS0214",
            "got a policy beside the project's own",
            fix="remove it, or binary_authorization",
        )


RULES: Final[tuple[Callable[[AskedOfEnvironment], Iterator[Problem]], ...]] = (
    _key,
    _network,
    _of_a_network,
    _policy,
)
