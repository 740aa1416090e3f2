"""Cases of the rule about traces and access logs."""

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.latency import AZURE
from tests.policies.cases.table import UNKNOWN, Case

STAGE = "aws:apigatewayv2/stage:Stage"
REST_STAGE = "aws:apigateway/stage:Stage"
OFF = "slo/observability-off"

LOGGED = {"accessLogSettings": {"destinationArn": "arn:aws:logs:x", "format": "$context.requestId"}}
INSIGHTS = {"azure_ml_insights": True}

CASES = (
    Case(OFF, "traced", FUNCTION, {"tracingConfig": {"mode": "Active"}}),
    Case(
        OFF,
        "not traced",
        FUNCTION,
        {"tracingConfig": {"mode": "PassThrough"}},
        ("tracingConfig.mode",),
    ),
    Case(OFF, "absent", FUNCTION, {}, ("tracingConfig.mode",)),
    Case(OFF, "unknown", FUNCTION, {"tracingConfig": {"mode": UNKNOWN}}),
    Case(OFF, "an HTTP API", STAGE, LOGGED),
    Case(OFF, "an HTTP API without", STAGE, {}, ("accessLogSettings",)),
    Case(OFF, "a REST API", REST_STAGE, LOGGED | {"xrayTracingEnabled": True}),
    Case(
        OFF,
        "a REST API, not traced",
        REST_STAGE,
        LOGGED | {"xrayTracingEnabled": False},
        ("xrayTracingEnabled",),
    ),
    Case(OFF, "Azure ML", AZURE, {"properties": {}}),
    Case(
        OFF,
        "Azure ML, asked for",
        AZURE,
        {"properties": {"appInsightsEnabled": False}},
        ("properties.appInsightsEnabled",),
        INSIGHTS,
    ),
)
