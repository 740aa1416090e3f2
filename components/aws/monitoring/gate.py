"""Questions to CloudWatch about each version: how many times its budget it spends.

Alarms are silent where there are no requests; whoever walks a rollout has to know that there were
none. So these have no value then.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import Signal
from components.aws.monitoring.indicators import Indicator
from components.gate import GATE_MINUTES, GateQueries, GateQuery, gate_output

__all__ = ["gate_queries"]

# The share of bad requests, by what is measured: counts, or a percentile rank.
_SHARES: Final[Mapping[frozenset[str], str]] = {
    frozenset({"bad", "requests"}): "FILL(bad, 0) / requests",
    frozenset({"fast"}): "1 - fast / 100",
}
# Asynchronous endpoints count what failed beside what was processed.
_APART: Final = "IF(FILL(bad, 0) > FILL(requests, 0), 1, FILL(bad, 0) / FILL(requests, 0))"


def gate_queries(
    versions: Mapping[str, tuple[str, Sequence[Indicator]]],
    lookup: pulumi.InvokeOptions,
    *,
    failed_apart: bool = False,
) -> GateQueries:
    """The output of a component.

    Args:
        versions: by role, stable or candidate: the version, and how it alone is measured.
        lookup: how the region is found, in which CloudWatch is asked.
        failed_apart: whether requests that failed are none of those that are counted.
    """
    region = aws.get_region_output(opts=lookup).region
    return gate_output(list(_queries(versions, region, failed_apart=failed_apart)))


def _queries(
    versions: Mapping[str, tuple[str, Sequence[Indicator]]],
    region: pulumi.Output[str],
    *,
    failed_apart: bool,
) -> Iterator[GateQuery]:
    for role, (version, indicators) in versions.items():
        for indicator in indicators:
            apart = failed_apart and indicator.word == "errors"
            share = _APART if apart else _SHARES[frozenset(indicator.signals)]
            judged = {
                "Id": "spent",
                "Expression": f"({share}) / {indicator.budget:g}",
                "Label": indicator.word,
                "ReturnData": True,
            }
            metrics = [_metric(word, signal) for word, signal in indicator.signals.items()]
            yield GateQuery(
                objective=indicator.word,
                role=role,
                version=version,
                language="cloudwatch",
                at=region,
                query=pulumi.Output.json_dumps([judged, *metrics], sort_keys=True),
            )


def _metric(word: str, signal: Signal) -> dict[str, Any]:
    return {
        "Id": word,
        "MetricStat": {
            "Metric": {
                "Namespace": signal.namespace,
                "MetricName": signal.metric,
                "Dimensions": [
                    {"Name": name, "Value": value}
                    for name, value in sorted(signal.dimensions.items())
                ],
            },
            "Period": GATE_MINUTES * 60,
            "Stat": signal.stat,
        },
        "ReturnData": False,
    }
