"""The arguments of a batch prediction on Vertex AI, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.gcp.place import check_place
from components.gcp.vertex.vertex_batch_schedule import Schedule
from components.gcp.vertex.vertex_container import Container, check_gpu, check_uri, read_container
from components.gcp.vertex.vertex_machine import Machine, read_machine
from components.gcp.vertex.vertex_names import check_physical_name
from components.serving import DATA_CLASSIFICATIONS, Deployed, check_name
from components.tags import read_environment
from facts.schedules import wrong_schedule, wrong_time_zone
from facts.vertex_serving import CRON_WORDS, INPUT_FORMATS, OUTPUT_FORMATS

__all__ = ["BatchSettings", "in_bigquery", "read_batch"]

_INPUT: Final = r"gs://[a-z0-9._-]+/.+|bq://[^.\s]+\.[^.\s]+\.[^.\s]+"
_OUTPUT: Final = r"gs://[a-z0-9._-]+/.+|bq://[^.\s]+\.[^.\s]+"
_WEEK: Final = 7 * 24 * 3600
_OF_A_SCHEDULE: Final = ("time_zone", "suspended", "retries")
_OF_ONE_RUN: Final = ("wait_for_completion", "timeout_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings(Deployed):
    """What a batch prediction is made from; `schedule` is None for one run per version."""

    region: str
    model_version: str
    container: Container | None
    """None for a version of the registry."""
    machine: Machine
    parallelism: int
    batch_size: int | None
    input_format: str
    output_format: str
    schedule: Schedule | None
    timeout_seconds: int
    wait_for_completion: bool
    ready_timeout_seconds: int

    @property
    def physical_name(self) -> str:
        """What Google calls it, beside an endpoint that the model may still have."""
        return f"{self.name}-{self.environment}-batch"


def in_bigquery(uri: object) -> bool:
    """Whether a place is a table or a dataset; what is not known yet is in Cloud Storage."""
    return isinstance(uri, str) and uri.startswith("bq://")


def read_batch(checks: Checks, name: str, args: Mapping[str, Any]) -> BatchSettings:
    """Reads and notes what is wrong; the caller raises."""
    check_name(checks, name)
    region = check_place(checks, args)
    checks.text("model_uri")
    check_uri(checks, "model_uri", args.get("model_uri"), region)
    checks.text("input_uri", _INPUT, "gs://bucket/path, or bq://project.dataset.table")
    checks.text("output_uri", _OUTPUT, "gs://bucket/path, or bq://project.dataset")
    version = checks.plain("model_version")
    containers = read_container(
        checks, args, {version: args.get("model_uri", "")}, {version: "image"}
    )
    check_gpu(checks, containers, args.get("accelerator"))
    settings = BatchSettings(
        name=name,
        environment=read_environment(checks),
        owner=checks.plain("owner"),
        region=region,
        model_version=version,
        data_classification=checks.choice("data_classification", "internal", DATA_CLASSIFICATIONS),
        container=containers.get(version),
        machine=read_machine(checks),
        parallelism=checks.whole("parallelism", 1, 1, 1000),
        batch_size=checks.whole("batch_size", 64, 1, 100_000)
        if checks.given("batch_size")
        else None,
        input_format=_format(checks, "input_format", args.get("input_uri"), INPUT_FORMATS),
        output_format=_format(checks, "output_format", args.get("output_uri"), OUTPUT_FORMATS),
        schedule=_schedule(checks, args),
        timeout_seconds=checks.whole("timeout_seconds", 3600, 60, _WEEK),
        wait_for_completion=checks.flag("wait_for_completion", default=True),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 3600, 60, 7200),
        extra_tags=checks.mapping("tags"),
    )
    check_physical_name(checks, settings.physical_name)
    return settings


def _format(checks: Checks, key: str, uri: object, known: tuple[str, ...]) -> str:
    """The form of the rows: BigQuery's there, and none of BigQuery's elsewhere."""
    there = in_bigquery(uri)
    usual = "bigquery" if there else "jsonl"
    word = checks.choice(key, usual, known)
    if (word == "bigquery") != there:
        checks.problem(key, word, "bigquery with bq://, another with gs://")
    return word


def _schedule(checks: Checks, args: Mapping[str, Any]) -> Schedule | None:
    """The schedule; what belongs to it, or to a single run, is refused beside the other."""
    if not checks.given("schedule"):
        for key in filter(checks.given, _OF_A_SCHEDULE):
            checks.problem(key, args[key], "schedule beside it, or leave it out")
        return None
    for key in filter(checks.given, _OF_ONE_RUN):
        checks.problem(key, args[key], "it without a schedule only")
    cron = checks.plain("schedule")
    if wrong := wrong_schedule(cron):
        checks.problem("schedule", cron, wrong)
    elif re.match(r"@every\b", cron):
        checks.problem("schedule", cron, "five fields: Cloud Scheduler knows no @every")
    zone = checks.plain("time_zone", "Etc/UTC")
    if wrong := wrong_time_zone(zone):
        checks.problem("time_zone", zone, wrong)
    return Schedule(
        cron=CRON_WORDS.get(cron, cron),
        time_zone=zone,
        suspended=checks.flag("suspended", default=False),
        retries=checks.whole("retries", 2, 0, 5),
    )
