"""The arguments that only an online endpoint of Azure ML has, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.azure.blob_rights import read_containers
from components.checks import Checks
from components.managed import STRATEGIES, Capturing, Window, read_capture, read_schedules
from components.serving import Core, refuse_cut_off
from facts.azure_ml import (
    COOLDOWN_SECONDS,
    FRAMEWORKS,
    MIRROR_PERCENT,
    MOST_SCHEDULES,
    REGISTRY_MODEL,
    REQUEST_SECONDS,
    SIZES_PAGE,
    WORKSPACE_MODEL,
    endpoint_size,
    wrong_endpoint_name,
)
from facts.recurrences import SHAPE, recurrence
from facts.request_timeouts import AZURE_ML_SECONDS
from facts.resource_ids import azure_id
from facts.stores import STORES
from facts.strategies import slug
from facts.windows_time_zones import windows_time_zone

__all__ = ["METRICS", "AzureMlSettings", "Metric", "Probing", "Scaling", "read_settings"]

_BLOB: Final = STORES["blob"]
_MODEL: Final = rf"{_BLOB.pattern}|{WORKSPACE_MODEL}|{REGISTRY_MODEL}"
_MODEL_USE: Final = (
    f"{_BLOB.shape}, azureml:name:version, or azureml://registries/…/models/…/versions/…"
)
_PUBLIC_IMAGE: Final = "mcr.microsoft.com/"
_IMAGE: Final = r"([a-z0-9]{5,50}\.azurecr\.io|mcr\.microsoft\.com)/.+"
_PATH: Final = r"/\S*"
_MOST_INSTANCES: Final = 1000


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of Azure Monitor, and its usual target. `of_endpoint`: by the deployment's name.

    https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/
    microsoft-machinelearningservices-workspaces-onlineendpoints-metrics, read 2026-11-26.
    """

    name: str
    usual: float
    most: float
    of_endpoint: bool = False
    per_instance: bool = False


