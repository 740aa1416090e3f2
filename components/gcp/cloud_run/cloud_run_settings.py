"""The arguments of a Cloud Run endpoint that only Cloud Run has, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.gcp.cloud_run.cloud_run_code import Code, read_code
from components.gcp.cloud_run.cloud_run_variables import read_secrets, read_variables
from components.gcp.monitoring.asked import read_channels
from components.gcp.place import check_place
from components.serving import Core
from facts.cloud_run import (
    CONCURRENCY,
    CONCURRENCY_UTILIZATION_PERCENT,
    GPUS,
    LONGEST_DESCRIPTION,
    LONGEST_SERVICE,
    MEMORY_MIB,
    PUBLIC_MEMBERS,
    STARTUP_SECONDS,
    TIMEOUT_SECONDS,
    Gpu,
    cpu_misfit,
)
from facts.limits import Limit
from facts.strategies import slug

__all__ = ["CloudRunSettings", "read_cloud_run", "usual_max"]

_USUAL_MAX: Final = 10
_NAME: Final = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_CONNECTOR: Final = r"projects/[^/]+/locations/[^/]+/connectors/[^/]+"
_MEMBER: Final = (
    rf"(user|group|domain|serviceAccount|principal|principalSet):\S+|{'|'.join(PUBLIC_MEMBERS)}"
)
_ROUTE: Final = r"/[^\s?#]*"
_EGRESS: Final = ("private_ranges_only", "all_traffic")
_POLICY: Final = r"projects/[^/]+/platforms/cloudRun/[^/]+"
_HIGHEST_PORT: Final = 65_535
_DIRECT: Final = ("network", "subnetwork", "network_tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRunSettings:
    """What the service is made from."""

    region: str
    code: Code
    cpu: float
    memory_mib: int
    gpu: Gpu | None
    gpu_zonal_redundancy: bool
    cpu_always: bool
    startup_cpu_boost: bool
    concurrency: int
    target_utilization: float | None
    """Share of the concurrency that instances are added at, 0 to 1; None: Google's own."""
    timeout_seconds: int
    load_seconds: int
    port: int
    tcp_health: bool
    startup_path: str
    liveness_path: str
    predict_route: str
    variables: dict[str, pulumi.Input[str]]
    secrets: dict[str, str]
    public_access: bool
    callers: list[str]
    vpc_egress: str
    network_tags: list[str]
    custom_audiences: list[str]
    binary_authorization: bool
    binary_authorization_policy: str | None
    deletion_protection: bool
    redeploy: str | None


def usual_max(args: Mapping[str, object]) -> int:
    """Most instances where nothing is said: few with GPUs, which count against a quota."""
    gpu = GPUS.get(str(args.get("accelerator")))
    return gpu.most_instances if gpu else _USUAL_MAX


def read_cloud_run(checks: Checks, core: Core, args: Mapping[str, Any]) -> CloudRunSettings:
    """Reads and notes what is wrong; the caller raises."""
    region = _place(checks, core, args)
    code = read_code(checks, core, args, region)
    gpu = _gpu(checks, region)
    cpu, memory_mib = _size(checks, args, gpu)
    _network(checks, args)
    timeout_seconds = checks.whole("timeout_seconds", 10, *_ends(TIMEOUT_SECONDS))
    if core.slo.latency_p95_ms >= timeout_seconds * 1000:
        use = f"more than latency_p95_ms ({core.slo.latency_p95_ms:g} ms)"
        checks.problem("timeout_seconds", timeout_seconds, use)
    cpu_always = checks.flag("cpu_always", default=gpu is not None)
    if gpu is not None and not cpu_always:
        checks.problem("cpu_always", cpu_always, "true: a GPU is paid as long as an instance is")
    tcp_health = checks.flag("tcp_health", default=False)
    for key in ("startup_path", "liveness_path", "predict_route"):
        checks.optional_text(key, _ROUTE, "a path that begins with /")
        if tcp_health and key != "predict_route" and checks.given(key):
            checks.problem(key, args[key], "it without tcp_health")
    own = read_variables(checks)
    route = f"/v1/models/{core.name}:predict" if code.archives is None else "/predict"
    settings = CloudRunSettings(
        region=region,
        code=code,
        cpu=cpu,
        memory_mib=memory_mib,
        gpu=gpu,
        gpu_zonal_redundancy=checks.flag("gpu_zonal_redundancy", default=False),
        cpu_always=cpu_always,
        startup_cpu_boost=checks.flag("startup_cpu_boost", default=True),
        concurrency=checks.whole("concurrency", 8, *_ends(CONCURRENCY)),
        target_utilization=_utilization(checks),
        timeout_seconds=timeout_seconds,
        load_seconds=checks.whole("load_seconds", 240, *_ends(STARTUP_SECONDS)),
        port=checks.whole("port", 8080, 1, _HIGHEST_PORT),
        tcp_health=tcp_health,
        startup_path=checks.plain("startup_path", "/health/startup"),
        liveness_path=checks.plain("liveness_path", "/health/live"),
        predict_route=checks.plain("predict_route", route),
        variables=dict(own),
        secrets=read_secrets(checks, own),
        public_access=checks.flag("public_access", default=False),
        callers=checks.texts("callers", []),
        vpc_egress=checks.choice("vpc_egress", _EGRESS[0], _EGRESS),
        network_tags=checks.texts("network_tags", []),
        custom_audiences=checks.texts("custom_audiences", []),
        binary_authorization=checks.flag("binary_authorization", default=False),
        binary_authorization_policy=checks.optional("binary_authorization_policy"),
        deletion_protection=checks.flag("deletion_protection", default=False),
        redeploy=checks.optional("redeploy"),
    )
    _who_calls(checks, core, settings)
    _policies(checks, args, settings)
    return settings


