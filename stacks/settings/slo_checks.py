"""Rules over an objective: whether its target can tell it, and whether an alert could fire."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.burn_rate import out_of_reach
from facts.language_models import OPENAI_PATH
from facts.server_metrics import SERVER_METRICS
from stacks.settings.common import EveryDeployment
from stacks.settings.environment import Environment
from stacks.settings.kserve import KServeModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["objectives"]

# By the key, what a server has to tell.
_OF_TOKENS: Final = {
    "first_token_p95_ms": "first_token",
    "output_token_p95_ms": "output_token",
    "queue_p95_ms": "queue",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: EveryDeployment
    where: PlaceOf
    site: Environment | None


_Rule: TypeAlias = Callable[[_Asked], Iterator[Problem]]


def objectives(settings: AnySettings, where: PlaceOf, site: Environment | None) -> list[Problem]:
    """Problems of one file's `slo`."""
    if not isinstance(settings, EveryDeployment):
        return []
    return apply(_RULES, _Asked(settings, where, site))


def _tokens(asked: _Asked) -> Iterator[Problem]:
    for key, what in _OF_TOKENS.items():
        value = getattr(asked.settings.slo, key)
        if value is None or _tells(asked.settings, what):
            continue
        path: KeyPath = ("slo", key)
        yield Problem(
            asked.where(path),
            "MS0600",
            dotted(path),
            f"got {shown(value)}, and nothing there tells it",
            allowed=f"of a KServe model with framework {' or '.join(OPENAI_PATH)}, or target "
            f"kubernetes with server {' or '.join(_servers(what))}",
            fix="leave it out; latency_p95_ms is of whole requests",
        )


def _tells(settings: EveryDeployment, what: str) -> bool:
    if isinstance(settings, ModelServerModel):
        return settings.server in _servers(what)
    return isinstance(settings, KServeModel) and settings.model.framework in OPENAI_PATH


def _servers(what: str) -> list[str]:
    names = ("vllm", "tgi")
    return [name for name in names if getattr(SERVER_METRICS[name], what) is not None]


def _out_of_reach(asked: _Asked) -> Iterator[Problem]:
    if not _has_alerts(asked):
        return
    percent, days = asked.settings.slo.error_rate_percent, asked.settings.slo.window_days
    slowest = out_of_reach(days, percent / 100)
    if slowest is None:
        return
    most = 100 / slowest
    path: KeyPath = ("slo", "error_rate_percent")
    yield Problem(
        asked.where(path),
        "MS0601",
        dotted(path),
        f"got {shown(percent)}, of which no alert could fire: the slowest burn rate over {days} "
        f"days is {slowest:g}, and {slowest:g} x {percent:g} % is no less than all "
        "requests",
        allowed=f"less than {most:g}",
        fix="lower it",
    )


def _has_alerts(asked: _Asked) -> bool:
    """Whether alerts on burn rates are made of its objective."""
    if asked.site is None:
        return False
    # Where no target is known, nobody knows what makes alerts.
    needs: frozenset[str] = getattr(asked.settings, "needs", frozenset())
    targets = asked.site.targets
    cluster = targets.kubernetes
    if "kubernetes" in needs:
        return cluster is not None and cluster.monitoring is not None
    clouds = {"aws": targets.aws, "azure": targets.azure}
    asks = [target.monitoring for name, target in clouds.items() if name in needs and target]
    return any(each is not None and each.alarms == "burn_rate" for each in asks)


_RULES: Final[list[_Rule]] = [_tokens, _out_of_reach]
