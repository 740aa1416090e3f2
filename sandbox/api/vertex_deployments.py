"""Deploying to Vertex AI's endpoints: what clients deploy, change and take away."""

import re
from typing import Any

from sandbox import eventual
from sandbox.api.vertex_call import (
    Call,
    GoogleError,
    Operation,
    by_number,
    mask,
    moment,
    require,
    whole,
)
from sandbox.api.vertex_facts import ENDPOINT, POOL, in_pulumi, named_accelerators, number
from sandbox.api.vertex_models import version_of
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

__all__ = ["OPERATIONS"]

# About as long as Vertex AI takes.
DEPLOY_SECONDS = 600.0
MUTATE_SECONDS = 120.0
_DEPLOYED_ID = re.compile(r"[0-9]{1,10}")
_MUTABLE_PATHS = frozenset(
    {
        *(f"dedicatedResources.{each}" for each in ("minReplicaCount", "maxReplicaCount")),
        "dedicatedResources.requiredReplicaCount",
        "dedicatedResources.autoscalingMetricSpecs",
        *(f"automaticResources.{each}" for each in ("minReplicaCount", "maxReplicaCount")),
        "disableContainerLogging",
    }
)
_RESOURCES = ("dedicatedResources", "automaticResources", "sharedResources")


def _deploy(call: Call) -> dict[str, Any]:
    wanted = named_accelerators(mapped(call.body.get("deployedModel")))
    with call.store.transaction():
        row = idle(endpoint_of(call))
        deployed_id = str(wanted.get("id") or number())
        if wanted.get("id") and not _DEPLOYED_ID.fullmatch(deployed_id):
            reason = f'deployed_model.id: got "{deployed_id}"; use 1 to 10 digits ({PAGE})'
            raise GoogleError("INVALID_ARGUMENT", reason)
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        if deployed_id in [str(model.get("id")) for model in models]:
            raise GoogleError("ALREADY_EXISTS", f"DeployedModel {deployed_id} exists already.")
        model, version = _model(call, str(wanted.get("model") or ""))
        _check_resources(wanted)
        _check_pool(call, wanted)
        check_peered(row, split=bool(call.body.get("trafficSplit")), others=bool(models))
        if call.body.get("trafficSplit"):
            split = split_of(call, row.live, new=deployed_id)
        else:
            # The split is not updated: the model gets nothing, also as the first one.
            split = mapped(row.live.get("trafficSplit"))
        entry = {
            **wanted,
            "id": deployed_id,
            "model": by_number(call, model.id),
            "modelVersionId": version.get("versionId"),
            "displayName": wanted.get("displayName") or version.get("displayName"),
            "createTime": moment(),
        }
        _change(call, row, [*models, entry], split, touched=deployed_id)
    return begun(call, call.name, "DeployModel", Transition(DEPLOY_SECONDS))


def _model(call: Call, name: str) -> tuple[Row, dict[str, Any]]:
    """The model and version to deploy: of the endpoint's own project."""
    plain, _, wanted = name.partition("@")
    match = re.fullmatch(r"projects/[^/]+/locations/([^/]+)/models/([^/]+)", plain)
    if match is None:
        reason = f'deployed_model.model: got "{name}"; use projects/…/locations/…/models/… ({PAGE})'
        raise GoogleError("INVALID_ARGUMENT", reason)
    # It may be in another location than the endpoint: DeployedModel.model in the API.
    model = f"projects/{call.project}/locations/{match[1]}/models/{match[2]}"
    return version_of(call, model, wanted, name)


def _check_resources(wanted: dict[str, Any]) -> None:
    given = [name for name in _RESOURCES if wanted.get(name)]
    if len(given) != 1:
        reason = f"deployed_model: give exactly one of {', '.join(_RESOURCES)} ({PAGE})"
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
        row = idle(endpoint_of(call))
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        kept = [model for model in models if str(model.get("id")) != wanted]
        if len(kept) == len(models):
            raise GoogleError("NOT_FOUND", f"DeployedModel {wanted} is not deployed to {row.id}.")
        before = mapped(row.live.get("trafficSplit"))
        if call.body.get("trafficSplit"):
            split = split_of(call, row.live, without=wanted)
        elif before.get(wanted) and kept:
            reason = (
                f"traffic_split: DeployedModel {wanted} gets {before[wanted]} percent; say who gets"
                f" them ({PAGE}/undeployModel)"
            )
            raise GoogleError("INVALID_ARGUMENT", reason)
        else:
            split = {key: share for key, share in before.items() if key != wanted}
        _change(call, row, kept, split)
    return begun(call, call.name, "UndeployModel", Transition(MUTATE_SECONDS))


