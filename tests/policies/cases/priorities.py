"""Cases of rules about priorities and quotas."""

from typing import Any

from policies import Resource
from tests.policies.cases.resources import DEPLOYMENT, KSERVE, predictor
from tests.policies.cases.table import UNKNOWN, Case, resource

JOB = "kubernetes:batch/v1:Job"
CRON = "kubernetes:batch/v1:CronJob"
CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
NAMESPACE = "kubernetes:core/v1:Namespace"
QUOTA = "kubernetes:core/v1:ResourceQuota"
OUTRANKS = "resources/batch-outranks-serving"
MISSING = "resources/accelerator-quota-missing"


def template(name: object) -> dict[str, Any]:
    return {"template": {"spec": {} if name is None else {"priorityClassName": name}}}


def server(name: object = None) -> Resource:
    return resource("server", DEPLOYMENT, {"spec": template(name)})


def classes(**values: object) -> tuple[Resource, ...]:
    return tuple(
        resource(name, CLASS, {"metadata": {"name": name}, "value": value})
        for name, value in values.items()
    )


def batch(name: str, job: object, *others: Resource, fails: bool = False, says: str = "") -> Case:
    faults = ("spec.template.spec.priorityClassName",) if fails else ()
    return Case(OUTRANKS, name, JOB, {"spec": template(job)}, faults, others=others, says=says)


BOTH = classes(low=100, high=1000)
WAITING = resource(
    "patient",
    CLASS,
    {"metadata": {"name": "patient"}, "value": 5000, "preemptionPolicy": "Never"},
)
USUAL = resource(
    "usual", CLASS, {"metadata": {"name": "usual"}, "value": 500, "globalDefault": True}
)


def namespace(name: object = "models") -> dict[str, Any]:
    return {"metadata": {"name": name}}


def on_gpu(where: object = "models", device: str = "nvidia.com/gpu") -> Resource:
    limits = {"limits": {device: "1"}}
    spec = {"template": {"spec": {"containers": [{"name": "server", "resources": limits}]}}}
    return resource("server", DEPLOYMENT, {"metadata": {"namespace": where}, "spec": spec})


def quota(*keys: str, where: object = "models") -> Resource:
    spec = {"hard": dict.fromkeys(keys, "4")}
    return resource("quota", QUOTA, {"metadata": {"namespace": where}, "spec": spec})


def asked(name: str, *others: Resource, fails: bool = False, on: bool = True) -> Case:
    faults = ("metadata.name",) if fails else ()
    return Case(
        MISSING, name, NAMESPACE, namespace(), faults, settings={"required": on}, others=others
    )


CASES = (
    batch("below", "low", *BOTH, server("high")),
    batch("alike", "high", *BOTH, server("high")),
    batch("above", "high", *BOTH, server("low"), fails=True, says="at most 100"),
    batch("above a server without a class", "low", *BOTH, server(), fails=True, says="at most 0"),
    batch("neither has one, absent", None, server()),
    batch("the usual one", None, USUAL, *BOTH, server("high")),
    batch("the usual one is above", None, USUAL, *BOTH, server("low"), fails=True, says="500"),
    batch("no server", "high", *BOTH),
    batch("drives nobody out", "patient", WAITING, server()),
    batch("a class of another stack", "theirs", server()),
    batch("a server's class of another stack", "high", *BOTH, server("theirs")),
    batch("unknown", UNKNOWN, *BOTH, server("low")),
    batch("an unknown value", "high", *classes(high=UNKNOWN), server()),
    Case(
        OUTRANKS,
        "a schedule",
        CRON,
        {"spec": {"jobTemplate": {"spec": template("high")}}},
        ("spec.jobTemplate.spec.template.spec.priorityClassName",),
        others=(*BOTH, server("low")),
    ),
    Case(
        OUTRANKS,
        "above KServe's",
        JOB,
        {"spec": template("high")},
        ("spec.template.spec.priorityClassName",),
        others=(*BOTH, resource("fraud", KSERVE, predictor(model={}))),
    ),
    asked("not asked for", on_gpu(), on=False),
    asked("without one", on_gpu(), fails=True),
    asked("with one", on_gpu(), quota("requests.nvidia.com/gpu")),
    asked("of CPUs alone", on_gpu(), quota("requests.cpu"), fails=True),
    asked(
        "of limits, which Kubernetes does not count",
        on_gpu(),
        quota("limits.nvidia.com/gpu"),
        fails=True,
    ),
    asked(
        "of another device",
        on_gpu(device="amd.com/gpu"),
        quota("requests.nvidia.com/gpu"),
        fails=True,
    ),
    asked(
        "of another namespace", on_gpu(), quota("requests.nvidia.com/gpu", where="b"), fails=True
    ),
    asked("of an unknown namespace", on_gpu(), quota("requests.nvidia.com/gpu", where=UNKNOWN)),
    asked("nothing in it", on_gpu("others")),
    asked("unknown where", on_gpu(UNKNOWN)),
)
