"""What a SageMaker inference component is asked to be, checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.aws.log_retention import read_retention
from components.aws.sagemaker.sagemaker_component_endpoint import Hosting, read_instance_type
from components.aws.sagemaker.sagemaker_image import check_image
from components.aws.sagemaker.sagemaker_names import LONGEST_NAME, check_endpoint_name
from components.checks import Checks
from components.serving import Base
from facts.inference_components import (
    BATCH_PERCENT,
    CPU,
    DEFAULT_BATCH_PERCENT,
    MEMORY_MIB,
    SOURCE,
    STARTUP_SECONDS,
    Copy,
    component_name,
    instances_for,
    misfit,
)
from facts.limits import Limit
from facts.sagemaker_hosting import S3_URI

__all__ = ["Settings", "read_settings"]

_ENDPOINT: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_LARGEST: Final = 4 * 1024 * 1024
_MOST_INSTANCES: Final = 1000
# MaximumExecutionTimeoutInSeconds: API_InferenceComponentRollingUpdatePolicy.
_ROLLING_SECONDS: Final = (600, 28_800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The arguments that only an inference component has."""

    model_version: str
    component_name: str
    env: Mapping[str, str]
    copy: Copy
    download_timeout_seconds: int | None
    startup_timeout_seconds: int | None
    batch_percent: int
    wait_seconds: int
    log_retention_days: int
    live_timeout_seconds: int
    hosting: Hosting | None
    """The endpoint of its own; None on a shared one."""

    def specification(self, model_name: pulumi.Input[str]) -> dict[str, Any]:
        """What every copy runs and gets, as SageMaker's API spells it."""
        needs: dict[str, Any] = {"MinMemoryRequiredInMb": self.copy.memory_mib}
        if self.copy.cpu:
            needs["NumberOfCpuCoresRequired"] = self.copy.cpu
        if self.copy.accelerators:
            needs["NumberOfAcceleratorDevicesRequired"] = self.copy.accelerators
        startup = {
            "ModelDataDownloadTimeoutInSeconds": self.download_timeout_seconds,
            "ContainerStartupHealthCheckTimeoutInSeconds": self.startup_timeout_seconds,
        }
        given = {key: value for key, value in startup.items() if value is not None}
        return {
            "ModelName": model_name,
            "ComputeResourceRequirements": needs,
            **({"StartupParameters": given} if given else {}),
        }

    def deployment_config(self, alarm_names: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
        """A rolling update that goes back when one of these alarms rings."""
        return {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": self.batch_percent},
                "WaitIntervalInSeconds": self.wait_seconds,
                "MaximumExecutionTimeoutInSeconds": _execution_seconds(
                    self.batch_percent, self.wait_seconds
                ),
            },
            "AutoRollbackConfiguration": {
                "Alarms": [{"AlarmName": name} for name in alarm_names],
            },
        }


def read_settings(checks: Checks, args: Mapping[str, Any], base: Base) -> Settings:
    """All of them; what does not fit on the instances is a problem too."""
    checks.text("model_uri", S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    check_image(checks, args)
    server = _server(checks)
    name = component_name(base.name, base.environment, server)
    if len(name) > LONGEST_NAME:
        checks.problem("name", name, f"at most {LONGEST_NAME} signs with the server's name")
    retention_days = read_retention(checks, usual=30)
    copy = _copy(checks)
    batch = checks.whole("shift_size_percent", DEFAULT_BATCH_PERCENT, *_bounds(BATCH_PERCENT))
    wait = checks.whole("shift_wait_seconds", 120, 0, 3600)
    seconds = checks.whole(
        "live_timeout_seconds", _execution_seconds(batch, wait) + 3600, 1, 36_000
    )
    return Settings(
        model_version=checks.plain("model_version"),
        component_name=name,
        env=checks.mapping("env"),
        copy=copy,
        download_timeout_seconds=_startup(checks, "download_timeout_seconds"),
        startup_timeout_seconds=_startup(checks, "startup_timeout_seconds"),
        batch_percent=batch,
        wait_seconds=wait,
        log_retention_days=retention_days,
        live_timeout_seconds=seconds,
        hosting=_hosting(
            *(checks, args, base, copy, retention_days),
            batch_percent=batch,
            shared=server is not None,
        ),
    )


def _server(checks: Checks) -> str | None:
    if not checks.given("server"):
        return None
    checks.text("server", _ENDPOINT, "the name of a shared endpoint, such as pool-dev")
    return checks.optional("server")


def _copy(checks: Checks) -> Copy:
    """What one copy needs."""
    if not checks.given("memory_mib"):
        low = int(MEMORY_MIB.minimum or 0)
        checks.problem("memory_mib", None, f"a whole number from {low}: {SOURCE}")
    return Copy(
        checks.number("cpu", 0, CPU.minimum or 0, 512),
        checks.whole("memory_mib", int(MEMORY_MIB.minimum or 0), *_bounds(MEMORY_MIB, _LARGEST)),
        checks.whole("accelerator_count", 0, 1, 16),
    )


def _startup(checks: Checks, key: str) -> int | None:
    return checks.whole(key, 0, *_bounds(STARTUP_SECONDS)) if checks.given(key) else None


def _hosting(
    checks: Checks,
    args: Mapping[str, Any],
    base: Base,
    copy: Copy,
    retention_days: int,
    *,
    batch_percent: int,
    shared: bool,
) -> Hosting | None:
    """The endpoint of its own, with room for all copies; None on a shared one."""
    if shared and not checks.given("instance_type"):
        for key in ("min_instances", "max_instances"):
            if checks.given(key):
                checks.problem(key, args[key], "it without server, whose instances they are not")
        return None
    instance_type = read_instance_type(checks)
    if not instance_type:
        return None
    enough = instances_for(copy, instance_type, base.max_replicas, batch_percent)
    low = checks.whole("min_instances", min(1, base.min_replicas), 0, _MOST_INSTANCES)
    high = checks.whole("max_instances", max(enough, low), 1, _MOST_INSTANCES)
    if high < low:
        checks.problem("max_instances", high, f"at least min_instances ({low})")
    # Of a shared endpoint only whether one copy fits can be told here.
    needed = {base.name: (copy, 1 if shared else base.max_replicas)}
    wrong = misfit(needed, instance_type, 1 if shared else high)
    if wrong:
        key = "max_instances" if checks.given("max_instances") else "instance_type"
        checks.problem(key, args.get(key), f"larger or more instances: {wrong}")
    if shared:
        return None
    endpoint_name = base.physical_name_as("component")
    check_endpoint_name(checks, endpoint_name)
    return Hosting(
        endpoint_name=endpoint_name,
        instance_type=instance_type,
        min_instances=low,
        max_instances=high,
        log_retention_days=retention_days,
        log_key_arn=args.get("key_arn"),
        timeout_seconds=3600,
    )


def _execution_seconds(batch_percent: int, wait_seconds: int) -> int:
    """Twice what the batches wait for, and half an hour for copies to start; as SageMaker takes."""
    least, most = _ROLLING_SECONDS
    return min(max(2 * wait_seconds * math.ceil(100 / batch_percent) + 1800, least), most)


def _bounds(limit: Limit, most: int = 0) -> tuple[int, int]:
    return int(limit.minimum or 0), int(limit.maximum if limit.maximum is not None else most)
