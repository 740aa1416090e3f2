"""The metric that instances or copies follow: one of ours, or one of one's own at CloudWatch."""

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from components.checks import Checks
from facts.sagemaker_hosting import METRICS, OWN_METRIC

__all__ = ["metric_specification", "read_metric"]


def read_metric(checks: Checks, *, no_gpu: str | None) -> str:
    """`scaling_metric`, one of ours or of one's own; `no_gpu` says who has no GPU."""
    metric = checks.plain("scaling_metric", "requests")
    if metric not in METRICS and not re.fullmatch(OWN_METRIC, metric):
        known = ", ".join(METRICS)
        checks.problem(
            "scaling_metric", metric, f"{known}, or namespace and name such as Models/QueueLength"
        )
    if metric == "gpu" and no_gpu is not None:
        checks.problem("scaling_metric", metric, f"another one: {no_gpu}")
    if metric not in METRICS and not checks.given("scaling_target"):
        checks.problem("scaling_target", None, "the value of the metric that is aimed for")
    return metric


def metric_specification(
    metric: str,
    *,
    predefined: Mapping[str, str],
    utilization: Mapping[str, str],
    namespace: str,
    dimensions: Mapping[str, pulumi.Input[str]],
) -> dict[str, Any]:
    """A metric as a policy names it; `namespace` is of those in `utilization`, in percent.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
    """
    if metric in predefined:
        return {"predefined_metric_specification": {"predefined_metric_type": predefined[metric]}}
    own, _, name = metric.rpartition("/")
    unit = {"unit": "Percent"} if metric in utilization else {}
    return {
        "customized_metric_specification": {
            "namespace": own or namespace,
            "metric_name": utilization.get(metric, name),
            "statistic": "Average",
            "dimensions": [{"name": key, "value": value} for key, value in dimensions.items()],
            **unit,
        }
    }