def _mutate(call: Call) -> dict[str, Any]:
    wanted = named_accelerators(mapped(call.body.get("deployedModel")))
    with call.store.transaction():
        row = idle(endpoint_of(call))
        models = [mapped(each) for each in listed(row.live.get("deployedModels"))]
        if str(wanted.get("id")) not in [str(model.get("id")) for model in models]:
            reason = f"DeployedModel {wanted.get('id')} is not deployed to {row.id}."
            raise GoogleError("NOT_FOUND", reason)
        paths = _mutable_paths(call)
        changed = [
            _mutated(model, wanted, paths)
            if str(model.get("id")) == str(wanted.get("id"))
            else model
            for model in models
        ]
        split = mapped(row.live.get("trafficSplit"))
        _change(call, row, changed, split, touched=str(wanted.get("id")))
    return begun(call, call.name, "MutateDeployedModel", Transition(MUTATE_SECONDS))


def _mutated(model: dict[str, Any], wanted: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """What the mask names, of what may change at all: bounds, metrics, logging."""
    found = dict(model)
    for path in paths:
        first, _, second = path.partition(".")
        if not second:
            found[first] = wanted.get(first)
        elif first not in model:
            reason = f"{path}: the DeployedModel has no {first} ({PAGE}/mutateDeployedModel)"
            raise GoogleError("INVALID_ARGUMENT", reason)
        else:
            given = mapped(wanted.get(first))
            block = {key: value for key, value in mapped(found[first]).items() if key != second}
            found[first] = {**block, second: given[second]} if second in given else block
    _check_resources(found)
    return found


def _mutable_paths(call: Call) -> list[str]:
    paths, page_ = mask(call), f"{PAGE}/mutateDeployedModel"
    if not paths:
        raise GoogleError("INVALID_ARGUMENT", f"update_mask: must be given ({page_})")
    if odd := [path for path in paths if path not in _MUTABLE_PATHS]:
        reason = f"update_mask: {', '.join(odd)} cannot be mutated ({page_})"
        raise GoogleError("INVALID_ARGUMENT", reason)
    return paths


def _check_pool(call: Call, wanted: dict[str, Any]) -> None:
    """A pool of shared resources must be there, in the endpoint's location."""
    name = str(wanted.get("sharedResources") or "")
    if not name:
        return
    found = call.store.get(
        "gcp", POOL, f"{call.parent}/deploymentResourcePools/{name.rpartition('/')[2]}"
    )
    if name.split("/")[2:4] != ["locations", call.location]:
        reason = f'deployed_model.shared_resources: got "{name}"; use a pool in {call.location}'
        raise GoogleError("INVALID_ARGUMENT", reason)
    require(found, name, "DeploymentResourcePool")


def _change(
    call: Call, row: Row, models: list[dict[str, Any]], split: dict[str, Any], **live: str
) -> None:
    """Write what the endpoint will serve; until then it serves what it did.

    Where the operation is to fail it is only busy meanwhile.
    """
    if call.failing is not None:
        call.store.put(eventual.begun(row, Transition(MUTATE_SECONDS)), operation="update")
        return
    changed = row.replace(
        inputs=with_split(row.inputs, split),
        outputs={**served(row, models, split), "updateTime": moment()},
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


OPERATIONS: dict[tuple[str, str, str], Operation] = {
    ("POST", "endpoints/*", "deployModel"): Operation("DeployModel", ENDPOINT, _deploy),
    ("POST", "endpoints/*", "undeployModel"): Operation("UndeployModel", ENDPOINT, _undeploy),
    ("POST", "endpoints/*", "mutateDeployedModel"): Operation(
        "MutateDeployedModel", ENDPOINT, _mutate
    ),
}
