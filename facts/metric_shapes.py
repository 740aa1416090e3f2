"""What is said of a server's metrics in Prometheus: facts/server_metrics.py has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = [
    "LABEL_NAME",
    "POD",
    "Counter",
    "Histogram",
    "Mean",
    "Series",
    "ServerMetrics",
    "Shared",
]

Unit = Literal["s", "ms", "us"]
# https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
LABEL_NAME: Final = r"[a-zA-Z_][a-zA-Z0-9_]*"

# Series of a server, or of a proxy beside it in its pod, that Prometheus reads from the pod:
# namespace and pod are labels that it adds itself.
POD: Final = 'namespace="{namespace}",pod=~"{pods}"'


@dataclass(frozen=True, slots=True)
class Series:
    """One metric by its full name, and PromQL matchers that belong to every query of it."""

    name: str
    labels: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How many requests there were and how many failed; several series are added up."""

    requests: tuple[Series, ...]
    """All that were answered, whatever the answer."""
    failed: tuple[Series, ...]
    """Those that failed by the server's fault, which are among `requests` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """A classic histogram, named without `_bucket`, `_count` and `_sum`."""

    name: str
    unit: Unit
    bounds: tuple[float, ...]
    """Finite upper bounds in the unit, as they are by default; () where the server puts them
    around the SLO. Servers write the same bound in their own ways: `1`, `1.0`."""
    labels: str = ""
    """Matchers that belong to every query."""
    whole: bool = True
    """Whether it is the time of whole requests, and not of the model's part alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """Two counters: the time of all requests together, and how many there were."""

    total: str
    count: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Shared:
    """How a server that several models share tells them apart, and says which it has loaded."""

    label: str
    """Of each series of a model."""
    pattern: str
    """Regular expression of its values; `{model}` stands for the model's name."""
    loaded: str
    """Metric that each pod has of a model."""
    least: int
    """Its value while the model is loaded, at least."""

    def values(self, model: str) -> str:
        """The label's values of one model, a regular expression."""
        return self.pattern.format(model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMetrics:
    """What one server, or what stands before servers, tells of requests. Absent is None or ""."""

    name: str
    errors: Counter | None
    """None where it does not count failures, or not apart from refusals of bad requests."""
    duration: Histogram | None
    source: str
    checked: str
    release: str = ""
    """Releases or commit that the names were read of. Default: they are our own."""
    select: str = POD
    """Matchers of ONE model's stable or candidate version. `{namespace}`, `{model}` and `{server}`
    stand for names, `{pods}`, `{workloads}` and `{services}` for regular expressions of them."""
    model_label: str = ""
    """The label of all its series that names the model, for servers of several."""
    shared: Shared | None = None
    """How one of its models is watched. None: only the server as a whole is."""
    needs: str = ""
    """What has to be set before there are any metrics. Default: they are there."""
    mean: Mean | None = None
    """Time of whole requests where there is no histogram of it."""
    first_token: Histogram | None = None
    """Time until the first token of an answer."""
    output_token: Histogram | None = None
    """Time between one token and the next."""
    queue: Histogram | None = None
    """Time that a request waits before it is worked on."""
    waiting: str = ""
    """Gauge of requests that wait."""
    running: str = ""
    """Gauge of requests that are worked on."""
    cache_used: str = ""
    """Gauge from 0 to 1: share of the KV cache in use."""
    unmeasured: Mapping[str, str] = field(default_factory=dict[str, str])
    """By objective, why it is not told, where more is to be said than that."""

    @property
    def latency_metric(self) -> str:
        """The histogram of the time of requests, without `_bucket`, if it is in seconds."""
        return self.duration.name if self.duration and self.duration.unit == "s" else ""
