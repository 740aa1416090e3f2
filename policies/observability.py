"""Objectives: what a model does is told, so that an objective can be measured and a fault found."""

from dataclasses import dataclass

from policies.azure_ml import deployment
from policies.configuration import setting
from policies.resource_types import AZURE_ML_DEPLOYMENT, FUNCTION, REST_STAGE, STAGE
from policies.rule import Faults, Level, Severity, Unknown, resource_rule
from policies.view import View


@dataclass(frozen=True)
class Observability:
    """Settings."""

    azure_ml_insights: bool = setting(
        False,
        "Also ask deployments of Azure ML for Application Insights, which is paid for by the GB; "
        "their metrics are told without.",
    )


@resource_rule(
    "slo/observability-off",
    severity=Severity.MEDIUM,
    types=(FUNCTION, STAGE, REST_STAGE, AZURE_ML_DEPLOYMENT),
    fix="Set tracingConfig.mode Active (Lambda), accessLogSettings and xrayTracingEnabled (API "
    "Gateway).",
    unknown=Unknown.LATER,
    settings=Observability,
    checkov=("CKV_AWS_50", "CKV_AWS_73", "CKV_AWS_76", "CKV_AWS_95"),
    level=Level.ADVISORY,
)
def observability_off(view: View, settings: Observability) -> Faults:
    """Nobody could tell which requests were slow or failed, or where.

    Metrics count them; an access log names them, and a trace says which part took so long.
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    """
    if view.token == FUNCTION:
        mode = view.get("tracingConfig", "mode")
        if mode.absent or (mode.text() or "Active") != "Active":
            yield mode.fault("Active")
    elif view.token in (STAGE, REST_STAGE):
        log = view.get("accessLogSettings")
        if log.absent:
            yield log.fault("a log group or stream, and a format")
        traced = view.get("xrayTracingEnabled")
        if view.token == REST_STAGE and traced.off:
            yield traced.fault("true")
    elif settings.azure_ml_insights:
        insights = deployment(view).get("appInsightsEnabled")
        if insights.off:
            yield insights.fault("true")


RULES = (observability_off,)
