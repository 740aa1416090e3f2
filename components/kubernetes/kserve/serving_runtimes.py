"""What serves a model on KServe: a runtime that KServe brings, one of the cluster's, or an image.

What no runtime serves is refused here; KServe would accept it, and say NoSupportingRuntime.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from facts.kserve import KServeVersion, choose_runtime, protocol_of
from facts.kserve_runtimes import RUNTIMES, ServingRuntime

__all__ = ["PROTOCOLS", "ModelServerChoice", "ports", "probes", "read_server", "second_port"]

PROTOCOLS: Final = ("v1", "v2", "grpc-v1", "grpc-v2")
_PORT: Final = 8080
_GRPC_PORT: Final = 9000
_PROBE_SECONDS: Final = 10
# The second is vLLM's, and wins in the Hugging Face runtime, which has both.
_NAME_FLAGS: Final = ("--model-name", "--served-model-name")
_PATH: Final = r"/[A-Za-z0-9._~/{}-]*"


@dataclass(frozen=True, slots=True)
class ModelServerChoice:
    """A model server. Without a runtime of KServe's, its probes ask only what is given."""

    framework: str | None
    runtime: str | None
    protocol: str | None
    image: pulumi.Input[str] | None
    port: int
    grpc_port: int | None
    ready_path: str | None
    live_path: str | None
    is_known: bool
    """Whether it is known what its container listens to; of a cluster's own runtime it is not."""

    @property
    def listens_to(self) -> tuple[int, ...]:
        """Its ports, as far as they are known."""
        known = (self.port, self.grpc_port) if self.is_known else ()
        return tuple(port for port in known if port is not None)

    @property
    def is_grpc(self) -> bool:
        """Whether callers speak gRPC."""
        return (self.protocol or "").startswith("grpc")


def read_server(
    checks: Checks, name: str, args: Mapping[str, Any], version: KServeVersion
) -> ModelServerChoice:
    """Reads and notes what is wrong; the caller raises."""
    protocol = checks.choice("protocol", "", PROTOCOLS) or None
    if checks.given("image") == checks.given("framework"):
        checks.problem("framework", args.get("framework"), "either framework or image")
    if checks.given("image"):
        return _own_image(checks, args, protocol)
    if checks.given("port"):
        checks.problem("port", args["port"], "image beside it: a runtime has its own port")
    named = checks.plain("runtime", "") or None
    framework = checks.plain("framework", "sklearn")
    runtime = _runtime(checks, version, framework, named, protocol)
    if runtime is None:
        return ModelServerChoice(
            framework,
            named,
            protocol,
            None,
            _PORT,
            _GRPC_PORT if protocol and protocol.startswith("grpc") else None,
            checks.plain("ready_path", "") or None,
            checks.plain("live_path", "") or None,
            is_known=False,
        )
    protocol = protocol or protocol_of(runtime)
    ready_path = checks.plain("ready_path", "")
    if not ready_path:
        called = _served_name(checks, name)
        ready_path = runtime.ready_path(protocol, called)
        if "/" in called and ready_path and called in ready_path:
            use = "a name without /, which no path of this server holds; or ready_path beside it"
            checks.problem("served_model_name", called, use)
    return ModelServerChoice(
        framework,
        runtime.name,
        protocol,
        None,
        _PORT,
        runtime.grpc_port,
        ready_path,
        checks.plain("live_path", "") or runtime.live,
        is_known=True,
    )


def _served_name(checks: Checks, name: str) -> str:
    """What the server calls the model: the InferenceService's name, or what an argument says."""
    found: dict[str, str] = {}
    arguments = checks.texts("arguments", [])
    for each, after in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        flag, has_value, value = each.partition("=")
        found[flag.replace("_", "-")] = value if has_value else after
    if checks.given("served_model_name"):
        found[_NAME_FLAGS[0]] = checks.plain("served_model_name", "")
    return next((found[flag] for flag in reversed(_NAME_FLAGS) if found.get(flag)), name)


def _own_image(checks: Checks, args: Mapping[str, Any], protocol: str | None) -> ModelServerChoice:
    if checks.given("runtime"):
        checks.problem("runtime", args["runtime"], "framework instead of image beside it")
    for key in ("ready_path", "live_path"):
        checks.optional_text(key, _PATH, "a path that begins with /")
    port = checks.whole("port", _PORT, 1024, 65535)
    grpc = bool(protocol and protocol.startswith("grpc"))
    for key in filter(checks.given, ("ready_path", "live_path") if grpc else ()):
        checks.problem(key, args[key], "it without gRPC: that port answers no paths")
    return ModelServerChoice(
        None,
        None,
        protocol,
        args["image"],
        port,
        port if grpc else None,
        checks.plain("ready_path", "") or None,
        checks.plain("live_path", "") or None,
        is_known=True,
    )


