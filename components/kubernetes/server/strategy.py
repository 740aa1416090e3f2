"""The arguments about how a new version takes over, checked."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.server.model_server_settings import ServerSettings
from components.serving import Core
from facts.strategies import MOST_MATCHES, NO_HEADERS, ROUTERS, STRATEGIES, StrategyKind

__all__ = ["Audience", "Strategy", "read_strategy"]

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
_VALUE: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_MOST_VALUES: Final = 16
_TAKING: Final = ", ".join(kind.name for kind in STRATEGIES.values() if kind.takes_candidate)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose requests go to the candidate: by a header's value, or by a cookie's."""

    header: str | None
    cookie: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """How a new version takes over, and by what requests are parted."""

    kind: StrategyKind
    router: str | None
    percent: int
    audience: Audience | None
    moved_by_rollout: bool
    """Whether the share is a rollout's, and no update sets it back."""
    gateway: tuple[str, str] | None
    """Namespace and name of the gateway by which `host` is reached."""
    candidate_min_replicas: int

    @property
    def routed(self) -> bool:
        """Whether a router parts the requests, not the Service alone."""
        return self.kind.needs_router


def read_strategy(
    checks: Checks, core: Core, settings: ServerSettings, args: Mapping[str, Any]
) -> Strategy:
    """Reads and notes what is wrong; the caller raises."""
    kind = STRATEGIES[checks.choice("strategy", "rolling", STRATEGIES)]
    router = checks.choice("router", "", ROUTERS) or None
    owner = checks.choice("share_owner", "file", ("file", "rollout"))
    gateway = _gateway(checks, args)
    _share(checks, core, kind)
    if kind.needs_router:
        _router(checks, settings, kind, router, gateway)
    if owner == "rollout" and (kind.share == "none" or core.candidate_version is None):
        checks.problem(
            "share_owner",
            owner,
            "file, where there is no share to move: without a candidate, and with strategy "
            "recreate, rolling or ab",
        )
    if core.candidate_version is None:
        for key in ("candidate_image", "candidate_min_replicas"):
            if checks.given(key):
                checks.problem(key, args[key], "candidate_version and candidate_uri beside it")
    checks.optional_text("candidate_image", r".+", "the image of the candidate's server")
    least = checks.whole("candidate_min_replicas", core.min_replicas, 1, 1000)
    if least > core.max_replicas:
        checks.problem(
            "candidate_min_replicas", least, f"at most max_replicas ({core.max_replicas})"
        )
    audience = _audience(checks, kind, args)
    if audience is not None and router == "gateway" and settings.host is not None:
        paths = len(settings.exposure.predict_paths)
        if paths * len(audience.values) > MOST_MATCHES:
            checks.problem(
                "ab_values",
                list(audience.values),
                f"at most {MOST_MATCHES // paths} values with {paths} predict_paths, or router "
                f"istio: a rule of Gateway API has at most {MOST_MATCHES} matches",
            )
    return Strategy(
        kind=kind,
        router=router if kind.needs_router else None,
        percent=core.canary_percent,
        audience=audience,
        moved_by_rollout=owner == "rollout",
        gateway=gateway,
        candidate_min_replicas=least,
    )


def _share(checks: Checks, core: Core, kind: StrategyKind) -> None:
    percent = core.canary_percent
    if core.candidate_version is not None and not kind.takes_candidate:
        checks.problem(
            "strategy",
            kind.name,
            f"{_TAKING} beside a candidate; {kind.name} changes the one Deployment in place: "
            "write the new version into model_version, model_uri and image",
        )
    elif kind.share == "none" and percent:
        checks.problem(
            "canary_percent",
            percent,
            f"0 with strategy {kind.name}, or strategy canary, which holds any share",
        )
    elif kind.share == "ends" and percent not in {0, 100}:
        near = 0 if percent <= 50 else 100  # noqa: PLR2004 - half
        checks.problem(
            "canary_percent",
            percent,
            f"{near} (or {100 - near}): blue_green moves all requests at once; strategy canary "
            "holds shares between",
        )


def _router(
    checks: Checks,
    settings: ServerSettings,
    kind: StrategyKind,
    router: str | None,
    gateway: tuple[str, str] | None,
) -> None:
    if router is None:
        checks.problem(
            "router",
            None,
            f"istio or gateway (Gateway API): a Service alone cannot part requests as {kind.name} "
            "does; strategy blue_green needs none",
        )
    mesh = settings.access.mesh
    if router == "istio" and mesh == "istio_ambient":
        # https://istio.io/latest/docs/ambient/migrate/migrate-policies/
        checks.problem(
            "router", router, "gateway in an ambient mesh, where VirtualService is Alpha"
        )
    if router == "istio" and mesh == "none" and settings.host is None:
        checks.problem(
            "router",
            router,
            "mesh istio_sidecar, or host and gateway_name, beside it: the callers' proxies part "
            "the requests, and without any the candidate gets none",
        )
    if settings.host is not None and gateway is None:
        checks.problem(
            "host",
            settings.host,
            f"gateway_name and gateway_namespace beside it: an Ingress knows nothing of {kind.name}"
            " and would send all to the stable model",
        )


def _gateway(checks: Checks, args: Mapping[str, Any]) -> tuple[str, str] | None:
    if checks.given("gateway_name") != checks.given("gateway_namespace"):
        checks.problem(
            "gateway_name", args.get("gateway_name"), "gateway_name and gateway_namespace together"
        )
        return None
    if not checks.given("gateway_name"):
        return None
    return checks.plain("gateway_namespace"), checks.plain("gateway_name")


def _audience(checks: Checks, kind: StrategyKind, args: Mapping[str, Any]) -> Audience | None:
    header, cookie = args.get("ab_header"), args.get("ab_cookie")
    values = checks.texts("ab_values", [])
    if kind.name != "ab":
        for key in ("ab_header", "ab_cookie", "ab_values"):
            if checks.given(key):
                checks.problem(key, args[key], "strategy ab, or leave it out")
        return None
    if (header is None) == (cookie is None):
        checks.problem(
            "ab_header", header, "either ab_header or ab_cookie: whose requests the candidate gets"
        )
    _check_name(checks, "ab_header", header, NO_HEADERS)
    _check_name(checks, "ab_cookie", cookie, ())
    if not values or len(values) > _MOST_VALUES:
        checks.problem("ab_values", values, f"1 to {_MOST_VALUES} values that the candidate gets")
    for value in values:
        if not _VALUE.fullmatch(value):
            checks.problem("ab_values", value, "letters, digits and . _ ~ -, at most 128")
    return Audience(header, cookie, tuple(values))


def _check_name(checks: Checks, key: str, name: object, ignored: Collection[str]) -> None:
    if name is None:
        return
    if not (isinstance(name, str) and _TOKEN.fullmatch(name)):
        checks.problem(key, name, "a name of letters, digits and -, at most 128")
    elif name.lower() in ignored:
        checks.problem(key, name, "the name of a header: routers ignore a match by this one")
