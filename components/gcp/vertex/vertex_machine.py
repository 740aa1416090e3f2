"""What a replica on Vertex AI runs on, and what the number of replicas follows."""

from dataclasses import dataclass
from typing import Final

from components.checks import Checks
from components.gcp.vertex.vertex_deployed_model import VertexMetricSpec
from facts.vertex_serving import (
    ACCELERATOR_TYPES,
    SCALING_METRICS,
    SCALING_PERCENT,
    accelerator_type,
    machine_for,
    misfit,
)

__all__ = ["MACHINE_KEYS", "Machine", "read_machine", "read_scaling"]

MACHINE_KEYS: Final = ("machine_type", "accelerator", "accelerator_count")
_MACHINE: Final = r"[a-z][a-z0-9]+-[a-z0-9]+(-[a-z0-9]+)*"
_MOST_ACCELERATORS: Final = 16
_USUAL_PERCENT: Final = 60
_MOST_REQUESTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine in the API's words."""

    machine_type: str
    accelerator_type: str | None
    accelerator_count: int | None


def read_machine(checks: Checks) -> Machine:
    """`machine_type`, `accelerator` and `accelerator_count`."""
    accelerator = None
    if checks.given("accelerator"):
        accelerator = checks.choice("accelerator", None, ACCELERATOR_TYPES) or None
    count = checks.whole("accelerator_count", 1, 1, _MOST_ACCELERATORS)
    if checks.given("accelerator_count") and not checks.given("accelerator"):
        checks.problem("accelerator_count", count, "it beside accelerator")
    usual = machine_for(accelerator, count)
    if checks.given("machine_type"):
        checks.text("machine_type", _MACHINE, "a type such as n1-standard-4")
        machine_type = checks.plain("machine_type")
        if wrong := misfit(machine_type, accelerator, count):
            checks.problem("machine_type", machine_type, f"another: {wrong}")
    elif usual is None:
        what = f"a kind and number of GPUs that a machine has on demand, not {count} of it"
        checks.problem("accelerator", accelerator, what)
    machine_type = checks.plain("machine_type", usual or "")
    if accelerator is None:
        return Machine(machine_type, None, None)
    return Machine(machine_type, accelerator_type(accelerator, machine_type), count)


def read_scaling(checks: Checks, *, accelerator: bool) -> VertexMetricSpec | None:
    """`scaling_metric` and `scaling_target`; None for Vertex AI's own: use of 60 %."""
    if not checks.given("scaling_metric") and not checks.given("scaling_target"):
        return None
    metric = checks.choice("scaling_metric", "gpu" if accelerator else "cpu", SCALING_METRICS)
    if metric == "gpu" and not accelerator:
        checks.problem("scaling_metric", metric, "cpu or requests, or an accelerator beside it")
    most = _MOST_REQUESTS if metric == "requests" else int(SCALING_PERCENT.maximum or 0)
    if metric == "requests" and not checks.given("scaling_target"):
        checks.problem("scaling_target", None, "the requests of a replica and minute")
    target = checks.whole("scaling_target", _USUAL_PERCENT, 1, most)
    return {"metric_name": SCALING_METRICS[metric or "cpu"], "target": target}
