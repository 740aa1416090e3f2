"""The states that AWS resources pass through, with about the real times.

Sources: the waiters of the Terraform AWS provider for the states, experience for the times. What
the provider does not wait for has none here.
"""

from collections.abc import Callable
from typing import Any, Literal

from sandbox.clouds.aws import endpoint_shifts, lambda_versions
from sandbox.clouds.aws.cloudformation import RESOURCE
from sandbox.clouds.aws.inference_components import is_component
from sandbox.clouds.base import Call
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["transition"]

Operation = Literal["create", "update", "delete"]

_STATUS_ONLY = frozenset({"tags", "tagsAll"})


def _endpoint(call: Call, row: Row, operation: Operation) -> Transition | None:
    if operation == "delete":
        return Transition(60, live={"status": "Deleting"})
    if operation == "create":
        failure = ""
        if row.live.get("status") == "Failed":
            failure = (
                f"waiting for SageMaker AI Endpoint ({row.name}) create: unexpected state"
                " 'Failed', wanted target 'InService'. last error:"
                f" {row.live.get('failure_reason')}"
            )
        # `resourceEndpointCreate` sets the id after it has waited.
        return Transition(300, live={"status": "Creating"}, failure=failure, forgotten=True)
    before = call.previous.live if call.previous is not None else {}
    if before.get("endpoint_config_name") == row.live.get("endpoint_config_name"):
        return None
    kept = {name: before.get(name) for name in ("endpoint_config_name", "variants")}
    lasts = endpoint_shifts.seconds(mapped(row.inputs.get("deploymentConfig")))
    return Transition(lasts, live={"status": "Updating", **kept})


def _by_cloud_control(call: Call, row: Row, operation: Operation) -> Transition | None:
    """An inference component of SageMaker; of other types no states are known."""
    if not is_component(row.inputs):
        return None
    if operation == "delete":
        return Transition(60, live={"status": "Deleting"})
    if operation == "create":
        failure = ""
        if row.live.get("status") == "Failed":
            failure = (
                f"waiting for Cloud Control API ({row.inputs.get('typeName')}) Resource () create:"
                " unexpected state 'FAILED', wanted target 'SUCCESS'. last error:"
                f" GeneralServiceException: {row.live.get('failure_reason')}"
            )
        # The first answer has no identifier yet: the ARN is known when the component is.
        meanwhile = {"status": "Creating", "current_copies": 0}
        return Transition(120, live=meanwhile, failure=failure, forgotten=True)
    before = call.previous.live if call.previous is not None else {}
    if before == row.live:
        return None
    return Transition(120, live={"status": "Updating"})


def _function(call: Call, row: Row, operation: Operation) -> Transition | None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html.

    Of a version with SnapStart the provider waits for those that an update publishes, and not for
    the first one: https://github.com/hashicorp/terraform-provider-aws/issues/42693
    """
    if operation == "create":
        in_network = bool(listed(at(row.inputs, "vpcConfig", "subnetIds")))
        return Transition(60 if in_network else 5, live={"status": "Pending"})
    if operation == "update" and call.changed - _STATUS_ONLY:
        version = str(row.outputs.get("version"))
        before = mapped(call.previous.live.get("making")) if call.previous is not None else {}
        made = {} if version in before else mapped(mapped(row.live.get("making")).get(version))
        failure = ""
        if made.get("failure"):
            failure = (
                f"waiting for Lambda Function ({row.name}) version publish: unexpected state"
                f" 'Failed', wanted target 'Successful'. last error: FunctionError:"
                f" {made['failure']}"
            )
        lasts = 5 + (lambda_versions.SNAPSHOT_SECONDS if made else 0)
        return Transition(lasts, live={"update_status": "InProgress"}, failure=failure)
    return None


def _provisioned(call: Call, row: Row, operation: Operation) -> Transition | None:
    del call, row
    return None if operation == "delete" else Transition(120, live={"status": "IN_PROGRESS"})


def _cluster(call: Call, row: Row, operation: Operation) -> Transition | None:
    del row
    if operation == "create":
        return Transition(600, outputs={"status": "CREATING"})
    if operation == "delete":
        return Transition(180, outputs={"status": "DELETING"})
    if call.changed - _STATUS_ONLY:
        return Transition(480, outputs={"status": "UPDATING"})
    return None


def _node_group(call: Call, row: Row, operation: Operation) -> Transition | None:
    if operation == "create":
        failure = ""
        if row.outputs.get("status") == "CREATE_FAILED":
            failure = (
                f"waiting for EKS Node Group ({row.id}) create: unexpected state 'CREATE_FAILED',"
                f" wanted target 'ACTIVE'. last error: {row.live.get('failure_reason')}"
            )
        return Transition(180, outputs={"status": "CREATING"}, failure=failure)
    if operation == "delete":
        return Transition(240, outputs={"status": "DELETING"})
    if call.changed - _STATUS_ONLY:
        return Transition(180, outputs={"status": "UPDATING"})
    return None


_STATES: dict[str, Callable[[Call, Row, Any], Transition | None]] = {
    "aws:sagemaker/endpoint:Endpoint": _endpoint,
    RESOURCE: _by_cloud_control,
    "aws:lambda/function:Function": _function,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _provisioned,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
}


def transition(call: Call, row: Row, operation: Operation) -> Transition | None:
    """What the row passes through; None where it is ready, or gone, at once."""
    states = _STATES.get(call.token)
    return states(call, row, operation) if states is not None else None
