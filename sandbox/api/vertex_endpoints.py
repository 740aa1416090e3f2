"""Vertex AI's endpoints: what Pulumi deployed, and the models that clients deploy to them."""

import json
import re
from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    begun,
    by_number,
    conditions,
    masked,
    moment,
    page,
    require,
    whole,
)
from sandbox.api.vertex_facts import (
    ENDPOINT,
    MODEL,
    endpoint_id_problem,
    in_pulumi,
    named_accelerators,
    number,
    split_problem,
)
from sandbox.api.vertex_models import version_of
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["OPERATIONS", "shown", "touched"]

# About as long as Vertex AI takes.
CREATE_SECONDS = Transition(20)
DEPLOY_SECONDS = 600.0
MUTATE_SECONDS = 120.0
_PAGE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints"
_PROVISIONED = "goog-pulumi-provisioned"
# Fields of the API's that Pulumi's inputs have under the same name.
_SAME = (
    *("displayName", "description", "encryptionSpec", "network", "privateServiceConnectConfig"),
    *("predictRequestResponseLoggingConfig", "dedicatedEndpointEnabled", "dedicatedEndpointDns"),
)
_MUTABLE = frozenset({"displayName", "description", "labels", "trafficSplit"})
_RESOURCES = ("dedicatedResources", "automaticResources", "sharedResources")


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


def _endpoint(call: Call) -> Row:
    return require(call.store.get("gcp", ENDPOINT, call.name), call.name, "Endpoint")


def _create(call: Call) -> dict[str, Any]:
    if call.body.get("trafficSplit"):
        reason = f"endpoint.traffic_split: can only be set once models are deployed ({_PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    if not call.body.get("displayName"):
        raise GoogleError("INVALID_ARGUMENT", "endpoint.display_name: must be given")
    given = call.query.get("endpointId") or call.query.get("endpoint_id")
    if given and (wrong := endpoint_id_problem(given)):
        raise GoogleError("INVALID_ARGUMENT", f"endpoint_id: {wrong} ({_PAGE}/create)")
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
        | {"project": call.project, "createTime": moment(), "deployedModels": []},
        live={"deployedModels": [], "etag": number(10)},
    )
    with call.store.transaction():
        if call.store.get("gcp", ENDPOINT, name) is not None:
            raise GoogleError("ALREADY_EXISTS", f"Endpoint {name} already exists.")
        call.store.insert(row)
    return begun(name, "2", CREATE_SECONDS)


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
    return shown(call, _endpoint(call))


def _patch(call: Call) -> dict[str, Any]:
    names = masked(call, _MUTABLE, f"{_PAGE}/patch")
    with call.store.transaction():
        row = _idle(_endpoint(call))
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
            live["trafficSplit"] = _split(call, row.live)
            inputs = _with_split(inputs, live["trafficSplit"])
            models = listed(row.live.get("deployedModels"))
            outputs |= _served(row, models, live["trafficSplit"]) | {"updateTime": moment()}
        row = call.store.put(
            row.replace(inputs=inputs, outputs=outputs, live=live), operation="update"
        )
    return shown(call, row)


def _with_split(inputs: dict[str, Any], split: dict[str, int]) -> dict[str, Any]:
    """The inputs with another split, if the program has one."""
    if "trafficSplit" not in inputs:
        return inputs
    return {**inputs, "trafficSplit": json.dumps(split, separators=(",", ":"))}


def _split(call: Call, live: dict[str, Any], *, new: str = "", without: str = "") -> dict[str, int]:
    """The traffic that is asked for; `new` is the id that "0" stands for."""
    asked = mapped(call.body.get("trafficSplit"))
    given = {str(key): whole(value, f"traffic_split.{key}") for key, value in asked.items()}
    deployed = [str(mapped(model).get("id")) for model in listed(live.get("deployedModels"))]
    deployed = [*(each for each in deployed if each != without), *([new] if new else [])]
    if new and "0" in given:
        given[new] = given.pop("0")
    if wrong := split_problem(given, deployed):
        raise GoogleError("INVALID_ARGUMENT", f"{wrong} ({_PAGE})")
    return {key: share for key, share in given.items() if share}


