"""The arguments of a plain model server, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.labels import check_namespace
from components.kubernetes.network import Access, read_access
from components.kubernetes.server.compute import Compute, read_compute
from components.kubernetes.server.container_env import Environment, read_variables
from components.kubernetes.server.edge import PROFILES, check_edge
from components.kubernetes.server.exposure import Exposure, read_exposure
from components.kubernetes.server.model_source import Storage, read_storage
from components.kubernetes.server.probes import Probes, read_probes
from components.kubernetes.server.scaling import Scaling, read_scaling
from components.serving import Core
from facts.edge import Usual, usual
from facts.model_servers import MODEL_SERVERS, ModelServerKind, ending, reads_a_folder
from facts.pods import (
    CONFIG_FOLDER,
    MODEL_FOLDER,
    PINNED_IMAGE,
    TMP,
    clashing_folders,
    clashing_ports,
    share_of,
)
from facts.request_timeouts import GRACE_SECONDS

__all__ = ["ServerSettings", "filled", "open_values", "read_server_settings"]

_PINNED: Final = "an image by its digest, registry/name@sha256: and 64 hexadecimal digits"
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """What the server may write, and where."""

    tmp_mib: int
    shm_mib: int
    writable_folders: list[str]
    writable_mib: int
    all_mib: int
    """0: what the volumes may hold, and room for logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What a plain model server is made from; what is not set is the server kind's."""

    server: ModelServerKind
    edge: bool
    """Whether it runs on a small cluster: one pod, nothing around it."""
    service_account_name: str
    port: int
    grpc_port: int | None
    metrics_port: int | None
    """None where the server's port has the metrics."""
    metrics_path: str
    command: list[str]
    arguments: list[str]
    environment: Environment
    config: dict[str, str]
    compute: Compute
    storage: Storage
    probes: Probes
    scaling: Scaling
    exposure: Exposure
    access: Access
    image_pull_secrets: list[str]
    user_id: int
    disk: Disk
    drain_seconds: int
    grace_seconds: int
    update: tuple[str, str]
    """How far a rolling update may go above and below the number of pods."""
    prometheus_annotations: bool
    pod_labels: dict[str, str]
    pod_annotations: dict[str, str]
    ready_timeout_seconds: int

    @property
    def host(self) -> str | None:
        """Host name outside of the cluster."""
        return self.exposure.host


def read_server_settings(checks: Checks, core: Core, args: Mapping[str, Any]) -> ServerSettings:
    """Reads and notes what is wrong; the caller raises."""
    check_namespace(checks)
    checks.text("image", PINNED_IMAGE, _PINNED)
    for key in ("candidate_image", "download_image"):
        checks.optional_text(key, PINNED_IMAGE, _PINNED)
    kind = MODEL_SERVERS[checks.choice("server", "reference", MODEL_SERVERS)]
    edge = checks.choice("profile", "cluster", PROFILES) == "edge"
    if edge:
        check_edge(checks, core, args)
    share = usual("edge" if edge else "cluster")
    compute = read_compute(checks, share)
    ports = _ports(checks, kind)
    load_seconds = checks.whole("load_seconds", 60, 1, 7200)
    grace_seconds = checks.whole("grace_seconds", GRACE_SECONDS, 1, 3600)
    return ServerSettings(
        server=kind,
        edge=edge,
        service_account_name=checks.plain("service_account_name", core.name),
        port=ports[0],
        grpc_port=ports[1],
        metrics_port=ports[2],
        metrics_path=checks.plain("metrics_path", kind.metrics_path or "/metrics"),
        command=checks.texts("command", []),
        arguments=checks.texts("arguments", []),
        environment=read_variables(checks, args),
        config=_files(checks, kind, open_values(core.name, ports, grace_seconds)),
        compute=compute,
        storage=read_storage(checks, core, args, folder=reads_a_folder(kind)),
        probes=read_probes(checks, _paths(kind, core.name), load_seconds, ports[1]),
        scaling=read_scaling(checks, core, args, edge=edge),
        exposure=read_exposure(checks, core.name, kind, args, edge=edge),
        access=read_access(
            checks,
            # A Gateway's pods are where it is; an Ingress's are its controller's.
            usual_ingress_namespace=args.get("gateway_namespace") or "ingress-nginx",
        ),
        image_pull_secrets=_names(checks, "image_pull_secrets"),
        user_id=checks.whole("user_id", kind.user_id, 1, 2**31 - 1),
        disk=_disk(checks, compute, share),
        update=_update(checks, edge=edge),
        drain_seconds=checks.whole("drain_seconds", 15, 1, 3600),
        grace_seconds=grace_seconds,
        prometheus_annotations=checks.flag(
            "prometheus_annotations", default=bool(kind.metrics_path)
        ),
        pod_labels=checks.mapping("pod_labels"),
        pod_annotations=checks.mapping("pod_annotations"),
        ready_timeout_seconds=_ready_timeout(checks, load_seconds),
    )


