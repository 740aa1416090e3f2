"""The states that resources of Google Cloud pass through, with about the real times.

Sources: `Cluster.Status`, `NodePool.Status`, `Function.State` and `Service.reconciling` of the
APIs' references; experience for the times.
"""

from typing import Literal

from sandbox.clouds.base import Call
from sandbox.clouds.gcp import gke, run
from sandbox.eventual import Transition

__all__ = ["transition"]

Operation = Literal["create", "update", "delete"]

_STATES: dict[str, dict[Operation, Transition]] = {
    gke.CLUSTER: {
        "create": Transition(300, live={"status": "PROVISIONING"}),
        "update": Transition(120, live={"status": "RECONCILING"}),
        "delete": Transition(180, live={"status": "STOPPING"}),
    },
    gke.POOL: {
        "create": Transition(120, live={"status": "PROVISIONING"}),
        "update": Transition(120, live={"status": "RECONCILING"}),
        "delete": Transition(120, live={"status": "STOPPING"}),
    },
    run.FUNCTION: {
        "create": Transition(90, outputs={"state": "DEPLOYING"}),
        "update": Transition(60, outputs={"state": "DEPLOYING"}),
        "delete": Transition(20, outputs={"state": "DELETING"}),
    },
}
# What the services change without touching what runs.
_AT_ONCE = frozenset({"deletionProtection", "deletionPolicy", "labels", "resourceLabels"})


def transition(call: Call, operation: Operation) -> Transition | None:
    """What a resource passes through; None where it is ready, or gone, at once."""
    if call.token == run.SERVICE and operation != "delete" and run.another_template(call):
        return Transition(15, outputs=run.meanwhile(call))
    if operation == "update" and not call.changed - _AT_ONCE:
        return None
    if call.token == run.SERVICE and operation == "update":
        return Transition(2, outputs=run.meanwhile(call))
    return _STATES.get(call.token, {}).get(operation)
