"""Vertex AI's endpoints, those of Pulumi and those of clients; see `vertex_deployments` too."""

from typing import Any

from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    by_number,
    conditions,
    masked,
    moment,
    page,
)
from sandbox.api.vertex_facts import (
    ENDPOINT,
    endpoint_id_problem,
    number,
)
from sandbox.api.vertex_operations import begun
from sandbox.api.vertex_serving import (
    PAGE,
    check_peered,
    endpoint_of,
    idle,
    served,
    split_of,
    with_split,
)
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["OPERATIONS", "shown"]

# About as long as Vertex AI takes.
CREATE_SECONDS = Transition(20)
_PROVISIONED = "goog-pulumi-provisioned"
# Fields of the API's that Pulumi's inputs have under the same name.
_SAME = (
    *("displayName", "description", "encryptionSpec", "network", "privateServiceConnectConfig"),
    *("predictRequestResponseLoggingConfig", "dedicatedEndpointEnabled", "dedicatedEndpointDns"),
)
_MUTABLE = frozenset({"displayName", "description", "labels", "trafficSplit"})


def shown(call: Call, row: Row) -> dict[str, Any]:
    """An endpoint as the API has it."""
    known = {**row.inputs, **row.outputs}
    found = {name: known[name] for name in _SAME if known.get(name) not in (None, "")}
    return {
        **found,
        "name": by_number(call, row.id),
        "labels": mapped(row.outputs.get("effectiveLabels")) or mapped(row.inputs.get("labels")),
        "createTime": row.created,
        "updateTime": row.updated,
        "etag": str(row.live.get("etag") or ""),
        "deployedModels": listed(row.live.get("deployedModels")),
        "trafficSplit": mapped(row.live.get("trafficSplit")),
    }


def _create(call: Call) -> dict[str, Any]:
    if call.body.get("trafficSplit"):
        reason = f"endpoint.traffic_split: can only be set once models are deployed ({PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    if not call.body.get("displayName"):
        raise GoogleError("INVALID_ARGUMENT", "endpoint.display_name: must be given")
    given = call.query.get("endpointId") or call.query.get("endpoint_id")
    if given and (wrong := endpoint_id_problem(given)):
        raise GoogleError("INVALID_ARGUMENT", f"endpoint_id: {wrong} ({PAGE}/create)")
    endpoint_id = given or number()
    name = f"{call.parent}/endpoints/{endpoint_id}"
    labels = mapped(call.body.get("labels"))
    inputs = {key: call.body[key] for key in _SAME if call.body.get(key) not in (None, "")}
    inputs |= {"name": endpoint_id, "location": call.location}
    inputs |= {"labels": labels} if labels else {}
    row = Row(
        "gcp",
        ENDPOINT,
        name,
        account=call.project,
        name=endpoint_id,
        inputs=inputs,
        outputs=_outputs(labels)
        | _dedicated_dns(call, endpoint_id)
        | {"project": call.project, "createTime": moment(), "deployedModels": []},
        live={"deployedModels": [], "etag": number(10)},
    )
    with call.store.transaction():
        if call.store.get("gcp", ENDPOINT, name) is not None:
            raise GoogleError("ALREADY_EXISTS", f"Endpoint {name} already exists.")
        call.store.insert(row)
    return begun(call, name, "CreateEndpoint", CREATE_SECONDS)


def _dedicated_dns(call: Call, endpoint_id: str) -> dict[str, str]:
    if not call.body.get("dedicatedEndpointEnabled"):
        return {}
    project = by_number(call, call.name).split("/")[1]
    host = f"{endpoint_id}.{call.location}-{project}.prediction.vertexai.goog"
    return {"dedicatedEndpointDns": host}


def _outputs(labels: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in labels.items() if key != _PROVISIONED}
    return {"effectiveLabels": labels, "pulumiLabels": own, "updateTime": moment()}


def _list(call: Call) -> dict[str, Any]:
    wanted = conditions(call)
    rows = call.store.starting("gcp", ENDPOINT, f"{call.parent}/endpoints/")
    found = [
        endpoint
        for endpoint in [shown(call, row) for row in rows]
        if all(_is(endpoint, key, value) for key, value in wanted)
    ]
    found.sort(key=lambda endpoint: str(endpoint["createTime"]), reverse=True)
    return page(call, "endpoints", found)


def _is(endpoint: dict[str, Any], key: str, value: str) -> bool:
    if key.startswith("labels."):
        return mapped(endpoint["labels"]).get(key.removeprefix("labels.")) == value
    if key == "endpoint":
        return str(endpoint["name"]).endswith(f"/{value}")
    return key in {"display_name", "displayName"} and endpoint.get("displayName") == value


def _get(call: Call) -> dict[str, Any]:
    return shown(call, endpoint_of(call))


def _patch(call: Call) -> dict[str, Any]:
    names = masked(call, _MUTABLE, f"{PAGE}/patch")
    with call.store.transaction():
        row = idle(endpoint_of(call))
        if call.failing is not None:
            # Acknowledged, and not done.
            return shown(call, row)
        inputs, live = dict(row.inputs), {**row.live, "etag": number(10)}
        outputs = {**row.outputs, "updateTime": moment()}
        for name in names & {"displayName", "description"}:
            inputs[name] = call.body.get(name) or ""
        if "labels" in names:
            labels = mapped(call.body.get("labels"))
            own = {key: value for key, value in labels.items() if key != _PROVISIONED}
            inputs["labels"] = own
            outputs |= _outputs(labels)
        if "trafficSplit" in names:
            check_peered(row, split=True, others=False)
            live["trafficSplit"] = split_of(call, row.live)
            inputs = with_split(inputs, live["trafficSplit"])
            models = listed(row.live.get("deployedModels"))
            outputs |= served(row, models, live["trafficSplit"]) | {"updateTime": moment()}
        row = call.store.put(
            row.replace(inputs=inputs, outputs=outputs, live=live), operation="update"
        )
    return shown(call, row)


def _delete(call: Call) -> dict[str, Any]:
    with call.store.transaction():
        row = idle(endpoint_of(call))
        deployed = [str(mapped(each).get("id")) for each in listed(row.live.get("deployedModels"))]
        if deployed:
            raise GoogleError(
                "FAILED_PRECONDITION",
                f"Endpoint {row.id} has deployed or being-deployed DeployedModel(s) with ID(s):"
                f" {', '.join(deployed)}. Undeploy them first.",
            )
        call.store.remove(row)
    return begun(call, call.name, "Delete", CREATE_SECONDS)


OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", "endpoints", ""): Operation("CreateEndpoint", ENDPOINT, _create),
    ("GET", "endpoints", ""): Operation("ListEndpoints", ENDPOINT, _list),
    ("GET", "endpoints/*", ""): Operation("GetEndpoint", ENDPOINT, _get),
    ("PATCH", "endpoints/*", ""): Operation("UpdateEndpoint", ENDPOINT, _patch),
    ("DELETE", "endpoints/*", ""): Operation("DeleteEndpoint", ENDPOINT, _delete),
}
