"""Vertex AI: endpoints with what is deployed to them, which Pulumi has no properties for."""

import json
from typing import Any

from sandbox.api.vertex_facts import (
    ENDPOINT,
    POOL,
    endpoint_id_problem,
    in_pulumi,
    number,
    split_problem,
    users_of_pool,
)
from sandbox.check import Problem
from sandbox.clouds.base import Call, hexadecimal
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["KINDS", "LIVE_SHAPES", "live_problems"]

# What `sandbox/cloud set` may make of an endpoint.
LIVE_SHAPES: dict[str, Any] = {
    ENDPOINT: {"deployedModels": [{"id": str, "model": str}], "trafficSplit?": {"*": int}}
}
_PAGE = "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints"


def live_problems(row: Row) -> list[Problem]:
    """What is wrong with what an endpoint is said to serve."""
    if row.token != ENDPOINT:
        return []
    deployed = [str(mapped(model).get("id")) for model in listed(row.live.get("deployedModels"))]
    wrong = split_problem(mapped(row.live.get("trafficSplit")), deployed)
    return [Problem("live.trafficSplit", f"{wrong} ({_PAGE})")] if wrong else []


def _network(call: Call) -> list[Problem]:
    given = call.inputs.get("network")
    if not isinstance(given, str) or not given or "/global/networks/" in given:
        return []
    reason = f'got "{given}"; use projects/<number>/global/networks/<name> ({_PAGE})'
    return [Problem("network", reason)]


def _constraints(call: Call) -> list[Problem]:
    return _network(call) + _traffic_split(call)


def _traffic_split(call: Call) -> list[Problem]:
    text = call.inputs.get("trafficSplit")
    if not isinstance(text, str) or not text:
        return []
    try:
        split = json.loads(text)
    except ValueError as error:
        return [Problem("trafficSplit", f"is no JSON: {error} ({_PAGE})")]
    shares = list(mapped(split).values())
    if not isinstance(split, dict) or not all(
        isinstance(share, int) and 0 <= share <= 100  # noqa: PLR2004 - percent
        for share in shares
    ):
        reason = f"use a JSON object of deployed models' ids and percents ({_PAGE})"
        return [Problem("trafficSplit", reason)]
    if shares and sum(shares) != 100:  # noqa: PLR2004 - percent
        return [Problem("trafficSplit", f"adds up to {sum(shares)}; use 100 ({_PAGE})")]
    return []


def _referring(call: Call) -> list[Problem]:
    return _name(call) + _deployed(call)


def _name(call: Call) -> list[Problem]:
    name: Any = call.inputs.get("name")
    if not isinstance(name, str) or call.previous is not None:
        return []
    wrong = endpoint_id_problem(name)
    return [Problem("name", f"{wrong} ({_PAGE}/create)")] if wrong else []


def _deployed(call: Call) -> list[Problem]:
    text = call.inputs.get("trafficSplit")
    if not isinstance(text, str) or not text:
        return []
    live = call.previous.live if call.previous is not None else {}
    deployed = [str(mapped(model).get("id")) for model in listed(live.get("deployedModels"))]
    wrong = split_problem(mapped(json.loads(text)), deployed)
    return [Problem("trafficSplit", f"{wrong} ({_PAGE})")] if wrong else []


def _outputs(call: Call, identity: Identity) -> dict[str, Any]:
    live = call.previous.live if call.previous is not None else {}
    found: dict[str, Any] = {
        "deployedModels": in_pulumi(listed(live.get("deployedModels"))),
        "modelDeploymentMonitoringJob": "",
        "dedicatedEndpointDns": "",
    }
    if call.inputs.get("dedicatedEndpointEnabled"):
        host = f"{identity.name}.{identity.place}-{identity.number}.prediction.vertexai.goog"
        found["dedicatedEndpointDns"] = host
    if "name" not in call.inputs:
        found["name"] = identity.name
    if "trafficSplit" not in call.inputs and live.get("trafficSplit"):
        found["trafficSplit"] = json.dumps(live["trafficSplit"])
    return found


def _live(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    live: dict[str, Any] = {"deployedModels": []}
    if call.previous is not None:
        live = dict(call.previous.live)
    if text := call.inputs.get("trafficSplit"):
        live["trafficSplit"] = json.loads(text)
    return {**live, "etag": hexadecimal(16)}


def _deletion(call: Call, row: Row) -> list[Problem]:
    del call
    deployed = listed(row.live.get("deployedModels"))
    if not deployed:
        return []
    ids = ", ".join(str(mapped(model).get("id")) for model in deployed)
    reason = f"has DeployedModels {ids}; undeploy them before deleting the endpoint"
    return [Problem("deployedModels", reason)]


def _pool_deletion(call: Call, row: Row) -> list[Problem]:
    users = [endpoint.name or endpoint.id for endpoint in users_of_pool(call.store, row)]
    if not users:
        return []
    return [Problem("name", f"is used by models deployed to {', '.join(users)}; undeploy them")]


_KEY = {"encryptionSpec.kmsKeyName": "key"}


def _garden_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    return {
        "endpoint": identity.id.rpartition("/")[2],
        "deployedModelId": before.get("deployedModelId") or number(),
        "deployedModelDisplayName": before.get("deployedModelDisplayName") or identity.name,
    }


KINDS = {
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment": Kind(
        outputs=_garden_outputs
    ),
    ENDPOINT: Kind(
        references={**_KEY, "network": "network"},
        referring=_referring,
        constraints=_constraints,
        outputs=_outputs,
        live=_live,
        deletion=_deletion,
    ),
    POOL: Kind(deletion=_pool_deletion),
    "gcp:vertex/aiDataset:AiDataset": Kind(references=_KEY),
    "gcp:vertex/aiFeatureStore:AiFeatureStore": Kind(references=_KEY),
    "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": Kind(references={"network": "network"}),
    "gcp:vertex/aiTensorboard:AiTensorboard": Kind(references=_KEY),
}
