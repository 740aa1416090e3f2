"""What controllers write into `status`."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, cast

from sandbox.clouds.base import moment
from sandbox.clouds.kubernetes.custom import is_custom
from sandbox.clouds.kubernetes.readiness import Trouble
from sandbox.clouds.kubernetes.rules import kserve
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = ["status_of"]

Object = dict[str, Any]


def status_of(
    kind: str,
    value: Object,
    before: Row | None,
    notes: dict[str, Any],
    troubles: list[Trouble],
) -> dict[str, Any]:
    """The status that the object has once its controller is done; empty where there is none.

    `notes` is what the controllers remember between changes; it is kept in the row's `live`.
    `troubles`: why it does not come to it.
    """
    make = _STATUS.get(kind)
    if make is None:
        made = _custom(value) if is_custom(f":{value.get('apiVersion', '')}") else {}
    elif kind == "InferenceService":
        made = _inference_service(value, before, notes, troubles)
    else:
        made = make(value, troubles)
    if not made:
        return {}
    old = mapped(before.outputs.get("status")) if before is not None else {}
    return {"status": _steady(made, old)}


def _steady(made: Object, old: Object) -> Object:
    """The status, whose conditions keep their time where they have not changed."""
    known = {mapped(item).get("type"): mapped(item) for item in listed(old.get("conditions"))}
    for condition in listed(made.get("conditions")):
        was = known.get(condition["type"])
        if was is not None and was.get("status") == condition["status"]:
            condition["lastTransitionTime"] = was.get("lastTransitionTime")
    return made


def _spec(value: Object) -> Object:
    return mapped(value.get("spec"))


def _generation(value: Object) -> int:
    return int(at(value, "metadata", "generation") or 1)


def _deployment(value: Object, troubles: list[Trouble]) -> Object:
    """https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status."""
    replicas = int(_spec(value).get("replicas", 1))
    found: Object = {"observedGeneration": _generation(value)}
    if not troubles or not replicas:
        counts = ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas")
        found |= dict.fromkeys(counts, replicas)
        found["conditions"] = _conditions("Available", "Progressing")
        return found
    refused = [t for t in troubles if t.reason == "FailedCreate"]
    if not refused:
        found |= {"replicas": replicas, "updatedReplicas": replicas}
    found["unavailableReplicas"] = replicas
    found["conditions"] = [
        _condition(
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        ),
        *(_condition("ReplicaFailure", "True", t.reason, t.message) for t in refused),
        _condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out progressing."),
    ]
    return found


def _replicas(value: Object, troubles: list[Trouble]) -> Object:
    replicas = int(_spec(value).get("replicas", 1))
    found: Object = {"observedGeneration": _generation(value)}
    if not troubles:
        found |= {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas}
    elif any(t.reason == "FailedCreate" for t in troubles):
        found |= {"replicas": 0, "conditions": _failures(troubles)}
    else:
        found |= {"replicas": replicas, "readyReplicas": 0, "availableReplicas": 0}
    return found


def _failures(troubles: list[Trouble]) -> list[Object]:
    refused = [t for t in troubles if t.reason == "FailedCreate"]
    return [_condition("ReplicaFailure", "True", t.reason, t.message) for t in refused]


def _namespace(_: Object, __: list[Trouble]) -> Object:
    return {"phase": "Active"}


def _service(value: Object, _: list[Trouble]) -> Object:
    """A load balancer gets a host name."""
    if _spec(value).get("type") != "LoadBalancer":
        return {"loadBalancer": {}}
    name = at(value, "metadata", "name")
    return {"loadBalancer": {"ingress": [{"hostname": f"{name}.elb.sandbox.example.com"}]}}


def _ingress(value: Object, troubles: list[Trouble]) -> Object:
    if troubles:
        return {"loadBalancer": {}}
    name = at(value, "metadata", "name")
    return {"loadBalancer": {"ingress": [{"hostname": f"{name}.elb.sandbox.example.com"}]}}


def _claim(value: Object, _: list[Trouble]) -> Object:
    spec = _spec(value)
    capacity = mapped(at(spec, "resources", "requests"))
    return {"phase": "Bound", "accessModes": spec.get("accessModes", []), "capacity": capacity}


def _pod(_: Object, troubles: list[Trouble]) -> Object:
    if not troubles:
        return {"phase": "Running", "conditions": _conditions("Ready")}
    first = troubles[0]
    conditions = [_condition("Ready", "False", first.reason, first.message)]
    return {"phase": "Pending", "conditions": conditions}


def _job(value: Object, troubles: list[Trouble]) -> Object:
    if troubles or _spec(value).get("suspend") is True:
        return {"active": 0, "conditions": _failures(troubles)}
    return {"succeeded": 1, "conditions": _conditions("Complete")}


def _autoscaler(value: Object, _: list[Trouble]) -> Object:
    replicas = int(_spec(value).get("minReplicas", 1))
    return {"currentReplicas": replicas, "desiredReplicas": replicas}


def _definition(value: Object, _: list[Trouble]) -> Object:
    names = mapped(_spec(value).get("names"))
    return {"acceptedNames": names, "conditions": _conditions("NamesAccepted", "Established")}


def _inference_service(
    value: Object, before: Row | None, notes: dict[str, Any], troubles: list[Trouble]
) -> dict[str, Any]:
    """KServe's status: of Knative mode with revisions and traffic, else without."""
    metadata, spec = mapped(value.get("metadata")), _spec(value)
    name, namespace = metadata["name"], metadata["namespace"]
    url = f"http://{name}.{namespace}.example.com"
    inside = f"http://{name}-predictor.{namespace}.svc.cluster.local"
    knative = not kserve.standard(metadata)
    mode = "Knative" if knative else "Standard"
    if troubles:
        kept = mapped(before.outputs.get("status")) if before is not None else {}
        return _not_served(value, mode, troubles[0], kept)
    status: dict[str, Any] = {
        "conditions": _conditions("IngressReady", "PredictorReady", "Ready"),
        "url": url,
        "address": {"url": inside},
        "observedGeneration": metadata["generation"],
        "deploymentMode": mode,
    }
    predictor: dict[str, Any] = {"url": f"http://{name}-predictor.{namespace}.example.com"}
    if knative:
        predictor |= _revisions(spec, metadata, before, notes)
    else:
        # The default `domainTemplate` of KServe's ingress configuration.
        status["url"] = f"http://{name}-{namespace}.example.com"
        if canaries := [mapped(canary) for canary in listed(spec.get("canary"))]:
            status["conditions"] += _conditions("CanaryPredictorReady")
            status["canaryStatuses"] = [
                {
                    "name": mapped(canary.get("predictor")).get("name"),
                    "ready": True,
                    "trafficPercent": canary.get("trafficPercent"),
                }
                for canary in canaries
            ]
    status["components"] = {"predictor": predictor}
    model = at(spec, "predictor", "model")
    if model:
        status["modelStatus"] = {
            "copies": {"failedCopies": 0, "totalCopies": 1},
            "states": {"activeModelState": "Loaded", "targetModelState": "Loaded"},
            "transitionStatus": "UpToDate",
        }
    return status


