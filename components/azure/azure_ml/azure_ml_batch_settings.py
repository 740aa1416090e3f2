"""The arguments of a batch endpoint, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.azure.blob_rights import read_containers
from components.checks import Checks
from components.serving import DATA_CLASSIFICATIONS, Deployed, check_name
from components.tags import read_environment
from facts.azure_ml import (
    BATCH_SCHEDULE_PAGE,
    COMPUTE_NAME,
    COMPUTE_NAME_SHAPE,
    WORKSPACE_MODEL,
    wrong_endpoint_name,
)
from facts.recurrences import SHAPE, Recurrence, recurrence
from facts.resource_ids import azure_id
from facts.schedules import wrong_schedule, wrong_time_zone
from facts.stores import STORES
from facts.windows_time_zones import windows_time_zone

__all__ = ["BatchEndpointSettings", "Timetable", "read_batch_endpoint"]

_BLOB: Final = STORES["blob"]
_KNOWN: Final = "known text, of which rights follow, and no output of another resource"
_IMAGE: Final = r"[a-z0-9.-]+(:[0-9]+)?/.+"
_OF_A_CLUSTER: Final = (
    "instance_type",
    "low_priority",
    "idle_seconds",
    "subnet_id",
    "public_nodes",
)
_OF_A_SCRIPT: Final = ("code_uri", "scoring_script")
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Timetable:
    """When runs begin, as Azure keeps it."""

    recurrence: Recurrence
    zone: str
    """As Windows calls it."""
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEndpointSettings(Deployed):
    """What a batch endpoint is made from."""

    description: str
    model_version: str
    model_uri: str
    input_uri: str
    output_uri: str
    code_uri: str | None
    scoring_script: str
    env: dict[str, str]
    timetable: Timetable | None
    schedule: str | None
    compute_name: str | None
    instance_type: str
    low_priority: bool
    idle_seconds: int
    public_nodes: bool
    parallelism: int
    concurrency_per_instance: int
    mini_batch_size: int
    mini_batch_timeout_seconds: int
    retries: int
    error_threshold: int
    output_action: str
    output_file_name: str
    artifact_container_ids: list[str]

    @property
    def asset_name(self) -> str:
        """Of what is in the workspace; an online endpoint's model of that name can be there too."""
        return f"{self.physical_name}-batch"


def read_batch_endpoint(
    checks: Checks, name: str, args: Mapping[str, Any]
) -> BatchEndpointSettings:
    """Reads and notes what is wrong; the caller raises."""
    check_name(checks, name)
    environment = read_environment(checks)
    if wrong := wrong_endpoint_name(f"{name}-{environment}"):
        checks.problem("name", f"{name}-{environment}", f"with the environment {wrong}")
    for key in ("subscription_id", "resource_group", "workspace_name"):
        checks.text(key)
    checks.optional_text("storage_resource_group", r".+", "the storage accounts' resource group")
    checks.optional_text(
        "registry_id", azure_id("Microsoft.ContainerRegistry/registries"), "the id of a registry"
    )
    checks.optional_text(
        "subnet_id",
        azure_id("Microsoft.Network/virtualNetworks", "[^/]+/subnets/[^/]+"),
        "the id of a subnet",
    )
    _read_scorer(checks, args)
    _read_cluster(checks, args)
    return BatchEndpointSettings(
        name=name,
        environment=environment,
        owner=checks.plain("owner"),
        description=checks.plain("description", ""),
        model_version=checks.plain("model_version"),
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        model_uri=_model(checks, args),
        input_uri=_place(checks, args, "input_uri"),
        output_uri=_place(checks, args, "output_uri"),
        code_uri=_place(checks, args, "code_uri") if checks.given("code_uri") else None,
        scoring_script=checks.plain("scoring_script", "score.py"),
        env=checks.mapping("env"),
        timetable=_timetable(checks, args),
        schedule=checks.optional("schedule"),
        compute_name=checks.optional("compute_name"),
        instance_type=checks.plain("instance_type", "Standard_DS3_v2"),
        low_priority=checks.flag("low_priority", default=False),
        idle_seconds=checks.whole("idle_seconds", 120, 60, _DAY),
        public_nodes=checks.flag("public_nodes", default=False),
        parallelism=checks.whole("parallelism", 1, 1, 100),
        concurrency_per_instance=checks.whole("concurrency_per_instance", 1, 1, 1000),
        mini_batch_size=checks.whole("mini_batch_size", 10, 1, 1_000_000),
        mini_batch_timeout_seconds=checks.whole("mini_batch_timeout_seconds", 30, 1, _DAY),
        retries=checks.whole("retries", 3, 0, 100),
        error_threshold=checks.whole("error_threshold", 0, -1, 2**31 - 1),
        output_action=checks.choice("output_action", "append_row", ("append_row", "summary_only")),
        output_file_name=_file_name(checks),
        artifact_container_ids=read_containers(checks, "artifact_container_ids"),
        extra_tags=checks.mapping("tags"),
    )


