"""Callers that the pods could not tell apart."""

from collections.abc import Iterator
from typing import Final

from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.problems import Problem


def _callers_in_knative_mode(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target == "kserve" and settings.callers and settings.deployment_mode == "knative":
        names = ", ".join(caller.namespace for caller in settings.callers)
        yield refuse("kserve/callers-in-knative-mode", ("callers",), names, asked)


def _hdfs_without_egress(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.egress:
        return
    uri = settings.model.uri
    if uri.startswith(("hdfs:", "webhdfs:")):
        yield refuse("kserve/hdfs-without-egress", ("model", "uri"), uri, asked)


RULES: Final[tuple[Rule, ...]] = (
    _callers_in_knative_mode,
    _hdfs_without_egress,
)
