"""Questions to Azure about each version: how many times its budget it spends.

Logs are on their way for minutes, so that a gate looks at those of some minutes ago. Where requests
are in no log, a metric tells their 95th percentile and none tells which share failed.
"""

import json
from collections.abc import Mapping
from typing import cast

import pulumi

from components.azure.monitoring.indicators import Indicator, Requests, indicators, spent_query
from components.gate import GATE_MINUTES, GateQuery
from facts.azure_monitor import RequestTable
from facts.slo import Slo

__all__ = ["log_questions", "metric_questions"]


def log_questions(
    slo: Slo,
    table: RequestTable,
    requests: pulumi.Input[Requests],
    versions: Mapping[str, tuple[str, pulumi.Input[str]]],
    at: pulumi.Input[str],
) -> list[GateQuery]:
    """Of each objective and version, in KQL.

    Args:
        slo: the objectives.
        table: where requests are.
        requests: which of them are the model's.
        versions: by role: the version, and what the column of versions has for it.
        at: id of what is asked.
    """
    return [
        GateQuery(
            objective=indicator.word,
            role=role,
            version=version,
            language="kql",
            at=at,
            query=_asked(requests, indicator, known),
        )
        for role, (version, known) in versions.items()
        for indicator in indicators(slo, table)
    ]


def _asked(
    requests: pulumi.Input[Requests], indicator: Indicator, known: pulumi.Input[str]
) -> pulumi.Output[str]:
    of = pulumi.Output.from_input(requests)
    return pulumi.Output.all(of, known).apply(
        lambda both: spent_query(cast("Requests", both[0]), indicator, str(both[1]), GATE_MINUTES)
    )


def metric_questions(
    slo: Slo,
    metric: str,
    namespace: str,
    versions: Mapping[str, tuple[str, pulumi.Input[str]]],
    at: pulumi.Input[str],
) -> list[GateQuery]:
    """The 95th percentile in ms of each deployment, which the metrics API tells.

    https://learn.microsoft.com/rest/api/monitor/metrics/list
    """
    return [
        GateQuery(
            objective="latency",
            role=role,
            version=version,
            language="azure_metrics",
            at=at,
            query=pulumi.Output.from_input(known).apply(
                lambda name: json.dumps(
                    {
                        "metricnamespace": namespace,
                        "metricnames": metric,
                        "aggregation": "Average",
                        "interval": f"PT{GATE_MINUTES}M",
                        "$filter": f"deployment eq '{name}'",
                    },
                    sort_keys=True,
                )
            ),
            limit=slo.latency_p95_ms,
        )
        for role, (version, known) in versions.items()
    ]
