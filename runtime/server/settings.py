"""What the environment tells the server, beside what it tells every frame (runtime/settings.py).

| variable | what | default |
|---|---|---|
| `MODEL_SERVING_HOST` | the address that it listens on | `0.0.0.0`, all of IPv4 |
| `MODEL_SERVING_PORT` | its port; 0 takes a free one | `PORT`, or 8000 |
| `MODEL_SERVING_WORKERS` | predictions that run at once, each in a thread | the CPU limit |
| `MODEL_SERVING_THREADS` | threads of one prediction | 1: the workers keep the CPUs busy |
| `MODEL_SERVING_SHORT_MS` | shorter predictions run on the event loop; 0: none | 1 |
| `MODEL_SERVING_CONCURRENCY` | requests at once, read, waiting and running; more get 503 | 100 |
| `MODEL_SERVING_TIMEOUT_SECONDS` | from the whole body to the answer, else 504 | 30 |
| `MODEL_SERVING_READ_TIMEOUT_SECONDS` | for headers, for a body, for a reader; else 408 | 10 |
| `MODEL_SERVING_KEEP_ALIVE_SECONDS` | an idle connection is kept so long | 75 |
| `MODEL_SERVING_DRAIN_SECONDS` | from SIGTERM, not ready, still answering | 5 |
| `MODEL_SERVING_GRACE_SECONDS` | after that, for requests that have begun | the time limit |
| `MODEL_SERVING_FAILED_SECONDS` | without a model, it says so to probes, then ends | 15 |
| `MODEL_SERVING_LATENCY_P95_MS` | the SLO, around which the histogram has buckets | none |
| `MODEL_SERVING_LOG_LEVEL` | `debug` (with probes), `info`, `warning`, `error` | `info` |
| `MODEL_SERVING_DOCS` | `true`: pages that show `/openapi.json`, at `/docs` | `false` |

Where the model is and what it is called may also be said as a pod of a ModelServer says it:
`MODEL_PATH` (where it is there, or no such URI is), `MODEL_URI`, `MODEL_NAME`, `MODEL_VERSION`.
Traces go where `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) says, by OTLP over HTTP.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from runtime import settings
from runtime.cpus import cpu_limit
from runtime.settings import PREFIX, Settings, SettingsError

__all__ = ["LOG_LEVELS", "ServerSettings", "read"]

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
DEFAULT_PORT: Final = 8000
DEFAULT_TIMEOUT_SECONDS: Final = 30.0
# Longer than load balancers keep theirs, so that these close first and lose no request; an
# Application Load Balancer's usual time is 60 seconds:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
DEFAULT_KEEP_ALIVE_SECONDS: Final = 75.0
# Longer than the ten seconds between two probes of a pod.
DEFAULT_FAILED_SECONDS: Final = 15.0
# A day in seconds, and more milliseconds than a request may take.
_MOST: Final = 86_400

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The variables, typed. `latency_p95_ms` is None where no SLO is given."""

    core: Settings
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    host: str = "0.0.0.0"  # noqa: S104 - a container's own address, as other model servers do
    port: int = DEFAULT_PORT
    workers: int = 1
    short_ms: float = 1.0
    concurrency: int = 100
    read_timeout_seconds: float = 10.0
    keep_alive_seconds: float = DEFAULT_KEEP_ALIVE_SECONDS
    drain_seconds: float = 5.0
    grace_seconds: float = DEFAULT_TIMEOUT_SECONDS
    failed_seconds: float = DEFAULT_FAILED_SECONDS
    latency_p95_ms: float | None = None
    log_level: str = "info"
    docs: bool = False


def read(environment: Mapping[str, str] | None = None) -> ServerSettings:
    """The settings of an environment, by default this process's; an empty text is no value.

    Raises:
        SettingsError: One or more variables are wrong.
    """
    given = _with_pod(os.environ if environment is None else environment)
    problems: list[str] = []
    core = Settings()
    try:
        core = settings.read(given)
    except SettingsError as error:
        problems.append(str(error))
    reader = _Reader(given, problems)
    found = reader.settings(core)
    if problems:
        raise SettingsError("; ".join(problems))
    return found


