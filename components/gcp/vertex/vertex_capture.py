"""Requests and answers of a Vertex AI endpoint, kept in BigQuery.

What is kept is as sensitive as what callers send: off unless it is asked for, encrypted by the
endpoint's key, and gone after some days.
https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.serving import Core

__all__ = ["Captured", "captured", "read_capture"]

_TABLE: Final = r"bq://[a-z][a-z0-9:.-]*[a-z0-9]\.[A-Za-z0-9_]+\.[A-Za-z0-9_$-]+"
_DAY_MS: Final = 24 * 3600 * 1000
# What the API calls the table where nobody names it.
_USUAL_TABLE: Final = "request_response_logging"


@dataclass(frozen=True, slots=True)
class Captured:
    """What is kept, checked; `uri` is None for a dataset of the endpoint's own."""

    percent: int
    uri: pulumi.Input[str] | None
    days: int


def read_capture(checks: Checks, args: Mapping[str, Any]) -> Captured | None:
    """`capture_percent`, `capture_uri` and `capture_days`; None where nothing is kept."""
    percent = checks.whole("capture_percent", 0, 0, 100)
    checks.optional_text("capture_uri", _TABLE, "bq://project.dataset.table")
    days = checks.whole("capture_days", 30, 1, 3650)
    if percent == 0:
        for key in filter(checks.given, ("capture_uri", "capture_days")):
            checks.problem(key, args[key], "it with capture_percent, or not at all")
        return None
    if checks.given("capture_uri") and checks.given("capture_days"):
        checks.problem("capture_days", days, "the expiry of the dataset that capture_uri names")
    return Captured(percent, args.get("capture_uri"), days)


def captured(
    asked: Captured,
    core: Core,
    *,
    project: pulumi.Input[str],
    region: str,
    key: pulumi.Input[str],
    agent: pulumi.Input[str],
    labels: Mapping[str, str],
    after: list[pulumi.Resource],
    parent: pulumi.Resource,
) -> tuple[gcp.vertex.AiEndpointPredictRequestResponseLoggingConfigArgsDict, list[pulumi.Resource]]:
    """The endpoint's logging, and what has to be there before it."""
    dataset: gcp.bigquery.Dataset | None = None
    if asked.uri is None:
        dataset_id = f"{core.physical_name.replace('-', '_')}_captured"
        dataset = gcp.bigquery.Dataset(
            f"{core.name}-captured",
            dataset_id=dataset_id,
            project=project,
            location=region,
            description=f"Requests and answers of {core.physical_name}",
            default_encryption_configuration={"kms_key_name": key},
            default_table_expiration_ms=asked.days * _DAY_MS,
            labels=dict(labels),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=after),
        )
        uri: pulumi.Input[str] = pulumi.Output.concat(
            "bq://", project, ".", dataset.dataset_id, ".", _USUAL_TABLE
        )
    else:
        uri = asked.uri
    place = pulumi.Output.from_input(uri).apply(
        lambda known: known.removeprefix("bq://").rsplit(".", 2)
    )
    writer = gcp.bigquery.DatasetIamMember(
        f"{core.name}-captured-agent",
        project=place.apply(lambda parts: parts[0]),
        dataset_id=place.apply(lambda parts: parts[1]),
        role="roles/bigquery.dataEditor",
        member=agent,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[dataset] if dataset else []),
    )
    logging: gcp.vertex.AiEndpointPredictRequestResponseLoggingConfigArgsDict = {
        "enabled": True,
        "sampling_rate": asked.percent / 100,
        "bigquery_destination": {"output_uri": uri},
    }
    return logging, [writer]
