"""Rules over an objective: whether its target can tell and keep it, and what follows from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final, TypeAlias

from facts.burn_rate import out_of_reach
from facts.language_models import OPENAI_PATH
from facts.server_metrics import SERVER_METRICS
from stacks.settings.common import EveryDeployment
from stacks.settings.environment import Environment
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.models import Answering, AnySettings
from stacks.settings.problems import Problem, shown
from stacks.settings.request_timeouts import request_timeout
from stacks.settings.salvage import apply
from stacks.settings.slo_alerts import alerts_by
from stacks.settings.slo_scaling import Refused, SaidTwice, follows
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["objectives"]

# By the key, what a server has to tell.
_OF_TOKENS: Final = {
    "first_token_p95_ms": "first_token",
    "output_token_p95_ms": "output_token",
    "queue_p95_ms": "queue",
}
_LONGEST_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: Answering
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
            allowed=f"of target kserve_llm, a KServe model with framework "
            f"{' or '.join(OPENAI_PATH)}, or target kubernetes with server "
            f"{' or '.join(_servers(what))}",
            fix="leave it out; latency_p95_ms is of whole requests",
        )


def _tells(settings: Answering, what: str) -> bool:
    if isinstance(settings, ModelServerModel):
        return settings.server in _servers(what)
    if isinstance(settings, KServeLlmModel):
        return True
    return isinstance(settings, KServeModel) and settings.model.framework in OPENAI_PATH


def _servers(what: str) -> list[str]:
    names = ("vllm", "tgi")
    return [name for name in names if getattr(SERVER_METRICS[name], what) is not None]


def _out_of_reach(asked: _Asked) -> Iterator[Problem]:
    # What Cloud Monitoring looks back on is less: gcp_monitoring_checks.py has it.
    if alerts_by(asked.settings, asked.site) in {None, "gcp"}:
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


def _scaling(asked: _Asked) -> Iterator[Problem]:
    found = follows(asked.settings)
    if isinstance(found, Refused):
        yield Problem(
            asked.where(found.path),
            "MS0611",
            dotted(found.path),
            found.why,
            allowed=found.allowed,
            fix=found.fix,
        )
    elif isinstance(found, SaidTwice):
        yield Problem(
            asked.where(found.path),
            "MS0612",
            dotted(found.path),
            "slo.capacity says it too",
            fix="leave one of them out",
        )


def _few_requests(asked: _Asked) -> Iterator[Problem]:
    """The budget of a window in which less than one request may fail."""
    slo = asked.settings.slo
    if slo.requests_per_day is None:
        return
    requests = slo.requests_per_day * slo.window_days
    budget = requests * slo.error_rate_percent / 100
    if budget >= 1:
        return
    path: KeyPath = ("slo", "window_days")
    days = ceil(100 / slo.error_rate_percent / slo.requests_per_day)
    wider = f"window_days of {days} or more" if days <= _LONGEST_DAYS else ""
    percent = f"error_rate_percent of {_upwards(100 / requests):g} or more" if requests > 1 else ""
    yield Problem(
        asked.where(path),
        "MS0613",
        dotted(path),
        f"{slo.requests_per_day:g} requests a day x {slo.window_days} days x "
        f"{slo.error_rate_percent:g} % leave {budget:.3g} of a request that may fail: the first "
        "failure misses the objective",
        allowed=", or ".join(filter(None, (wider, percent))),
        fix="widen one of the two, or leave requests_per_day out if it is not so few",
    )


def _upwards(percent: float) -> float:
    """As few digits as can be read, and no less."""
    digits = 2 - floor(log10(percent))
    return ceil(percent * 10**digits) / 10**digits


def _cut_off(asked: _Asked) -> Iterator[Problem]:
    bound = asked.settings.slo.latency_p95_ms
    found = request_timeout(asked.settings, asked.site)
    if found is None or bound < found.seconds * 1000:
        return
    path: KeyPath = ("slo", "latency_p95_ms")
    raised = f", or raise {dotted(found.key)}" if found.key else ""
    yield Problem(
        asked.where(path),
        "MS0614",
        dotted(path),
        f"got {bound:g}, and {found.by} gives a request up after {found.seconds:g} s = "
        f"{found.seconds * 1000:g} ms: what is slower than that fails",
        allowed=f"less than {found.seconds * 1000:g}",
        fix=f"lower it{raised}",
        source=found.source,
    )


_RULES: Final[list[_Rule]] = [_tokens, _out_of_reach, _scaling, _few_requests, _cut_off]
