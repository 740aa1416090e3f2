"""Cases of rules about timeouts: beside the objective, and beside what a platform allows."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION, KSERVE, predictor
from tests.policies.cases.invokers import FIRST, SECOND
from tests.policies.cases.latency import (
    AZURE,
    GOOGLE,
    GRAPH,
    HOSTED,
    LABELLED,
    RUN,
    SLO,
    SLOW,
    slo_of,
)
from tests.policies.cases.table import UNKNOWN, Case

TIMEOUT = "latency/timeout-below-objective"
PATIENT = "latency/timeout-far-above-objective"
CAP = "latency/timeout-over-cap"


def asked_within(timeout: str, key: str = "properties") -> dict[str, Any]:
    return {key: {"requestSettings": {"requestTimeout": timeout}}}


CASES = (
    Case(TIMEOUT, "long enough", FUNCTION, SLO | {"timeout": 1}),
    Case(TIMEOUT, "no objective", FUNCTION, {"timeout": 1}),
    Case(
        TIMEOUT,
        "cut off",
        FUNCTION,
        {"tags": {"model-serving:slo-latency-p95-ms": "2000"}, "timeout": 2},
        ("timeout",),
        says="found 2 s; expected more than the objective, 2 s",
    ),
    Case(
        TIMEOUT,
        "absent is 3 s",
        FUNCTION,
        {"tags": {"model-serving:slo-latency-p95-ms": "3000"}},
        ("timeout",),
    ),
    Case(TIMEOUT, "KServe", KSERVE, SLOW | predictor(timeout=5), ("spec.predictor.timeout",)),
    Case(TIMEOUT, "KServe without", KSERVE, SLOW | predictor(model={})),
    Case(TIMEOUT, "graph", GRAPH, SLOW | {"spec": {"timeout": 10}}, ("spec.timeout",)),
    Case(TIMEOUT, "graph that waits", GRAPH, SLOW | {"spec": {"timeout": 11}}),
    Case(TIMEOUT, "SageMaker", HOSTED, slo_of("59999")),
    Case(TIMEOUT, "a queue waits", HOSTED, slo_of("60000") | {"asyncInferenceConfig": {}}),
    Case(
        TIMEOUT,
        "SageMaker gives up",
        HOSTED,
        slo_of("60000"),
        ("tags",),
        says="found 60 s; expected more than the objective, 60 s",
    ),
    # Google's labels hold no point.
    Case(TIMEOUT, "Cloud Run", RUN, {"labels": {GOOGLE: "1999-5"}, "template": {"timeout": "2s"}}),
    Case(
        TIMEOUT,
        "Cloud Run gives up",
        RUN,
        {"labels": {GOOGLE: "2000-5"}, "template": {"timeout": "2s"}},
        ("template.timeout",),
        says="found 2 s; expected more than the objective, 2.0005 s",
    ),
    Case(TIMEOUT, "Cloud Run without", RUN, {"labels": {GOOGLE: "60000"}, "template": {}}),
    Case(TIMEOUT, "Azure ML", AZURE, slo_of("65000") | asked_within("PT1M6S")),
    Case(
        TIMEOUT,
        "Azure ML gives up",
        AZURE,
        slo_of("66000") | asked_within("PT1M6S"),
        ("properties.requestSettings.requestTimeout",),
    ),
    Case(
        TIMEOUT,
        "Azure ML, by the older provider",
        AZURE,
        slo_of("65000") | asked_within("PT1M6S", "onlineDeploymentProperties"),
    ),
    Case(
        TIMEOUT,
        "Azure ML gives up, by the older provider",
        AZURE,
        slo_of("66000") | asked_within("PT1M6S", "onlineDeploymentProperties"),
        ("onlineDeploymentProperties.requestSettings.requestTimeout",),
    ),
    Case(
        TIMEOUT,
        "Azure ML without is 5 s",
        AZURE,
        slo_of("5000") | {"properties": {}},
        ("properties.requestSettings.requestTimeout",),
    ),
    Case(TIMEOUT, "Azure ML unknown", AZURE, slo_of("9000") | asked_within(UNKNOWN)),
    Case(TIMEOUT, "unknown", FUNCTION, SLO | {"timeout": UNKNOWN}),
    Case(TIMEOUT, "a first function", FIRST, {"labels": {GOOGLE: "59000"}}),
    Case(TIMEOUT, "a first function without", FIRST, {"labels": {GOOGLE: "60000"}}, ("timeout",)),
    Case(
        TIMEOUT,
        "a second function",
        SECOND,
        {"labels": {GOOGLE: "2000"}, "serviceConfig": {"timeoutSeconds": 2}},
        ("serviceConfig.timeoutSeconds",),
    ),
    Case(PATIENT, "short", FUNCTION, SLO | {"timeout": 60}),
    Case(
        PATIENT,
        "long",
        FUNCTION,
        SLO | {"timeout": 61},
        ("timeout",),
        says="found 61 s; expected at most 600 times the objective, 60 s",
    ),
    Case(PATIENT, "no objective", FUNCTION, {"timeout": 900}),
    Case(
        PATIENT,
        "Cloud Run without",
        RUN,
        {"labels": {GOOGLE: "100"}, "template": {}},
        ("template.timeout",),
    ),
    Case(PATIENT, "SageMaker cannot be changed", HOSTED, slo_of("10")),
    Case(PATIENT, "absent at KServe", KSERVE, LABELLED | predictor(model={})),
    Case(PATIENT, "unknown", FUNCTION, SLO | {"timeout": UNKNOWN}),
    Case(
        PATIENT,
        "asked for",
        FUNCTION,
        SLO | {"timeout": 2},
        ("timeout",),
        {"most_times_objective": 10},
    ),
    Case(CAP, "Lambda", FUNCTION, {"timeout": 900}),
    Case(CAP, "Lambda, beyond", FUNCTION, {"timeout": 901}, ("timeout",)),
    Case(CAP, "absent", FUNCTION, {}),
    Case(CAP, "unknown", FUNCTION, {"timeout": UNKNOWN}),
    Case(CAP, "Cloud Run", RUN, {"template": {"timeout": "3600s"}}),
    Case(CAP, "Cloud Run, beyond", RUN, {"template": {"timeout": "3601s"}}, ("template.timeout",)),
    Case(CAP, "Azure ML", AZURE, asked_within("PT3M")),
    Case(
        CAP,
        "Azure ML, beyond",
        AZURE,
        asked_within("PT3M1S"),
        ("properties.requestSettings.requestTimeout",),
        says="found 181 s; expected at most 180 s",
    ),
    Case(CAP, "a first function", FIRST, {"timeout": 540}),
    Case(CAP, "a first function, beyond", FIRST, {"timeout": 541}, ("timeout",)),
    Case(CAP, "a second function", SECOND, {"serviceConfig": {"timeoutSeconds": 3600}}),
    Case(
        CAP,
        "a second function of events, beyond",
        SECOND,
        {"eventTrigger": {"eventType": "x"}, "serviceConfig": {"timeoutSeconds": 541}},
        ("serviceConfig.timeoutSeconds",),
    ),
)
