"""Azure ML's rules about traffic of online endpoints, and about defaults of batch endpoints.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints
and the REST reference of online endpoints.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Row, Store
from sandbox.values import mapped

__all__ = [
    "BATCH_DEPLOYMENT",
    "BATCH_ENDPOINT",
    "DEPLOYMENT",
    "ENDPOINT",
    "deletion",
    "references",
    "traffic_problems",
]

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment"
BATCH_ENDPOINT = "azure-native:machinelearningservices:BatchEndpoint"
BATCH_DEPLOYMENT = "azure-native:machinelearningservices:BatchDeployment"
_FULL, _MOST_MIRRORED = 100, 50


def traffic_problems(properties: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the shares of an endpoint; what is not known yet is not judged."""
    found: list[Problem] = []
    live, mirrored = mapped(properties.get("traffic")), mapped(properties.get("mirrorTraffic"))
    shares = list(live.values())
    for name, share in live.items():
        if _is_number(share) and not 0 <= share <= _FULL:
            found.append(
                Problem(f'properties.traffic["{name}"]', f"got {share:g}; use 0 to {_FULL}")
            )
    if not found and all(_is_number(share) for share in shares):
        total = sum(shares)
        if total not in {0, _FULL}:
            found.append(
                Problem(
                    "properties.traffic",
                    f"got shares that sum to {total:g}; use shares that sum to 100, or to 0",
                )
            )
    mirrors = [name for name, share in mirrored.items() if _is_number(share) and share != 0]
    if len(mirrors) > 1:
        found.append(
            Problem(
                "properties.mirrorTraffic",
                f"got {', '.join(mirrors)}; traffic is mirrored to one deployment only",
            )
        )
    for name in mirrors:
        share = mirrored[name]
        if not 0 <= share <= _MOST_MIRRORED:
            found.append(
                Problem(f'properties.mirrorTraffic["{name}"]', f"got {share:g}; use 0 to 50")
            )
        if _is_number(live.get(name)) and live[name] > 0:
            found.append(
                Problem(
                    f'properties.mirrorTraffic["{name}"]',
                    f"{name} has {live[name]:g} % of the live traffic; a deployment takes live or"
                    " mirrored traffic, not both",
                )
            )
    if mirrors and properties.get("compute"):
        found.append(
            Problem("properties.mirrorTraffic", "not supported by Kubernetes online endpoints")
        )
    return found


def references(
    store: Store, token: str, endpoint: str, properties: Mapping[str, Any]
) -> list[Problem]:
    """Deployments that an endpoint of either kind names, and does not have."""
    judged = _misdirected if token == ENDPOINT else _no_default
    return judged(store, endpoint, properties)


def _misdirected(store: Store, endpoint: str, properties: Mapping[str, Any]) -> list[Problem]:
    """Shares of deployments that the endpoint does not have."""
    return [
        Problem(
            f'properties.{kind}["{name}"]',
            f"the endpoint has no deployment '{name}'; it has {_names(store, endpoint)}. Make the"
            " deployment first, then give it traffic",
        )
        for kind in ("traffic", "mirrorTraffic")
        for name in mapped(properties.get(kind))
        if ids.found(store, DEPLOYMENT, f"{endpoint}/deployments/{name}") is None
    ]


def _no_default(store: Store, endpoint: str, properties: Mapping[str, Any]) -> list[Problem]:
    """A default deployment that the batch endpoint does not have."""
    name = mapped(properties.get("defaults")).get("deploymentName")
    if not isinstance(name, str) or not name:
        return []
    if ids.found(store, BATCH_DEPLOYMENT, f"{endpoint}/deployments/{name}") is not None:
        return []
    return [
        Problem(
            "properties.defaults.deploymentName",
            f"the batch endpoint has no deployment '{name}'; it has {_names(store, endpoint)}."
            " Make the deployment first, then write the endpoint with it as its default",
        )
    ]


def _names(store: Store, endpoint: str) -> str:
    rows = store.below(ids.PROVIDER, f"{endpoint}/deployments/")
    return ", ".join(row.name for row in rows) or "none yet"


def deletion(call: Call, row: Row) -> list[Problem]:
    """A deployment with traffic cannot go."""
    endpoint = ids.found(call.store, ENDPOINT, row.id.rpartition("/deployments/")[0])
    if endpoint is None:
        return []
    properties = mapped(endpoint.inputs.get("properties"))
    for kind, word in (("traffic", "live"), ("mirrorTraffic", "mirrored")):
        shares = {name.lower(): share for name, share in mapped(properties.get(kind)).items()}
        share = shares.get(row.name.lower(), 0)
        if share:
            return [
                Problem(
                    f'properties.{kind}["{row.name}"]',
                    f"deployment {row.name} still gets {share:g} % of the {word} traffic of"
                    f" endpoint {endpoint.name}; set it to 0 first. Where the endpoint goes too, it"
                    " takes its deployments along: give them deleted_with=<the endpoint>",
                )
            ]
    return []


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
