"""Callers that the pods could not tell apart."""

from collections.abc import Iterator
from typing import Final

from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.network_access import NetworkAccess
from stacks.settings.problems import Problem


def _callers_in_knative_mode(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target == "kserve" and settings.callers and settings.deployment_mode == "knative":
        names = ", ".join(caller.namespace for caller in settings.callers)
        yield refuse("kserve/callers-in-knative-mode", ("callers",), names, asked)


def _account_without_mesh(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, NetworkAccess):
        return
    cluster = asked.site.targets.kubernetes if asked.site else None
    if cluster is None or cluster.mesh != "none":
        return
    for index, caller in enumerate(settings.callers):
        if caller.service_account is not None:
            path = ("callers", index, "service_account")
            got = caller.service_account
            yield refuse("any/caller-account-without-mesh", path, got, asked)


def _hdfs_without_egress(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.egress:
        return
    uri = settings.model.uri
    if uri.startswith(("hdfs:", "webhdfs:")):
        yield refuse("kserve/hdfs-without-egress", ("model", "uri"), uri, asked)


RULES: Final[tuple[Rule, ...]] = (
    _callers_in_knative_mode,
    _account_without_mesh,
    _hdfs_without_egress,
)
