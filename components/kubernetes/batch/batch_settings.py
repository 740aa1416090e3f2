"""The arguments of a batch run, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.labels import check_namespace
from components.kubernetes.server.compute import Compute, read_compute
from components.kubernetes.server.container_env import Environment, read_variables
from components.kubernetes.server.model_source import Storage, read_download
from components.serving import DATA_CLASSIFICATIONS, Deployed, check_name
from components.tags import read_environment
from facts.pods import USER_ID
from facts.schedules import SCHEDULE_KEYS, wrong_schedule, wrong_time_zone

__all__ = ["OVERLAPS", "BatchSettings", "read_batch_settings"]

# https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy
OVERLAPS: Final = {"forbid": "Forbid", "allow": "Allow", "replace": "Replace"}
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings(Deployed):
    """What a batch run is made from; `schedule` is None for one run per version."""

    model_version: str
    schedule: str | None
    time_zone: str
    overlap: str
    late_seconds: int
    suspended: bool
    partitions: int
    parallelism: int
    retries: int
    timeout_seconds: int
    wait_for_completion: bool
    kept_runs: int
    service_account_name: str
    arguments: list[str]
    variables: Environment
    compute: Compute
    storage: Storage
    scratch_mib: int
    pod_labels: dict[str, str]
    user_id: int


def read_batch_settings(checks: Checks, name: str, args: Mapping[str, Any]) -> BatchSettings:
    """Reads and notes what is wrong; the caller raises."""
    check_name(checks, name)
    check_namespace(checks)
    for key in ("model_uri", "image", "input_uri", "output_uri"):
        checks.text(key)
    schedule, time_zone = _schedule(checks, args)
    partitions = checks.whole("partitions", 1, 1, 100_000)
    parallelism = checks.whole("parallelism", 1, 1, 1000)
    if parallelism > partitions:
        checks.problem("parallelism", parallelism, f"at most partitions ({partitions})")
    return BatchSettings(
        name=name,
        environment=read_environment(checks),
        owner=checks.plain("owner"),
        model_version=checks.plain("model_version"),
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        schedule=schedule,
        time_zone=time_zone,
        overlap=checks.choice("overlap", "forbid", OVERLAPS),
        late_seconds=checks.whole("late_seconds", 3600, 10, 7 * _DAY),
        suspended=checks.flag("suspended", default=False),
        partitions=partitions,
        parallelism=parallelism,
        retries=checks.whole("retries", 2, 0, 100),
        timeout_seconds=checks.whole("timeout_seconds", 3600, 60, 7 * _DAY),
        wait_for_completion=checks.flag("wait_for_completion", default=True),
        kept_runs=checks.whole("kept_runs", 3, 1, 100),
        service_account_name=checks.plain("service_account_name", name),
        arguments=checks.texts("arguments", []),
        variables=read_variables(checks, args),
        compute=read_compute(checks),
        storage=read_download(checks, args),
        scratch_mib=checks.whole("scratch_mib", 1024, 64, 16 * 1024 * 1024),
        pod_labels=checks.mapping("pod_labels"),
        user_id=checks.whole("user_id", USER_ID, 1, 2**31 - 1),
        extra_tags=checks.mapping("tags"),
    )


def _schedule(checks: Checks, args: Mapping[str, Any]) -> tuple[str | None, str]:
    """The schedule and its zone; what belongs to a schedule is refused without one."""
    schedule = checks.plain("schedule") if checks.given("schedule") else None
    if schedule is not None and (wrong := wrong_schedule(schedule)):
        checks.problem("schedule", schedule, wrong)
    time_zone = checks.plain("time_zone", "Etc/UTC")
    if wrong := wrong_time_zone(time_zone):
        checks.problem("time_zone", time_zone, wrong)
    if schedule is None:
        for key in filter(checks.given, SCHEDULE_KEYS):
            checks.problem(key, args[key], "schedule beside it, or leave it out")
    elif checks.given("wait_for_completion"):
        got = args["wait_for_completion"]
        checks.problem("wait_for_completion", got, "it without a schedule only")
    return schedule, time_zone
