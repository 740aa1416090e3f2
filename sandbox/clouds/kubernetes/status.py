"""What controllers write into `status`, and the few rules between fields that every server has."""

import hashlib
import json
from typing import Any, cast

from sandbox.check import Problem
from sandbox.clouds.base import Call, moment
from sandbox.store import Row
from sandbox.values import at, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["problems", "status_of"]

_SELECTED = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"}


def problems(call: Call) -> list[Problem]:
    """Rules between fields: a selector selects its own template's labels."""
    kind = call.token.rpartition(":")[2]
    spec: Any = call.inputs.get("spec")
    if kind not in _SELECTED or not isinstance(spec, dict):
        return []
    parts = cast("dict[str, Any]", spec)
    wanted = mapped(at(parts, "selector", "matchLabels"))
    if has_unknown(parts.get("template")):
        return []
    given = mapped(at(parts, "template", "metadata", "labels"))
    for key, value in wanted.items():
        if value is not UNKNOWN and given.get(key) != value:
            return [
                Problem(
                    "spec.template.metadata.labels",
                    f"selector does not match template labels: {key} is {given.get(key)!r} in the"
                    f" template, {value!r} in spec.selector.matchLabels",
                )
            ]
    return []


def status_of(  # noqa: PLR0911 - one per kind
    call: Call, metadata: dict[str, Any], before: Row | None, notes: dict[str, Any]
) -> dict[str, Any]:
    """The status that the object has once its controller is done; empty where there is none.

    `notes` is what the controllers remember between changes; it is kept in the row's `live`.
    """
    kind = str(call.inputs.get("kind") or call.token.rpartition(":")[2])
    spec = cast("dict[str, Any]", call.inputs.get("spec") or {})
    match kind:
        case "Deployment":
            return {"status": _deployment(spec, metadata)}
        case "StatefulSet" | "ReplicaSet":
            replicas = int(spec.get("replicas", 1))
            return {"status": {"replicas": replicas, "readyReplicas": replicas}}
        case "Namespace":
            return {"status": {"phase": "Active"}}
        case "Service":
            return _service(call, spec, before)
        case "PersistentVolumeClaim":
            return {"status": {"phase": "Bound"}}
        case "Pod":
            return {"status": {"phase": "Running", "conditions": _conditions("Ready")}}
        case "Job":
            return {"status": {"succeeded": 1, "conditions": _conditions("Complete")}}
        case "InferenceService":
            return {"status": _inference_service(spec, metadata, before, notes)}
        case _:
            return {} if call.declared is not None else {"status": _custom(metadata)}