def _runtime(
    checks: Checks,
    version: KServeVersion,
    framework: str,
    named: str | None,
    protocol: str | None,
) -> ServingRuntime | None:
    """The runtime, as far as KServe brings it; one of the cluster's own is taken on trust."""
    if named is None:
        chosen = choose_runtime(version, framework, protocol)
        if chosen is None:
            _no_runtime(checks, version, framework, protocol)
        return chosen
    runtime = next((each for each in RUNTIMES if each.name == named), None)
    if runtime is None:
        return None
    if not runtime.serves(framework, version.release, by_name=True):
        formats = sorted({f.name for f in runtime.formats if f.in_release(version.release)})
        brings = runtime.since <= version.release
        use = f"one for {framework}; it serves {', '.join(formats)}"
        least = ".".join(map(str, runtime.since))
        checks.problem("runtime", named, use if brings else f"KServe {least} or newer with it")
    elif protocol is not None and protocol not in runtime.protocols:
        checks.problem("protocol", protocol, f"{' or '.join(runtime.protocols)}, which it speaks")
    return runtime


def _no_runtime(
    checks: Checks, version: KServeVersion, framework: str, protocol: str | None
) -> None:
    if framework not in version.frameworks:
        known = ", ".join(version.frameworks)
        use = f"one of {known}; or runtime with a serving runtime of the cluster's own; or image"
        checks.problem("framework", framework, use)
        return
    able = [
        each
        for each in version.runtimes
        if each.installed and each.serves(framework, version.release, by_name=False)
    ]
    speaks = sorted({each for runtime in able for each in runtime.protocols})
    use = f"{' or '.join(speaks)}: no runtime of KServe {version.version} serves {framework} so"
    checks.problem("protocol", protocol, use)


def second_port(server: ModelServerChoice, *, knative: bool, two_protocols: bool) -> int | None:
    """The gRPC port where the Service has two; else it has one, whatever that speaks."""
    one = knative or not two_protocols or server.image is not None or not server.is_grpc
    return None if one else server.grpc_port or _GRPC_PORT


def ports(server: ModelServerChoice, *, knative: bool, two_protocols: bool) -> list[dict[str, Any]]:
    """The container's ports; none where the runtime's own are right.

    Knative takes one port, and knows by its name that it speaks HTTP/2.
    """
    if not server.is_grpc:
        if server.image is None:
            return []
        return [{"name": "http1", "containerPort": server.port, "protocol": "TCP"}]
    grpc = {"name": "h2c", "containerPort": server.grpc_port or _GRPC_PORT, "protocol": "TCP"}
    if second_port(server, knative=knative, two_protocols=two_protocols) is None:
        return [grpc]
    return [{"name": "http1", "containerPort": server.port, "protocol": "TCP"}, grpc]


def probes(server: ModelServerChoice, startup_seconds: int, *, knative: bool) -> dict[str, Any]:
    """Started within the budget, else begun anew; ready while the model answers; alive by its port.

    KServe's own readiness probe only asks the port, which its servers open before a model is
    loaded; and there is no startup probe.
    """
    if not server.is_known and server.ready_path is None:
        return {}
    port = server.port
    started = ready = _ask(server.ready_path, port)
    alive = _ask(server.live_path, port)
    if knative and server.is_grpc:
        # Knative asks its one port whatever port is said, and that one speaks no HTTP/1; it leaves
        # the startup probe alone. Source: its pkg/reconciler/revision/resources, queue.go
        # (applyReadinessProbeDefaults) and deploy.go (rewriteUserLivenessProbe).
        ready = alive = _ask(None, server.grpc_port or _GRPC_PORT)
    often = {"periodSeconds": _PROBE_SECONDS, "timeoutSeconds": 5, "successThreshold": 1}
    return {
        "startupProbe": {
            **started,
            **often,
            "failureThreshold": math.ceil(startup_seconds / _PROBE_SECONDS),
        },
        "readinessProbe": {**ready, **often, "failureThreshold": 3},
        "livenessProbe": {**alive, **often, "failureThreshold": 6},
    }


def _ask(path: str | None, port: int) -> dict[str, Any]:
    if path is None:
        return {"tcpSocket": {"port": port}}
    return {"httpGet": {"path": path, "port": port, "scheme": "HTTP"}}
