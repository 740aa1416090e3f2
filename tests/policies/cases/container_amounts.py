"""Cases of rules about amounts of CPU and memory."""

from typing import Any

from tests.policies.cases.resources import KSERVE, POD, pod, predictor
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

AMOUNTS = "resources/container-amounts"
OVER = "resources/memory-overcommitted"

GIVEN = "spec.containers[0].resources"
GPU = {"nvidia.com/gpu": 1}


def asking(requests: object = None, limits: object = None) -> dict[str, Any]:
    given = {"requests": requests, "limits": limits}
    return pod(resources={key: value for key, value in given.items() if value is not None})


def memory(request: object, limit: object, **more: object) -> dict[str, Any]:
    """Of a model, by its label."""
    given = asking({"memory": request}, {"memory": limit, **more})
    return {"metadata": {"labels": {"model-serving/model": "fraud"}}, **given}


CASES = (
    Case(AMOUNTS, "usual", POD, asking({"cpu": "500m", "memory": "4Gi"}, {"memory": "4Gi"})),
    Case(AMOUNTS, "nothing", POD, pod()),
    Case(AMOUNTS, "all cores", POD, asking({"cpu": 192})),
    Case(AMOUNTS, "a core more", POD, asking({"cpu": 193}), (f"{GIVEN}.requests.cpu",)),
    Case(AMOUNTS, "no thousandths", POD, asking({"cpu": "2000"}), (f"{GIVEN}.requests.cpu",)),
    Case(AMOUNTS, "all memory", POD, asking({"memory": "2Ti"})),
    Case(AMOUNTS, "more memory", POD, asking({"memory": "2049Gi"}), (f"{GIVEN}.requests.memory",)),
    Case(
        AMOUNTS,
        "a lower cap",
        POD,
        asking({"memory": "9Gi"}),
        (f"{GIVEN}.requests.memory",),
        {"max_memory_gib": 8},
    ),
    Case(
        AMOUNTS,
        "thousandths of bytes",
        POD,
        asking(None, {"memory": "512m"}),
        (f"{GIVEN}.limits.memory",),
    ),
    Case(AMOUNTS, "no unit", POD, asking(None, {"memory": 512}), (f"{GIVEN}.limits.memory",)),
    Case(AMOUNTS, "a mebibyte", POD, asking(None, {"memory": "1Mi"})),
    Case(
        AMOUNTS,
        "less than a mebibyte",
        POD,
        asking(None, {"memory": "1023Ki"}),
        (f"{GIVEN}.limits.memory",),
    ),
    Case(
        AMOUNTS,
        "a model",
        KSERVE,
        predictor(model={"resources": {"limits": {"cpu": "1000"}}}),
        ("spec.predictor.model.resources.limits.cpu",),
    ),
    Case(AMOUNTS, "unknown", POD, asking({"memory": UNKNOWN})),
    Case(OVER, "the same", POD, memory("4Gi", "4096Mi")),
    Case(OVER, "twice", POD, memory("4Gi", "8Gi")),
    Case(OVER, "more than twice", POD, memory("4Gi", "8193Mi"), (f"{GIVEN}.limits.memory",)),
    Case(
        OVER,
        "more than twice, in words",
        POD,
        memory("4Gi", "9Gi"),
        (f"{GIVEN}.limits.memory",),
        says="expected at most 2 times the request, 4Gi",
    ),
    Case(OVER, "no model", POD, asking({"memory": "4Gi"}, {"memory": "40Gi"})),
    Case(
        OVER,
        "of KServe",
        KSERVE,
        predictor(model=memory("4Gi", "40Gi")["spec"]["containers"][0]),
        ("spec.predictor.model.resources.limits.memory",),
    ),
    Case(OVER, "a larger share", POD, memory("1Gi", "4Gi"), settings={"max_ratio": 4}),
    Case(OVER, "absent request", POD, asking(None, {"memory": "8Gi"})),
    Case(OVER, "with a GPU", POD, memory("8Gi", "8Gi", **GPU)),
    Case(OVER, "more with a GPU", POD, memory("8Gi", "9Gi", **GPU), (f"{GIVEN}.limits.memory",)),
    Case(
        OVER,
        "a job",
        "kubernetes:batch/v1:Job",
        {"spec": {"template": memory("8Gi", "90Gi", **GPU)}},
    ),
    Case(OVER, "unknown", POD, memory("4Gi", UNKNOWN)),
    Case(OVER, "unknown limits", POD, asking({"memory": "4Gi"}, UNKNOWN_OBJECT)),
)