def _not_served(value: Object, mode: str, trouble: Trouble, before: Object) -> Object:
    """As KServe says that it cannot make a predictor; the revisions before it go on serving."""
    kinds = ("PredictorReady", "Ready")
    kept = ("url", "address", "components")
    return {
        **{key: before[key] for key in kept if key in before},
        "conditions": [
            _condition(kind, "False", trouble.reason, trouble.message) for kind in kinds
        ],
        "observedGeneration": _generation(value),
        "deploymentMode": mode,
        "modelStatus": {
            "states": {"activeModelState": "", "targetModelState": "Pending"},
            "transitionStatus": "InvalidSpec",
            "lastFailureInfo": {"reason": trouble.reason, "message": trouble.message},
        },
    }


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
    newest: dict[str, Any] = {"latestRevision": True, "percent": share, "revisionName": latest}
    if mapped(metadata.get("annotations")).get(f"{kserve.PREFIX}enable-tag-routing") == "true":
        host = f"latest-{metadata['name']}-predictor.{metadata['namespace']}.example.com"
        newest |= {"tag": "latest", "url": f"http://{host}"}
    traffic = [newest]
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


def _llm_inference_service(value: Object, troubles: list[Trouble]) -> Object:
    """KServe's status: conditions, and the address of its HTTPRoute at the gateway."""
    if troubles:
        first = troubles[0]
        kinds = ("WorkloadsReady", "Ready")
        conditions = [_condition(kind, "False", first.reason, first.message) for kind in kinds]
        return {"observedGeneration": _generation(value), "conditions": conditions}
    metadata = mapped(value.get("metadata"))
    url = f"http://gateway.example.com/{metadata.get('namespace')}/{metadata['name']}"
    return {
        "observedGeneration": _generation(value),
        "conditions": _conditions("Ready", "RouterReady", "WorkloadsReady"),
        "url": url,
        "addresses": [{"url": url}],
    }


def _custom(value: Object) -> Object:
    return {"observedGeneration": _generation(value), "conditions": _conditions("Ready")}


def _caller(value: Object, troubles: list[Trouble]) -> Object:
    """Of what needs other objects to be there, as an InferenceGraph: ready, or why not."""
    if not troubles:
        return _custom(value)
    first = troubles[0]
    conditions = [_condition("Ready", "False", first.reason, first.message)]
    return {"observedGeneration": _generation(value), "conditions": conditions}


def _conditions(*kinds: str) -> list[dict[str, Any]]:
    time = moment()
    return [{"type": kind, "status": "True", "lastTransitionTime": time} for kind in kinds]


def _condition(kind: str, held: str, reason: str, message: str) -> Object:
    return {
        "type": kind,
        "status": held,
        "reason": reason,
        "message": message,
        "lastTransitionTime": moment(),
    }


_STATUS: dict[str, Callable[[Object, list[Trouble]], Object]] = {
    "CustomResourceDefinition": _definition,
    "DaemonSet": lambda _, troubles: {"numberUnavailable": len(troubles[:1])},
    "Deployment": _deployment,
    "Experiment": _caller,
    "HorizontalPodAutoscaler": _autoscaler,
    "InferenceGraph": _caller,
    "InferenceService": lambda value, _: _custom(value),
    "Ingress": _ingress,
    "Job": _job,
    "LLMInferenceService": _llm_inference_service,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ReplicaSet": _replicas,
    "Service": _service,
    "StatefulSet": _replicas,
    "TrainedModel": _caller,
}
