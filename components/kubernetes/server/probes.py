"""How the kubelet asks a model server whether it has started, is ready and is alive.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from facts.pods import startup_budget_seconds, startup_failures

__all__ = ["PROBES", "Probe", "Probes", "probe_fields", "read_probes"]

PROBES: Final = ("http", "grpc", "tcp", "none")


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: its path, where it is by HTTP, and its numbers."""

    path: str
    delay_seconds: int
    period_seconds: int
    timeout_seconds: int
    failures: int


@dataclass(frozen=True, slots=True)
class Probes:
    """The three probes, all by the same means."""

    by: str
    startup: Probe
    ready: Probe
    live: Probe


def read_probes(
    checks: Checks, paths: tuple[str, str, str], load_seconds: int, grpc_port: int | None
) -> Probes:
    """Reads and notes what is wrong; `paths` are the server kind's for start, ready and alive."""
    by = checks.choice("probe", "http", PROBES)
    if by == "grpc" and grpc_port is None:
        checks.problem("probe", by, "grpc_port beside it, or http")
    startup = _read(checks, "startup", paths[0], (0, 10, 5, 0))
    if not startup.failures:
        enough = startup_failures(load_seconds, startup.delay_seconds, startup.period_seconds)
        startup = _read(checks, "startup", paths[0], (0, 10, 5, enough))
    budget = startup_budget_seconds(startup.delay_seconds, startup.period_seconds, startup.failures)
    if budget < load_seconds and by != "none":
        checks.problem(
            "startup_probe_failures",
            startup.failures,
            f"enough for load_seconds ({load_seconds}); the budget is {budget} seconds",
        )
    return Probes(
        by,
        startup,
        _read(checks, "ready", paths[1], (0, 5, 3, 2)),
        _read(checks, "live", paths[2], (0, 10, 5, 3)),
    )


def _read(checks: Checks, word: str, path: str, usual: tuple[int, int, int, int]) -> Probe:
    """One probe. The ranges are the API server's, and no longer than an hour or a day's work."""
    delay, period, timeout, failures = usual
    probe = Probe(
        path=checks.plain(f"{word}_path", path),
        delay_seconds=checks.whole(f"{word}_probe_delay_seconds", delay, 0, 3600),
        period_seconds=checks.whole(f"{word}_probe_period_seconds", period, 1, 600),
        timeout_seconds=checks.whole(f"{word}_probe_timeout_seconds", timeout, 1, 600),
        failures=checks.whole(f"{word}_probe_failures", failures, 1, 7200),
    )
    if not probe.path.startswith("/"):
        checks.problem(f"{word}_path", probe.path, "a path that begins with /")
    return probe


def probe_fields(probes: Probes, http_port: str, grpc_port: int | None) -> dict[str, Any]:
    """The three probes as fields of a container."""
    if probes.by == "none":
        return {}
    asked = {"startup": probes.startup, "readiness": probes.ready, "liveness": probes.live}
    return {
        f"{word}Probe": {
            **_action(probes.by, probe.path, http_port, grpc_port),
            **({"initialDelaySeconds": probe.delay_seconds} if probe.delay_seconds else {}),
            "periodSeconds": probe.period_seconds,
            "timeoutSeconds": probe.timeout_seconds,
            "failureThreshold": probe.failures,
        }
        for word, probe in asked.items()
    }


def _action(by: str, path: str, http_port: str, grpc_port: int | None) -> dict[str, Any]:
    if by == "grpc":
        # By number only: a gRPC probe takes no named port.
        return {"grpc": {"port": grpc_port}}
    if by == "tcp":
        return {"tcpSocket": {"port": http_port}}
    return {"httpGet": {"path": path, "port": http_port}}
