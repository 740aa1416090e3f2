"""Resources: what containers ask for is what somebody meant."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from policies.configuration import setting
from policies.pods import POD_TYPES, pods
from policies.properties import Property
from policies.quantities import is_accelerator, quantity
from policies.rule import Faults, Level, Severity, Unknown, resource_rule
from policies.served import serves_model
from policies.view import View

# A job that is ended begins again; nobody waits for its answer.
_SERVING: Final = tuple(one for one in POD_TYPES if not one.startswith("kubernetes:batch/"))
_GIB: Final = 2**30
# Less than any program needs: the unit is missing, or it is `m`, thousandths of a byte.
_LEAST_BYTES: Final = 2**20


@dataclass(frozen=True)
class Amounts:
    """Settings."""

    max_cpu: int = setting(192, "Most cores of one container.", minimum=1)
    max_memory_gib: int = setting(2048, "Most memory of one container, in GiB.", minimum=1)


@resource_rule(
    "resources/container-amounts",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Write cores as 2 or 500m, and memory as 4Gi or 512Mi; to ask for more, raise the cap.",
    unknown=Unknown.LATER,
    settings=Amounts,
)
def container_amounts(view: View, settings: Amounts) -> Faults:
    """A container asks for more than a node has, or for next to no memory.

    It then waits for a node for ever, or ends as soon as it starts: 2000 instead of 2000m, 512m
    instead of 512Mi. The caps are those of the largest machines with accelerators.
    https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-memory
    """
    caps = {"cpu": Decimal(settings.max_cpu), "memory": Decimal(settings.max_memory_gib * _GIB)}
    units = {"cpu": f"at most {settings.max_cpu}", "memory": f"at most {settings.max_memory_gib}Gi"}
    for pod in pods(view):
        for container in pod.containers:
            for kind in ("requests", "limits"):
                given = container.place.get("resources", kind)
                for name, cap in caps.items():
                    place = given.get(name)
                    amount = quantity(place)
                    if amount is not None and amount > cap:
                        yield place.fault(units[name])
                    elif name == "memory" and amount is not None and 0 < amount < _LEAST_BYTES:
                        yield place.fault("bytes with a unit, such as 512Mi")


@dataclass(frozen=True)
class Overcommitment:
    """Settings."""

    max_ratio: float = setting(
        2.0, "Most memory that a limit may allow, as a multiple of the request.", minimum=1
    )


@resource_rule(
    "resources/memory-overcommitted",
    severity=Severity.MEDIUM,
    types=_SERVING,
    fix="Set requests.memory to what the model takes, and limits.memory to the same.",
    unknown=Unknown.LATER,
    settings=Overcommitment,
    level=Level.ADVISORY,
)
def memory_overcommitted(view: View, settings: Overcommitment) -> Faults:
    """A model may take much more memory than its node was asked to keep for it.

    When neighbours do so too, the node ends one of them, with its model. With an accelerator the
    limit is to be the request itself: its model is the dearest to load again. Asked of what serves
    a model: of KServe, with an accelerator, or tagged with a model's name.
    https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
    """
    for pod in pods(view):
        for container in pod.containers:
            given = container.place.get("resources")
            asked, bound = given.get("requests", "memory"), given.get("limits", "memory")
            request, limit = quantity(asked), quantity(bound)
            if not request or limit is None or not serves_model(view, container.place):
                continue
            ratio = 1.0 if _accelerated(given) else settings.max_ratio
            if limit > request * Decimal(str(ratio)):
                times = "the request" if ratio == 1 else f"{ratio:g} times the request"
                yield bound.fault(f"at most {times}, {asked.shown}")


def _accelerated(given: Property) -> bool:
    return any(is_accelerator(name) for name, _ in given.get("limits").entries())


RULES = (
    container_amounts,
    memory_overcommitted,
)