def _deployment(spec: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    replicas = int(spec.get("replicas", 1))
    counts = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
    return {
        **dict.fromkeys(counts, replicas),
        "observedGeneration": metadata["generation"],
        "conditions": _conditions("Available", "Progressing"),
    }


def _service(call: Call, spec: dict[str, Any], before: Row | None) -> dict[str, Any]:
    """The server gives an address; a load balancer gets a host name."""
    name = str(call.inputs.get("metadata", {}).get("name", ""))
    kept: Any = at(before.outputs, "spec", "clusterIP") if before is not None else None
    number = int(hashlib.sha256(call.urn.encode()).hexdigest()[:4], 16)
    address = kept or f"10.100.{number // 256}.{number % 256}"
    balanced: dict[str, Any] = {}
    if spec.get("type") == "LoadBalancer":
        balanced = {"ingress": [{"hostname": f"{name}.elb.sandbox.example.com"}]}
    given = {"type": "ClusterIP", "clusterIP": address, **spec}
    if given["clusterIP"] != "None":
        given["clusterIPs"] = [given["clusterIP"]]
    return {"spec": given, "status": {"loadBalancer": balanced}}


def _inference_service(
    spec: dict[str, Any], metadata: dict[str, Any], before: Row | None, notes: dict[str, Any]
) -> dict[str, Any]:
    """KServe's status: of Knative mode with revisions and traffic, else without."""
    name, namespace = metadata["name"], metadata["namespace"]
    annotations = mapped(metadata.get("annotations"))
    mode = str(annotations.get("serving.kserve.io/deploymentMode", "Knative")).lower()
    url = f"http://{name}.{namespace}.example.com"
    inside = f"http://{name}-predictor.{namespace}.svc.cluster.local"
    status: dict[str, Any] = {
        "conditions": _conditions("IngressReady", "PredictorReady", "Ready"),
        "url": url,
        "address": {"url": inside},
        "observedGeneration": metadata["generation"],
    }
    predictor: dict[str, Any] = {"url": f"http://{name}-predictor.{namespace}.example.com"}
    if mode in {"knative", "serverless"}:
        predictor |= _revisions(spec, metadata, before, notes)
        status["deploymentMode"] = "Knative"
    else:
        # The default `domainTemplate` of KServe's ingress configuration.
        status["url"] = f"http://{name}-{namespace}.example.com"
        status["deploymentMode"] = "Standard"
    status["components"] = {"predictor": predictor}
    model = at(spec, "predictor", "model")
    if model:
        status["modelStatus"] = {
            "copies": {"failedCopies": 0, "totalCopies": 1},
            "states": {"activeModelState": "Loaded", "targetModelState": "Loaded"},
            "transitionStatus": "UpToDate",
        }
    return status


def _revisions(
    spec: dict[str, Any], metadata: dict[str, Any], before: Row | None, notes: dict[str, Any]
) -> dict[str, Any]:
    """How KServe rolls revisions in Knative mode.

    A change of the predictor, other than of its share, makes a revision. The first one gets all
    traffic whatever `canaryTrafficPercent` says; a later one gets that share, and the revision
    that was rolled out in full before gets the rest. Without a share, the newest gets all of it.
    A share set on a revision that is rolled out already sends the rest back to the one before.
    Source: KServe, reconcilers/knative/ksvc_reconciler.go and PropagateStatus of the API types.
    """
    predictor = dict(cast("dict[str, Any]", spec.get("predictor") or {}))
    percent = predictor.pop("canaryTrafficPercent", None)
    digest = hashlib.sha256(json.dumps(predictor, sort_keys=True).encode()).hexdigest()
    old: dict[str, Any] = {}
    if before is not None:
        old = at(before.outputs, "status", "components", "predictor") or {}
    number = int(notes.get("revision", 0))
    if notes.get("digest") != digest:
        number += 1
        notes.update(revision=number, digest=digest)
    latest = f"{metadata['name']}-predictor-{number:05d}"
    rolled_out = str(old.get("latestRolledoutRevision", ""))
    previous = str(old.get("previousRolledoutRevision", ""))
    stable = previous if rolled_out == latest else rolled_out
    share = 100 if percent is None or not stable else int(percent)
    traffic: list[dict[str, Any]] = [
        {"latestRevision": True, "percent": share, "revisionName": latest}
    ]
    if share < 100:  # noqa: PLR2004
        rest = 100 - share
        traffic.append(
            {"latestRevision": False, "percent": rest, "revisionName": stable, "tag": "prev"}
        )
        rolled_out = previous if rolled_out == latest else rolled_out
    elif rolled_out != latest:
        previous, rolled_out = rolled_out, latest
    revisions = {"latestRolledoutRevision": rolled_out, "previousRolledoutRevision": previous}
    return {
        "latestCreatedRevision": latest,
        "latestReadyRevision": latest,
        **{key: value for key, value in revisions.items() if value},
        "traffic": traffic,
    }


def _custom(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"observedGeneration": metadata["generation"], "conditions": _conditions("Ready")}


def _conditions(*kinds: str) -> list[dict[str, Any]]:
    at = moment()
    return [{"type": kind, "status": "True", "lastTransitionTime": at} for kind in kinds]
