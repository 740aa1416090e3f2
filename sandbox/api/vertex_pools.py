"""Vertex AI's pools of machines that deployed models share: the rows that pulumi-gcp makes too."""

from typing import Any

from sandbox.api.vertex_call import Call, GoogleError, Operation, by_number, page, require
from sandbox.api.vertex_facts import POOL, named_accelerators, users_of_pool
from sandbox.api.vertex_operations import begun
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS", "shown"]

_SECONDS = Transition(30)
_PAGE = (
    "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/"
    "projects.locations.deploymentResourcePools"
)


def shown(call: Call, row: Row) -> dict[str, Any]:
    """A pool as the API has it."""
    resources = row.inputs.get("dedicatedResources")
    return {
        "name": by_number(call, row.id),
        "dedicatedResources": mapped(resources),
        "createTime": row.created,
    }


def _row(call: Call) -> Row:
    return require(call.store.get("gcp", POOL, call.name), call.name, "DeploymentResourcePool")


def _create(call: Call) -> dict[str, Any]:
    given = named_accelerators(mapped(call.body.get("deploymentResourcePool")))
    pool_id = str(call.body.get("deploymentResourcePoolId") or "")
    resources = mapped(given.get("dedicatedResources"))
    if not pool_id or not mapped(resources.get("machineSpec")).get("machineType"):
        reason = f"deployment_resource_pool_id and dedicated_resources: must be given ({_PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    name = f"{call.parent}/deploymentResourcePools/{pool_id}"
    with call.store.transaction():
        if call.store.get("gcp", POOL, name) is not None:
            raise GoogleError("ALREADY_EXISTS", f"DeploymentResourcePool {name} already exists.")
        inputs = {"name": pool_id, "region": call.location, "dedicatedResources": resources}
        outputs = {"project": call.project}
        call.store.insert(
            Row(
                "gcp",
                POOL,
                name,
                account=call.project,
                name=pool_id,
                inputs=inputs,
                outputs=outputs,
            )
        )
        return begun(call, name, "CreateDeploymentResourcePool", _SECONDS)


def _get(call: Call) -> dict[str, Any]:
    return shown(call, _row(call))


def _list(call: Call) -> dict[str, Any]:
    rows = call.store.starting("gcp", POOL, f"{call.parent}/deploymentResourcePools/")
    return page(call, "deploymentResourcePools", [shown(call, row) for row in rows])


def _delete(call: Call) -> dict[str, Any]:
    row = _row(call)
    if users := [endpoint.id for endpoint in users_of_pool(call.store, row)]:
        reason = f"The DeploymentResourcePool {row.id} is used by {', '.join(users)}."
        raise GoogleError("FAILED_PRECONDITION", reason)
    call.store.remove(row)
    return begun(call, call.name, "Delete", _SECONDS)


_COLLECTION = "deploymentResourcePools"
OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", _COLLECTION, ""): Operation("CreateDeploymentResourcePool", POOL, _create),
    ("GET", _COLLECTION, ""): Operation("ListDeploymentResourcePools", POOL, _list),
    ("GET", f"{_COLLECTION}/*", ""): Operation("GetDeploymentResourcePool", POOL, _get),
    ("DELETE", f"{_COLLECTION}/*", ""): Operation("DeleteDeploymentResourcePool", POOL, _delete),
}