def _delete(call: Call) -> dict[str, Any]:
    with call.store.transaction():
        row = _idle(_endpoint(call))
        deployed = [str(mapped(each).get("id")) for each in listed(row.live.get("deployedModels"))]
        if deployed:
            raise GoogleError(
                "FAILED_PRECONDITION",
                f"Endpoint {row.id} has deployed or being-deployed DeployedModel(s) with ID(s):"
                f" {', '.join(deployed)}. Undeploy them first.",
            )
        call.store.remove(row)
    return begun(call.name, "6", CREATE_SECONDS)


def _idle(row: Row) -> Row:
    """The row, if no operation changes what it serves."""
    if eventual.is_passing(row):
        reason = f"There are other operations running on the Endpoint {row.id}; wait for them."
        raise GoogleError("FAILED_PRECONDITION", reason)
    return row


def _deploy(call: Call) -> dict[str, Any]:
    wanted = named_accelerators(mapped(call.body.get("deployedModel")))
    with call.store.transaction():
        row = _idle(_endpoint(call))
        deployed_id = str(wanted.get("id") or number())
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        if deployed_id in [str(model.get("id")) for model in models]:
            raise GoogleError("ALREADY_EXISTS", f"DeployedModel {deployed_id} exists already.")
        model, version = _model(call, str(wanted.get("model") or ""))
        _check_resources(wanted)
        if call.body.get("trafficSplit"):
            split = _split(call, row.live, new=deployed_id)
        else:
            # Without a split a first model gets everything, and a further one nothing.
            split = {deployed_id: 100} if not models else mapped(row.live.get("trafficSplit"))
        entry = {
            **wanted,
            "id": deployed_id,
            "model": by_number(call, model.id),
            "modelVersionId": version.get("versionId"),
            "displayName": wanted.get("displayName") or version.get("displayName"),
            "createTime": moment(),
        }
        _change(call, row, [*models, entry], split, touched=deployed_id)
    return begun(call.name, "3", Transition(DEPLOY_SECONDS))


def _model(call: Call, name: str) -> tuple[Row, dict[str, Any]]:
    """The model and version to deploy: of the endpoint's own project and location."""
    plain, _, wanted = name.partition("@")
    match = re.fullmatch(r"projects/[^/]+/locations/([^/]+)/models/([^/]+)", plain)
    if match is None:
        reason = (
            f'deployed_model.model: got "{name}"; use projects/…/locations/…/models/… ({_PAGE})'
        )
        raise GoogleError("INVALID_ARGUMENT", reason)
    if match[1] != call.location:
        reason = f"The Model {name} is not in the location of the Endpoint, {call.location}."
        raise GoogleError("INVALID_ARGUMENT", reason)
    found = call.store.get("gcp", MODEL, f"{call.parent}/models/{match[2]}")
    row = require(found, name, "Model")
    version = version_of(row, wanted)
    if version is None:
        raise GoogleError("NOT_FOUND", f"The Model version {name} does not exist.")
    return row, version


def _check_resources(wanted: dict[str, Any]) -> None:
    given = [name for name in _RESOURCES if wanted.get(name)]
    if len(given) != 1:
        reason = f"deployed_model: give exactly one of {', '.join(_RESOURCES)} ({_PAGE})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    dedicated = mapped(wanted.get("dedicatedResources"))
    if not dedicated:
        return
    field = "deployed_model.dedicated_resources"
    least, most = (
        whole(dedicated.get(name) or 0, f"{field}.{name}")
        for name in ("minReplicaCount", "maxReplicaCount")
    )
    if not mapped(dedicated.get("machineSpec")).get("machineType"):
        raise GoogleError("INVALID_ARGUMENT", f"{field}.machine_spec.machine_type: must be given")
    if least < 1:
        raise GoogleError(
            "INVALID_ARGUMENT", f"{field}.min_replica_count: got {least}; use 1 or more"
        )
    if most and most < least:
        reason = f"{field}.max_replica_count: got {most}; use min_replica_count, {least}, or more"
        raise GoogleError("INVALID_ARGUMENT", reason)


