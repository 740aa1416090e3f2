"""The arguments that only a plain model server has, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.network import Access, read_access
from components.serving import Core
from facts.accelerators import ACCELERATORS
from facts.model_servers import MODEL_SERVERS, ModelServerKind

__all__ = ["ServerSettings", "read_server_settings"]

_ENV: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST: Final = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a plain model server is made from; unset paths and port are the server kind's."""

    server: ModelServerKind
    service_account_name: str
    port: int
    live_path: str
    ready_path: str
    startup_path: str
    arguments: list[str]
    env: dict[str, str]
    config: dict[str, str]
    cpu: float
    memory_mib: int
    accelerator: str | None
    accelerator_count: int
    download_image: pulumi.Input[str] | None
    download_memory_mib: int
    user_id: int
    load_seconds: int
    drain_seconds: int
    grace_seconds: int
    cpu_target_percent: int
    host: str | None
    tls_secret_name: str | None
    ingress_class: str
    ready_timeout_seconds: int
    access: Access
    pod_labels: dict[str, str]


def read_server_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> ServerSettings:
    """Reads and notes what is wrong; the caller raises."""
    checks.text("namespace")
    checks.text("image")
    server = MODEL_SERVERS[checks.choice("server", "reference", MODEL_SERVERS)]
    env = checks.mapping("env")
    for key in filter(lambda key: not _ENV.fullmatch(key), env):
        checks.problem("env", key, "names of letters, digits and _")
    checks.optional_text("host", _HOST, "a host name, such as fraud.example.com")
    gateway = checks.given("gateway_name")  # It has the certificate.
    if not gateway and checks.given("host") != checks.given("tls_secret_name"):
        checks.problem("host", args.get("host"), "host and tls_secret_name together: no plain HTTP")
    accelerator = checks.choice("accelerator", "", ACCELERATORS) or None
    if accelerator is None and checks.given("accelerator_count"):
        checks.problem("accelerator_count", args.get("accelerator_count"), "accelerator beside it")
    load_seconds = checks.whole("load_seconds", 60, 1, 7200)
    ready_timeout = checks.whole("ready_timeout_seconds", 900, 30, 7200)
    if ready_timeout < load_seconds:
        checks.problem(
            "ready_timeout_seconds", ready_timeout, f"at least load_seconds ({load_seconds})"
        )
    return ServerSettings(
        server=server,
        service_account_name=checks.plain("service_account_name", core.name),
        port=checks.whole("port", server.port, 1024, 65535),
        live_path=checks.plain("live_path", server.live_path),
        ready_path=checks.plain("ready_path", server.ready_path),
        startup_path=checks.plain("startup_path", server.startup_path),
        arguments=checks.texts("arguments", []),
        env=env,
        config=checks.mapping("config"),
        cpu=checks.number("cpu", 1.0, 0.1, 192),
        memory_mib=checks.whole("memory_mib", 2048, 128, 4 * 1024 * 1024),
        accelerator=accelerator,
        accelerator_count=checks.whole("accelerator_count", 1, 1, 16) if accelerator else 0,
        download_image=args.get("download_image"),
        download_memory_mib=checks.whole("download_memory_mib", 1024, 64, 1024 * 1024),
        user_id=checks.whole("user_id", 1000, 1, 2**31 - 1),
        load_seconds=load_seconds,
        drain_seconds=checks.whole("drain_seconds", 15, 1, 3600),
        grace_seconds=checks.whole("grace_seconds", 45, 1, 3600),
        cpu_target_percent=checks.whole("cpu_target_percent", 70, 1, 100),
        host=args.get("host"),
        tls_secret_name=args.get("tls_secret_name"),
        ingress_class=checks.plain("ingress_class", "nginx"),
        ready_timeout_seconds=ready_timeout,
        access=read_access(checks, usual_ingress_namespace="ingress-nginx"),
        pod_labels=checks.mapping("pod_labels"),
    )
