"""Cases of rules about rollouts: watched, and in shares that are a whole."""

import json
from typing import Any

from tests.policies.cases.azure_ml_safety import ENDPOINT as AZURE
from tests.policies.cases.latency import ENDPOINT, RUN
from tests.policies.cases.table import UNKNOWN, Case
from tests.policies.cases.vertex import ENDPOINT as VERTEX

OUR_AZURE = "serving:index:AzureMlTraffic"
OUR_VERTEX = "serving:index:VertexTrafficSplit"
UNGUARDED = "slo/rollout-unguarded"
WHOLE = "slo/traffic-not-whole"

ALARMS = {"autoRollbackConfiguration": {"alarms": [{"alarmName": "errors"}]}}
LIST = "deploymentConfig.autoRollbackConfiguration.alarms"


def shifted(way: object, **more: object) -> dict[str, Any]:
    routing = {"trafficRoutingConfiguration": {"type": way}}
    return {"deploymentConfig": {"blueGreenUpdatePolicy": routing, **more}}


def run(*percents: object) -> dict[str, Any]:
    return {"traffics": [{"percent": percent} for percent in percents]}


def azure(key: str = "properties", mirrored: object = 0, **shares: object) -> dict[str, Any]:
    return {key: {"traffic": shares, "mirrorTraffic": {"candidate": mirrored}}}


CASES = (
    Case(UNGUARDED, "in steps, watched", ENDPOINT, shifted("CANARY", **ALARMS)),
    Case(UNGUARDED, "in steps", ENDPOINT, shifted("CANARY"), (LIST,)),
    Case(UNGUARDED, "in many steps", ENDPOINT, shifted("LINEAR"), (LIST,)),
    Case(
        UNGUARDED,
        "rolling, no alarm listed",
        ENDPOINT,
        {
            "deploymentConfig": {
                "rollingUpdatePolicy": {"maximumBatchSize": {"type": "INSTANCE_COUNT", "value": 1}},
                "autoRollbackConfiguration": {"alarms": []},
            }
        },
        (LIST,),
    ),
    Case(UNGUARDED, "all at once", ENDPOINT, shifted("ALL_AT_ONCE")),
    Case(UNGUARDED, "absent", ENDPOINT, {}),
    Case(UNGUARDED, "unknown", ENDPOINT, shifted(UNKNOWN)),
    Case(
        UNGUARDED, "alarms unknown", ENDPOINT, shifted("CANARY", autoRollbackConfiguration=UNKNOWN)
    ),
    Case(WHOLE, "Cloud Run", RUN, run(90, 10)),
    Case(WHOLE, "Cloud Run, too little", RUN, run(90, 9), ("traffics",), says="found 99 in all"),
    Case(WHOLE, "Cloud Run, too much", RUN, run(100, 1), ("traffics",)),
    Case(WHOLE, "Cloud Run, absent", RUN, {}),
    Case(WHOLE, "Cloud Run, unknown", RUN, run(90, UNKNOWN)),
    Case(WHOLE, "Vertex AI", VERTEX, {"trafficSplit": json.dumps({"1": 80, "2": 20})}),
    Case(WHOLE, "Vertex AI, none", VERTEX, {"trafficSplit": "{}"}),
    Case(
        WHOLE,
        "Vertex AI, too little",
        VERTEX,
        {"trafficSplit": json.dumps({"1": 80})},
        ("trafficSplit",),
    ),
    Case(WHOLE, "Vertex AI, no JSON", VERTEX, {"trafficSplit": "{"}, ("trafficSplit",)),
    Case(WHOLE, "Vertex AI, our own", OUR_VERTEX, {"traffic": [{"percent": 100}]}),
    Case(
        WHOLE,
        "Vertex AI, our own, too little",
        OUR_VERTEX,
        {"traffic": [{"percent": 60}, {"percent": 30}]},
        ("traffic",),
    ),
    Case(WHOLE, "Azure ML", AZURE, azure(stable=90, candidate=10)),
    Case(WHOLE, "Azure ML, none yet", AZURE, azure(stable=0)),
    Case(
        WHOLE, "Azure ML, too much", AZURE, azure(stable=90, candidate=20), ("properties.traffic",)
    ),
    Case(
        WHOLE,
        "Azure ML, too much, by the older provider",
        AZURE,
        azure("onlineEndpointProperties", stable=90, candidate=20),
        ("onlineEndpointProperties.traffic",),
    ),
    Case(WHOLE, "Azure ML, mirrored", AZURE, azure(mirrored=50, stable=100)),
    Case(
        WHOLE,
        "Azure ML, mirrored too much",
        AZURE,
        azure(mirrored=51, stable=100),
        ("properties.mirrorTraffic",),
    ),
    Case(WHOLE, "Azure ML, our own", OUR_AZURE, {"traffic": {"v1": 99}}, ("traffic",)),
)