def _undeploy(call: Call) -> dict[str, Any]:
    wanted = str(call.body.get("deployedModelId") or "")
    with call.store.transaction():
        row = _idle(_endpoint(call))
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        kept = [model for model in models if str(model.get("id")) != wanted]
        if len(kept) == len(models):
            raise GoogleError("NOT_FOUND", f"DeployedModel {wanted} is not deployed to {row.id}.")
        before = mapped(row.live.get("trafficSplit"))
        if call.body.get("trafficSplit"):
            split = _split(call, row.live, without=wanted)
        elif before.get(wanted) and kept:
            reason = (
                f"traffic_split: DeployedModel {wanted} gets {before[wanted]} percent; say who gets"
                f" them ({_PAGE}/undeployModel)"
            )
            raise GoogleError("INVALID_ARGUMENT", reason)
        else:
            split = {key: share for key, share in before.items() if key != wanted}
        _change(call, row, kept, split)
    return begun(call.name, "4", Transition(MUTATE_SECONDS))


def _mutate(call: Call) -> dict[str, Any]:
    wanted = named_accelerators(mapped(call.body.get("deployedModel")))
    with call.store.transaction():
        row = _idle(_endpoint(call))
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        if str(wanted.get("id")) not in [str(model.get("id")) for model in models]:
            reason = f"DeployedModel {wanted.get('id')} is not deployed to {row.id}."
            raise GoogleError("NOT_FOUND", reason)
        changed = [
            _mutated(model, wanted) if str(model.get("id")) == str(wanted.get("id")) else model
            for model in models
        ]
        split = mapped(row.live.get("trafficSplit"))
        _change(call, row, changed, split, touched=str(wanted.get("id")))
    return begun(call.name, "5", Transition(MUTATE_SECONDS))


def _mutated(model: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The replica counts and metrics may change, nothing else (MutateDeployedModel)."""
    found = dict(model)
    for name in ("dedicatedResources", "automaticResources"):
        if resources := mapped(wanted.get(name)):
            kept = mapped(model.get(name)).get("machineSpec")
            found[name] = {**mapped(model.get(name)), **resources}
            if kept:
                found[name]["machineSpec"] = kept
    _check_resources(found)
    return found


def _change(
    call: Call, row: Row, models: list[dict[str, Any]], split: dict[str, Any], **live: str
) -> None:
    """Write what the endpoint will serve; until then it serves what it did."""
    changed = row.replace(
        inputs=_with_split(row.inputs, split),
        outputs={**_served(row, models, split), "updateTime": moment()},
        live={
            **row.live,
            **live,
            "deployedModels": models,
            "trafficSplit": split,
            "etag": number(10),
        },
    )
    before = listed(row.live.get("deployedModels"))
    meanwhile = Transition(
        DEPLOY_SECONDS if len(models) > len(before) else MUTATE_SECONDS,
        live={
            "deployedModels": before,
            "trafficSplit": mapped(row.live.get("trafficSplit")),
        },
        outputs={"deployedModels": in_pulumi(before)},
    )
    call.store.put(eventual.begun(changed, meanwhile), operation="update")


def _served(row: Row, models: list[Any], split: dict[str, Any]) -> dict[str, Any]:
    """The row's outputs with what it serves; a split that the program gives is an input."""
    outputs = {**row.outputs, "deployedModels": in_pulumi(models)}
    if "trafficSplit" not in row.inputs:
        outputs["trafficSplit"] = json.dumps(split, separators=(",", ":")) if split else ""
    return outputs


def touched(row: Row) -> dict[str, Any]:
    """The model that the latest deployment or mutation was about."""
    for model in map(mapped, listed(row.live.get("deployedModels"))):
        if model.get("id") == row.live.get("touched"):
            return model
    return {}


OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", "endpoints", ""): Operation("CreateEndpoint", ENDPOINT, _create),
    ("GET", "endpoints", ""): Operation("ListEndpoints", ENDPOINT, _list),
    ("GET", "endpoints/*", ""): Operation("GetEndpoint", ENDPOINT, _get),
    ("PATCH", "endpoints/*", ""): Operation("UpdateEndpoint", ENDPOINT, _patch),
    ("DELETE", "endpoints/*", ""): Operation("DeleteEndpoint", ENDPOINT, _delete),
    ("POST", "endpoints/*", "deployModel"): Operation("DeployModel", ENDPOINT, _deploy),
    ("POST", "endpoints/*", "undeployModel"): Operation("UndeployModel", ENDPOINT, _undeploy),
    ("POST", "endpoints/*", "mutateDeployedModel"): Operation(
        "MutateDeployedModel", ENDPOINT, _mutate
    ),
}