def _model(checks: Checks, args: Mapping[str, Any]) -> str:
    uri = args.get("model_uri")
    use = f"{_BLOB.shape}, or azureml:name:version"
    if not isinstance(uri, str):
        checks.problem("model_uri", None if uri is None else "an output", f"{use}: {_KNOWN}")
        return ""
    if not re.fullmatch(rf"{_BLOB.pattern}|{WORKSPACE_MODEL}", uri):
        checks.problem("model_uri", uri, use)
    return uri


def _place(checks: Checks, args: Mapping[str, Any], key: str) -> str:
    uri = args.get(key)
    if not isinstance(uri, str):
        checks.problem(key, None if uri is None else "an output", f"{_BLOB.shape}: {_KNOWN}")
        return ""
    if not re.fullmatch(_BLOB.pattern, uri):
        checks.problem(key, uri, _BLOB.shape)
    return uri


def _read_scorer(checks: Checks, args: Mapping[str, Any]) -> None:
    """A model that loads itself, or a script and the image that it runs in."""
    checks.optional_text("image", _IMAGE, "an image with its registry")
    if not checks.given("image"):
        if args.get("framework") != "mlflow":
            checks.problem("framework", args.get("framework"), "mlflow, or give image and code_uri")
        for key in filter(checks.given, _OF_A_SCRIPT):
            checks.problem(key, args[key], "it beside image, which runs it")
    elif not checks.given("code_uri"):
        checks.problem("code_uri", None, f"the folder of the scoring script: {_BLOB.shape}")


def _read_cluster(checks: Checks, args: Mapping[str, Any]) -> None:
    if checks.given("compute_name"):
        checks.text("compute_name", rf"(?=.{{3,24}}$){COMPUTE_NAME}", COMPUTE_NAME_SHAPE)
        for key in filter(checks.given, _OF_A_CLUSTER):
            checks.problem(key, args[key], "none: compute_name is a cluster that is there")
    checks.optional_text("instance_type", r"(?i:standard)_\w+", "a size such as Standard_DS3_v2")


def _timetable(checks: Checks, args: Mapping[str, Any]) -> Timetable | None:
    schedule, zone = checks.optional("schedule"), checks.plain("time_zone", "Etc/UTC")
    on_demand = checks.flag("on_demand", default=False)
    suspended = checks.flag("suspended", default=False)
    if schedule is None:
        for key in filter(checks.given, ("time_zone", "suspended")):
            checks.problem(key, args[key], "schedule beside it, or leave it out")
        if not on_demand:
            checks.problem(
                "schedule",
                None,
                "a schedule, or on_demand: true and invoke the endpoint yourself: an update starts "
                f"no run ({BATCH_SCHEDULE_PAGE})",
            )
        return None
    if on_demand:
        checks.problem("on_demand", on_demand, "it without schedule, or leave it out")
    kept, name = recurrence(schedule), windows_time_zone(zone)
    if kept is None:
        checks.problem("schedule", schedule, wrong_schedule(schedule) or SHAPE)
    if name is None:
        checks.problem("time_zone", zone, wrong_time_zone(zone) or "a zone that Windows knows")
    return Timetable(kept, name, suspended) if kept and name else None


def _file_name(checks: Checks) -> str:
    checks.optional_text("output_file_name", r"[\w.-]{1,128}", "a name such as predictions.csv")
    return checks.plain("output_file_name", "predictions.csv")