METRICS: Final = {
    "cpu": Metric("CpuUtilizationPercentage", 60, 100),
    "gpu": Metric("GpuUtilizationPercentage", 60, 100),
    "requests": Metric("RequestsPerMinute", 600, 1_000_000, of_endpoint=True, per_instance=True),
    "latency": Metric("RequestLatency_P95", 0, 180_000, of_endpoint=True),
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the number of instances follows."""

    metric: Metric
    target: float
    out_seconds: int
    in_seconds: int
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Probing:
    """How long a container may load, and how it is asked then."""

    load_seconds: int
    period_seconds: int
    timeout_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureMlSettings:
    """Beside `Core`."""

    strategy: str
    instance_type: str
    candidate_replicas: int
    request_timeout_seconds: int
    max_concurrent_requests: int
    probing: Probing
    scaling: Scaling | None
    capture: Capturing | None
    port: int
    live_path: str
    ready_path: str
    score_path: str
    model_mount_path: str
    env: dict[str, str]
    auth_mode: str
    public_access: bool
    egress_public_access: bool
    app_insights: bool
    alert_errors_per_minute: float
    ready_timeout_seconds: int
    containers: list[str]


def read_settings(checks: Checks, core: Core, args: Mapping[str, object]) -> AzureMlSettings:
    """Note what is wrong with the arguments, and answer the rest."""
    if wrong := wrong_endpoint_name(core.physical_name):
        checks.problem("name", core.physical_name, f"with the environment {wrong}")
    for key in ("subscription_id", "resource_group", "workspace_name"):
        checks.text(key)
    checks.optional_text("storage_resource_group", r".+", "the storage accounts' resource group")
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _MODEL, _MODEL_USE)
    _read_image(checks, args)
    containers = read_containers(checks, "artifact_container_ids")
    strategy = checks.choice("strategy", "canary", STRATEGIES)
    if strategy == "shadow" and not MIRROR_PERCENT.allows(core.canary_percent):
        checks.problem(
            "canary_percent",
            core.canary_percent,
            f"{MIRROR_PERCENT} with strategy shadow ({MIRROR_PERCENT.source})",
        )
    if core.candidate_version is not None and slug(core.candidate_version) == slug(
        core.model_version
    ):
        checks.problem(
            "candidate_version",
            core.candidate_version,
            "one that differs from the model's in more than punctuation",
        )
    if strategy != "canary" and core.candidate_version is None:
        checks.problem("strategy", strategy, "canary, or give candidate_version and _uri")
    checks.optional_text(
        "alert_action_group_id",
        azure_id("Microsoft.Insights/actionGroups").replace("Insights", "[iI]nsights"),
        "the id of an action group",
    )
    checks.optional_text(
        "log_workspace_id",
        azure_id("Microsoft.OperationalInsights/workspaces"),
        "the id of a Log Analytics workspace",
    )
    timeout = checks.whole(
        "request_timeout_seconds", AZURE_ML_SECONDS, 1, int(REQUEST_SECONDS.maximum or 0)
    )
    refuse_cut_off(checks, core.slo, timeout, "Azure ML")
    return AzureMlSettings(
        strategy=strategy,
        instance_type=_instance_type(checks),
        candidate_replicas=checks.whole(
            "candidate_replicas", core.min_replicas, 1, _MOST_INSTANCES
        ),
        request_timeout_seconds=timeout,
        max_concurrent_requests=checks.whole("max_concurrent_requests", 1, 1, 1000),
        probing=Probing(
            checks.whole("load_seconds", 300, 1, 7200),
            checks.whole("probe_period_seconds", 10, 1, 600),
            checks.whole("probe_timeout_seconds", 2, 1, 600),
        ),
        scaling=_read_scaling(checks, core, args),
        capture=read_capture(checks, args, pattern=_BLOB.pattern, use=_BLOB.shape),
        port=checks.whole("port", 8080, 1, 65_535),
        live_path=_path(checks, "live_path", "/healthz"),
        ready_path=_path(checks, "ready_path", "/readyz"),
        score_path=_path(checks, "score_path", "/score"),
        model_mount_path=_path(checks, "model_mount_path", "/var/azureml-app/azureml-models"),
        env=checks.mapping("env"),
        auth_mode=checks.choice("auth_mode", "aad_token", ("aad_token", "key")),
        public_access=checks.flag("public_access", default=False),
        egress_public_access=checks.flag("egress_public_access", default=False),
        app_insights=checks.flag("app_insights", default=False),
        alert_errors_per_minute=checks.number("alert_errors_per_minute", 1, 0.2, 100_000),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 3600, 60, 14_400),
        containers=containers,
    )


def _instance_type(checks: Checks) -> str:
    size = checks.plain("instance_type")
    if size and endpoint_size(size) is None:
        use = f"a size of managed online endpoints, such as Standard_DS3_v2 ({SIZES_PAGE})"
        checks.problem("instance_type", size, use)
    return size


def _read_image(checks: Checks, args: Mapping[str, object]) -> None:
    image, framework = args.get("image"), args.get("framework")
    use = "an image at azurecr.io or mcr.microsoft.com"
    checks.optional_text("image", _IMAGE, use)
    checks.optional_text("candidate_image", _IMAGE, use)
    if checks.given("candidate_image") and not checks.given("image"):
        checks.problem("candidate_image", args["candidate_image"], "it beside image")
    if image is None:
        if framework not in FRAMEWORKS:
            checks.problem("framework", framework, f"{' or '.join(FRAMEWORKS)}, or give image")
        for key in ("port", "live_path", "ready_path", "score_path", "model_mount_path"):
            if checks.given(key):
                checks.problem(key, args[key], "it with an image of your own")
    elif framework is not None and framework not in FRAMEWORKS:
        checks.problem("framework", framework, f"{' or '.join(FRAMEWORKS)}, or none beside image")
    images = [image, args.get("candidate_image")]
    public = image is not None and all(
        one is None or (isinstance(one, str) and one.startswith(_PUBLIC_IMAGE)) for one in images
    )
    pattern = azure_id("Microsoft.ContainerRegistry/registries")
    if not public:
        checks.text("registry_id", pattern, "the id of the registry that has the images")
    else:
        checks.optional_text("registry_id", pattern, "the id of a registry")


def _read_scaling(checks: Checks, core: Core, args: Mapping[str, object]) -> Scaling | None:
    word = checks.choice("scaling_metric", "cpu", METRICS)
    metric = METRICS.get(word, METRICS["cpu"])
    usual = metric.usual or core.slo.latency_p95_ms
    target = checks.number("scaling_target", usual, 0.001, metric.most)
    out_seconds = checks.whole("scale_out_cooldown_seconds", 300, COOLDOWN_SECONDS, 86_400)
    in_seconds = checks.whole("scale_in_cooldown_seconds", 600, COOLDOWN_SECONDS, 86_400)
    windows = read_schedules(checks)
    if len(windows) > MOST_SCHEDULES:
        checks.problem("scaling_schedules", len(windows), f"at most {MOST_SCHEDULES} of them")
    for number, window in enumerate(windows):
        place = f"scaling_schedules[{number}]"
        if recurrence(window.schedule) is None:
            checks.problem(f"{place}.schedule", window.schedule, SHAPE)
        if windows_time_zone(window.time_zone) is None:
            checks.problem(f"{place}.time_zone", window.time_zone, "a zone that Windows knows")
    if core.max_replicas > core.min_replicas or windows:
        return Scaling(metric, target, out_seconds, in_seconds, tuple(windows))
    for key in ("scaling_metric", "scaling_target"):
        if checks.given(key):
            checks.problem(key, args[key], "it with max_replicas above min_replicas")
    return None


def _path(checks: Checks, key: str, usual: str) -> str:
    checks.optional_text(key, _PATH, f"a path such as {usual}")
    return checks.plain(key, usual)