def _ports(checks: Checks, kind: ModelServerKind) -> tuple[int, int | None, int | None]:
    """Ports for HTTP, gRPC and metrics, of which the last two may be none of their own."""
    port = checks.whole("port", kind.port, 1024, 65_535)
    more: dict[str, int | None] = {"grpc_port": kind.grpc_port, "metrics_port": kind.metrics_port}
    for key, number in more.items():
        if checks.given(key):
            more[key] = checks.whole(key, number or 0, 1024, 65_535)
    if checks.given("metrics_port") and more["metrics_port"] == port:
        more["metrics_port"] = None
    if clash := clashing_ports({"port": port, **more}):
        checks.problem("port", port, f"ports that differ: {clash}")
    return port, more["grpc_port"], more["metrics_port"]


def _paths(kind: ModelServerKind, name: str) -> tuple[str, str, str]:
    paths = (kind.startup_path or kind.ready_path, kind.ready_path, kind.live_path)
    first, second, third = (path.replace("{name}", name) for path in paths)
    return first, second, third


def open_values(
    name: str,
    ports: tuple[int, int | None, int | None],
    grace_seconds: int,
    folder: str = MODEL_FOLDER,
) -> dict[str, object]:
    """What texts of facts/model_servers.py leave open; `folder` is where the model is."""
    port, grpc_port, metrics_port = ports
    return {
        "name": name,
        "port": port,
        "grpc_port": grpc_port or port,
        "metrics_port": metrics_port or port,
        "model": folder,
        "files": CONFIG_FOLDER,
        **ending(grace_seconds),
    }


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text of facts/model_servers.py with what it leaves open."""
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text


def _files(checks: Checks, kind: ModelServerKind, values: Mapping[str, object]) -> dict[str, str]:
    own = checks.mapping("config")
    for file in (file for file in own if not _FILE.fullmatch(file)):
        checks.problem("config", file, "file names of letters, digits and . _ -")
    return {file: filled(text, values) for file, text in kind.files.items()} | own


def _names(checks: Checks, key: str) -> list[str]:
    found = checks.texts(key, [])
    for name in (name for name in found if not _LABEL.fullmatch(name)):
        checks.problem(key, name, "names of Secrets in the namespace")
    return found


def _disk(checks: Checks, compute: Compute, share: Usual) -> Disk:
    folders = checks.texts("writable_folders", [])
    if clash := clashing_folders((TMP, MODEL_FOLDER, CONFIG_FOLDER, *folders)):
        checks.problem("writable_folders", folders, f"folders apart from each other: {clash}")
    shm = checks.whole("shm_mib", 1024 if compute.gpus else 0, 0, 1024 * 1024)
    if shm >= compute.memory_limit_mib:
        checks.problem(
            "shm_mib", shm, f"less than the memory limit ({compute.memory_limit_mib}): it is memory"
        )
    return Disk(
        tmp_mib=checks.whole("tmp_mib", share.tmp_mib, 1, 1024 * 1024),
        shm_mib=shm,
        writable_folders=folders,
        writable_mib=checks.whole("writable_mib", 256, 1, 1024 * 1024),
        all_mib=checks.whole("disk_mib", 0, 1, 16 * 1024 * 1024),
    )


def _update(checks: Checks, *, edge: bool) -> tuple[str, str]:
    # At the edge a second copy of the model has no room.
    usual = ("0", "1") if edge else ("25%", "0")
    surge = checks.plain("update_max_surge", usual[0])
    missing = checks.plain("update_max_unavailable", usual[1])
    for key, amount in (("update_max_surge", surge), ("update_max_unavailable", missing)):
        if share_of(amount, 1) is None:
            checks.problem(key, amount, "a number of pods or a share, such as 1 or 25%")
    if share_of(surge, 100) == share_of(missing, 100) == 0:
        checks.problem(
            "update_max_surge", surge, "more than 0, or update_max_unavailable: nothing could move"
        )
    return surge, missing


def _ready_timeout(checks: Checks, load_seconds: int) -> int:
    timeout = checks.whole("ready_timeout_seconds", max(900, load_seconds), 30, 7200)
    if timeout < load_seconds:
        checks.problem("ready_timeout_seconds", timeout, f"at least load_seconds ({load_seconds})")
    return timeout