def _utilization(checks: Checks) -> float | None:
    percent = checks.whole("target_utilization_percent", 0, *_ends(CONCURRENCY_UTILIZATION_PERCENT))
    return percent / 100 if checks.given("target_utilization_percent") else None


def _place(checks: Checks, core: Core, args: Mapping[str, Any]) -> str:
    """Project, region, key, account and names."""
    region = check_place(checks, args)
    name = core.physical_name
    if not re.fullmatch(_NAME, name) or len(name) > LONGEST_SERVICE:
        use = f"with environment lower case, digits and '-', at most {LONGEST_SERVICE} signs"
        checks.problem("name", name, use)
    if len(str(args.get("description") or "")) > LONGEST_DESCRIPTION:
        checks.problem("description", args["description"], f"at most {LONGEST_DESCRIPTION} signs")
    candidate = core.candidate_version
    if candidate not in {None, core.model_version} and slug(candidate or "") == slug(
        core.model_version
    ):
        use = f"another than {core.model_version}: both are named {slug(core.model_version)}"
        checks.problem("candidate_version", candidate, use)
    return region


def _gpu(checks: Checks, region: str) -> Gpu | None:
    name = checks.optional("accelerator")
    if name is None:
        if checks.given("gpu_zonal_redundancy"):
            checks.problem("gpu_zonal_redundancy", True, "it with accelerator")  # noqa: FBT003 - what was got
        return None
    gpu = GPUS.get(name)
    if gpu is None:
        checks.problem("accelerator", name, f"one of {', '.join(GPUS)}")
    elif region and region not in (*gpu.regions, *gpu.invited):
        checks.problem("region", region, f"for {name} one of {', '.join(gpu.regions)}")
    return gpu


def _size(checks: Checks, args: Mapping[str, Any], gpu: Gpu | None) -> tuple[float, int]:
    """CPU and memory, which go together."""
    most_cpu, most_memory = (64, 1024 * 1024) if gpu else (8, MEMORY_MIB.maximum or 0)
    cpu = checks.number("cpu", gpu.cpu if gpu else 1, 1, most_cpu)
    usual = gpu.memory_mib if gpu else 1024
    least, _ = _ends(MEMORY_MIB)
    memory_mib = checks.whole("memory_mib", usual, least, int(most_memory))
    if wrong := cpu_misfit(cpu, memory_mib, gpu):
        key = "memory_mib" if checks.given("memory_mib") else "cpu"
        checks.problem(key, args.get(key), wrong)
    return cpu, memory_mib


def _network(checks: Checks, args: Mapping[str, Any]) -> None:
    """A connector, or a network and subnetwork directly, or neither."""
    checks.optional_text("connector", _CONNECTOR, "projects/…/locations/…/connectors/…")
    direct = [key for key in _DIRECT if checks.given(key)]
    if checks.given("connector") and direct:
        checks.problem(direct[0], args[direct[0]], "either a connector, or a network directly")
    if checks.given("network_tags") and not checks.given("network"):
        checks.problem("network_tags", args["network_tags"], "it with network and subnetwork")
    if checks.given("network") != checks.given("subnetwork"):
        lacks = "subnetwork" if checks.given("network") else "network"
        checks.problem(lacks, None, "both network and subnetwork, or neither")
    if checks.given("vpc_egress") and not direct and not checks.given("connector"):
        checks.problem("vpc_egress", args["vpc_egress"], "it with network, or with connector")


def _who_calls(checks: Checks, core: Core, settings: CloudRunSettings) -> None:
    """Everybody calls only what is open and sees public data."""
    for member in settings.callers:
        if not re.fullmatch(_MEMBER, member):
            checks.problem("callers", member, "IAM members, such as serviceAccount:shop@…")
        elif member in PUBLIC_MEMBERS and (
            not settings.public_access or core.data_classification != "public"
        ):
            use = "named members; everybody only with public_access and data_classification public"
            checks.problem("callers", member, use)


def _policies(checks: Checks, args: Mapping[str, Any], settings: CloudRunSettings) -> None:
    checks.optional_text(
        "binary_authorization_policy", _POLICY, "projects/…/platforms/cloudRun/<policy>"
    )
    if settings.binary_authorization and settings.binary_authorization_policy:
        use = "either the project's own policy or another one"
        checks.problem("binary_authorization_policy", args["binary_authorization_policy"], use)
    read_channels(checks, args, "notification_channels")


def _ends(limit: Limit) -> tuple[int, int]:
    return int(limit.minimum or 0), int(limit.maximum or 0)