class _Reader:
    """Reads the server's own variables, and notes each problem."""

    def __init__(self, environment: Mapping[str, str], problems: list[str]) -> None:
        self._environment = environment
        self._problems = problems

    def settings(self, core: Settings) -> ServerSettings:
        usual = ServerSettings(core=core)
        timeout = core.timeout_seconds or usual.timeout_seconds
        return ServerSettings(
            core=dataclasses.replace(core, threads=core.threads or 1),
            timeout_seconds=timeout,
            host=self._get("HOST", usual.host, str),
            port=self._get("PORT", self._platform_port(), _whole(0, 65_535)),
            workers=self._get("WORKERS", cpu_limit(), _whole(1, 1024)),
            short_ms=self._get("SHORT_MS", usual.short_ms, _number(0)),
            concurrency=self._get("CONCURRENCY", usual.concurrency, _whole(1, 100_000)),
            read_timeout_seconds=self._get(
                "READ_TIMEOUT_SECONDS", usual.read_timeout_seconds, _number(0.1)
            ),
            keep_alive_seconds=self._get(
                "KEEP_ALIVE_SECONDS", usual.keep_alive_seconds, _number(1)
            ),
            drain_seconds=self._get("DRAIN_SECONDS", usual.drain_seconds, _number(0)),
            grace_seconds=self._get("GRACE_SECONDS", timeout, _number(0)),
            failed_seconds=self._get("FAILED_SECONDS", usual.failed_seconds, _number(0)),
            latency_p95_ms=self._get("LATENCY_P95_MS", usual.latency_p95_ms, _number(0.01)),
            log_level=self._get("LOG_LEVEL", usual.log_level, _one_of(LOG_LEVELS)),
            docs=self._get("DOCS", "false", _one_of(("true", "false"))) == "true",
        )

    def _platform_port(self) -> int:
        """Cloud Run and its likes name the port so; without one it is ours."""
        text = self._environment.get("PORT", "").strip()
        if not text or self._environment.get(f"{PREFIX}PORT", "").strip():
            return DEFAULT_PORT
        return self._parsed("PORT", text, DEFAULT_PORT, _whole(1, 65_535))

    def _get(self, name: str, default: _T, parse: Callable[[str], _T]) -> _T:
        text = self._environment.get(PREFIX + name, "").strip()
        return self._parsed(PREFIX + name, text, default, parse) if text else default

    def _parsed(self, name: str, text: str, default: _T, parse: Callable[[str], _T]) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            self._problems.append(f"{name}: got {text[:80]}; use {error}")
            return default


def _with_pod(environment: Mapping[str, str]) -> Mapping[str, str]:
    """With what the pod of a ModelServer says of its model, where nothing else does."""
    found = dict(environment)
    for name in ("MODEL_NAME", "MODEL_VERSION"):
        if not found.get(PREFIX + name) and (text := environment.get(name)):
            found[PREFIX + name] = text
    path, uri = environment.get("MODEL_PATH", ""), environment.get("MODEL_URI", "")
    if not found.get(f"{PREFIX}MODEL_PATH") and not found.get(f"{PREFIX}MODEL_URI"):
        is_fetched = uri.startswith(settings.SCHEMES)
        # Where nothing else can be had, the path is what an error has to name.
        if path and (not is_fetched or Path(path).exists()):
            found[f"{PREFIX}MODEL_PATH"] = path
        elif is_fetched:
            found[f"{PREFIX}MODEL_URI"] = uri
    return found


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not text.isascii() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def _number(least: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        wrong = ValueError(f"a number from {least} to {_MOST}")
        try:
            value = float(text)
        except ValueError:
            raise wrong from None
        # No number at all (NaN) is in no range.
        if not least <= value <= _MOST:
            raise wrong
        return value

    return parse


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}")
        return text.lower()

    return parse
