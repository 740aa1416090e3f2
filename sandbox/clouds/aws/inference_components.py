"""Inference components of SageMaker: copies of models on the instances of one endpoint.

What a component is live (`live` of its row) is read and changed by Cloud Control and by SageMaker's
API alike: its specification, the copies that are wanted and those that have found room.
Source: CreateInferenceComponent, UpdateInferenceComponent and
UpdateInferenceComponentRuntimeConfig in SageMaker's API reference.
"""

import json
from typing import Any

from facts.inference_components import Copy, room
from sandbox.check import Problem
from sandbox.clouds.aws import access
from sandbox.clouds.aws.cloudformation import PROPERTY, RESOURCE, patched, state_of, unpatchable
from sandbox.clouds.aws.endpoint_shifts import alarmed
from sandbox.clouds.aws.endpoint_updates import CONFIGURATION, variants_of
from sandbox.clouds.aws.kind import Identity
from sandbox.clouds.aws.references import exists, lookup
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped

__all__ = [
    "TYPE",
    "component_live",
    "component_outputs",
    "component_references",
    "components_of",
    "configuration_problems",
    "endpoint_deletion",
    "instances",
    "is_component",
    "known_as",
    "placed",
    "rolled",
    "scaled_references",
    "specified",
]

TYPE = "AWS::SageMaker::InferenceComponent"
_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_MODEL = "aws:sagemaker/model:Model"
# What UpdateInferenceComponent has no parameter for.
_FIXED = ("InferenceComponentName", "EndpointName", "VariantName")


def is_component(inputs: dict[str, Any]) -> bool:
    """Whether a resource by Cloud Control is an inference component."""
    return inputs.get("typeName") == TYPE


def known_as(call: Call) -> Identity | None:
    """By its ARN, the type's primary identifier."""
    name = state_of(call.inputs).get("InferenceComponentName")
    if not is_component(call.inputs) or not isinstance(name, str):
        return None
    place = f"arn:aws:sagemaker:{call.region}:{call.scope.account}"
    arn = f"{place}:inference-component/{name}".lower()
    return Identity(arn, name, arn, call.scope.account, call.region, "")


def component_references(call: Call) -> list[Problem]:
    """The endpoint, its variant and the model exist; what cannot be changed is not."""
    found = unpatchable(call)
    if not is_component(call.inputs):
        return found
    state = state_of(call.inputs)
    return found + _fixed(call, state) + _on_endpoint(call, state) + specified(call, state)


def specified(call: Call, state: dict[str, Any]) -> list[Problem]:
    """What a component runs is there, and says what it needs."""
    specification = mapped(state.get("Specification"))
    path = f"{PROPERTY}.Specification"
    found = exists(call, f"{path}.ModelName", _MODEL, specification.get("ModelName"))
    if not specification or specification.get("BaseInferenceComponentName"):
        return found
    if not {"ModelName", "Container"} & specification.keys():
        found.append(Problem(path, "missing ModelName or Container"))
    if "MinMemoryRequiredInMb" not in mapped(specification.get("ComputeResourceRequirements")):
        # InferenceComponentComputeResourceRequirements in SageMaker's API reference.
        where = f"{path}.ComputeResourceRequirements.MinMemoryRequiredInMb"
        found.append(Problem(where, "missing required property"))
    return found


def _fixed(call: Call, state: dict[str, Any]) -> list[Problem]:
    if call.previous is None:
        return []
    before = state_of(call.previous.inputs)
    return [
        Problem(
            f"{PROPERTY}.{name}",
            f"got {state.get(name)}, and the component has {before.get(name)}: an inference "
            "component stays where it is; make one of another name",
        )
        for name in _FIXED
        if state.get(name) != before.get(name)
    ]


def _on_endpoint(call: Call, state: dict[str, Any]) -> list[Problem]:
    name, variant = state.get("EndpointName"), state.get("VariantName")
    row = lookup(call, _ENDPOINT, str(name or "-"))
    if row is None:
        return exists(call, f"{PROPERTY}.EndpointName", _ENDPOINT, name)
    if row.live.get("status", "InService") not in {"InService", "Updating"}:
        reason = f"endpoint {name} is {row.live.get('status')}; it has to be in service"
        return [Problem(f"{PROPERTY}.EndpointName", reason)]
    variants = _variants(call, row)
    found: list[Problem] = []
    if variant is not None and variant not in variants:
        reason = f"endpoint {name} has no variant {variant}, it has {', '.join(variants)}"
        found.append(Problem(f"{PROPERTY}.VariantName", reason))
    elif variants.get(str(variant), {}).get("modelName"):
        reason = (
            f"variant {variant} of endpoint {name} has a model of its own; a component needs a "
            "variant without one"
        )
        found.append(Problem(f"{PROPERTY}.VariantName", reason))
    return found


def component_live(call: Call, identity: Identity) -> dict[str, Any]:
    """What the component is once it is made or changed."""
    del identity
    if not is_component(call.inputs):
        return {}
    state = state_of(call.inputs)
    if call.previous is not None:
        return _changed(call, state, call.previous)
    asked = at(state, "RuntimeConfig", "CopyCount")
    copies = 1 if asked is None else int(asked)
    live = {
        "endpoint": str(state.get("EndpointName")),
        "variant": str(state.get("VariantName")),
        "specification": mapped(state.get("Specification")),
        "desired_copies": copies,
        "tags": {str(tag["Key"]): tag["Value"] for tag in listed(state.get("Tags"))},
    }
    found = placed(call, live, str(state.get("InferenceComponentName")))
    if found.get("failure_reason"):
        return {**found, "status": "Failed"}
    return found


def _changed(call: Call, state: dict[str, Any], before: Row) -> dict[str, Any]:
    """What Cloud Control's patch changes; what is not in it stays as it is live."""
    live = dict(before.live)
    specification = mapped(live.get("specification"))
    for operation, path, value in patched(state_of(before.inputs), state):
        if path.startswith("/Specification/"):
            specification = _set(specification, path.split("/")[2:], operation, value)
        elif path == "/RuntimeConfig":
            live["desired_copies"] = mapped(value).get("CopyCount", live.get("desired_copies"))
        elif path == "/RuntimeConfig/CopyCount":
            live["desired_copies"] = value
    if specification != before.live.get("specification"):
        deployment = mapped(state.get("DeploymentConfig"))
        return rolled(call, live, specification, deployment, before.name)
    return live if live == before.live else placed(call, live, before.name)


def rolled(
    call: Call,
    before: dict[str, Any],
    specification: dict[str, Any],
    deployment: dict[str, Any],
    name: str,
) -> dict[str, Any]:
    """The component after a rolling update, or as it was where that has to go back."""
    tried = placed(call, {**before, "specification": specification, "deployment": deployment}, name)
    alarms = listed(at(deployment, "AutoRollbackConfiguration", "Alarms"))
    names = [str(mapped(each).get("AlarmName")) for each in alarms]
    if ringing := alarmed(call.store, names, call.scope.account, call.region):
        reason = f"The update was rolled back: alarm {', '.join(ringing)} is in ALARM."
    elif tried.get("failure_reason"):
        reason = f"The update was rolled back: {tried['failure_reason']}"
    else:
        return tried
    return {**before, "status": "InService", "deployment": deployment, "failure_reason": reason}


def _set(values: dict[str, Any], steps: list[str], operation: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
    name, *rest = steps
    if rest:
        return {**values, name: _set(mapped(values.get(name)), rest, operation, value)}
    if operation == "remove":
        return {key: item for key, item in values.items() if key != name}
    return {**values, name: value}


def placed(call: Call, live: dict[str, Any], name: str) -> dict[str, Any]:
    """The component in service, with the copies that start and find room beside the others."""
    wanted = int(live["desired_copies"])
    endpoint = lookup(call, _ENDPOINT, live["endpoint"])
    model = lookup(call, _MODEL, str(at(live, "specification", "ModelName") or "-"))
    refused = access.pull_refusal(call, model) if wanted and model is not None else ""
    fitting = 0 if refused else _fitting(call, live, endpoint, name, wanted)
    reason = refused
    if not reason and fitting < wanted:
        reason = (
            f"Not enough hardware resources on the instances of endpoint {live['endpoint']} for "
            f"{wanted} copies of inference component {name}: {fitting} found room."
        )
    found = {key: value for key, value in live.items() if key != "failure_reason"}
    found |= {"status": "InService", "current_copies": fitting}
    return found | ({"failure_reason": reason} if reason else {})


def _fitting(call: Call, live: dict[str, Any], endpoint: Row | None, name: str, wanted: int) -> int:
    """How many of the copies find room; the first instance that has room is taken."""
    variant = _variants(call, endpoint).get(live["variant"], {}) if endpoint is not None else {}
    has = room(str(variant.get("instanceType")))
    if has is None:
        return wanted
    instances_ = [[has.cpu, has.memory_mib, has.accelerators] for _ in range(_most(variant))]
    others = [
        (_copy(row.live), int(row.live.get("current_copies", 0)))
        for row in components_of(call, live["endpoint"])
        if row.name != name
    ]
    for copy, count in others:
        for _ in range(count):
            _take(instances_, copy)
    own = _copy(live)
    return sum(_take(instances_, own) for _ in range(wanted))


def _take(instances_: list[list[float]], copy: Copy) -> bool:
    needs = (copy.cpu, copy.memory_mib, copy.accelerators)
    for free in instances_:
        if all(need <= there for need, there in zip(needs, free, strict=True)):
            free[:] = [there - need for need, there in zip(needs, free, strict=True)]
            return True
    return False


def _copy(live: dict[str, Any]) -> Copy:
    asked = mapped(at(live, "specification", "ComputeResourceRequirements"))
    return Copy(
        float(asked.get("NumberOfCpuCoresRequired", 0)),
        int(asked.get("MinMemoryRequiredInMb", 0)),
        int(asked.get("NumberOfAcceleratorDevicesRequired", 0)),
    )


def _most(variant: dict[str, Any]) -> int:
    scaling = mapped(variant.get("managedInstanceScaling"))
    if scaling.get("status") == "ENABLED":
        return int(scaling.get("maxInstanceCount") or 1)
    return int(variant.get("initialInstanceCount") or 1)


def instances(variant: dict[str, Any], copies: list[dict[str, Any]]) -> int | None:
    """How many instances a variant with managed scaling has for its components; None: not that."""
    scaling = mapped(variant.get("managedInstanceScaling"))
    if scaling.get("status") != "ENABLED" or variant.get("modelName"):
        return None
    low, high = int(scaling.get("minInstanceCount") or 0), _most(variant)
    has = room(str(variant.get("instanceType")))
    total = sum(int(live.get("current_copies", 0)) for live in copies)
    if has is None:
        return max(low, min(total, high))
    used: list[list[float]] = []
    for live in copies:
        for _ in range(int(live.get("current_copies", 0))):
            if not _take(used, _copy(live)):
                used.append([has.cpu, has.memory_mib, has.accelerators])
                _take(used, _copy(live))
    # Without any component the first instances stay: there is nothing to scale by.
    return (
        max(low, len(used)) if copies else max(low, int(variant.get("initialInstanceCount") or 0))
    )


def components_of(call: Call, endpoint: str) -> list[Row]:
    """The components of an endpoint that are not being deleted."""
    rows = call.store.list("aws", RESOURCE, account=call.scope.account, region=call.region)
    return [
        row
        for row in rows
        if is_component(row.inputs)
        and row.live.get("endpoint") == endpoint
        and row.live.get("status") != "Deleting"
    ]


def configuration_problems(call: Call) -> list[Problem]:
    """What CreateEndpointConfig refuses of variants that are to host components.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    (ExecutionRoleArn), endpoint-auto-scaling-zero-instances.html.
    """
    found: list[Problem] = []
    for index, each in enumerate(listed(call.inputs.get("productionVariants"))):
        variant, path = mapped(each), f"productionVariants[{index}]"
        scaling = mapped(variant.get("managedInstanceScaling"))
        low, high = scaling.get("minInstanceCount"), scaling.get("maxInstanceCount")
        hosts = scaling and "modelName" not in variant
        if hosts and "executionRoleArn" not in call.inputs:
            reason = f"missing: {path} has no model, and its components run as this role"
            found.append(Problem("executionRoleArn", reason))
        if "modelName" in variant and low == 0:
            reason = "got 0; a variant with a model of its own keeps at least 1 instance"
            found.append(Problem(f"{path}.managedInstanceScaling.minInstanceCount", reason))
        if isinstance(low, int) and isinstance(high, int) and low > high:
            reason = f"got {low}, above maxInstanceCount {high}"
            found.append(Problem(f"{path}.managedInstanceScaling.minInstanceCount", reason))
    return found


def endpoint_deletion(call: Call, row: Row) -> list[Problem]:
    """SageMaker deletes no endpoint that hosts components."""
    holders = sorted(each.name for each in components_of(call, row.name))
    if not holders:
        return []
    reason = (
        f'ValidationException: Cannot delete endpoint "{row.outputs.get("arn")}": delete its '
        f"inference components first ({', '.join(holders)})"
    )
    return [Problem("id", reason)]


def component_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """`properties`: what GetResource reads, without what is write only."""
    if not is_component(call.inputs):
        return {}
    state = state_of(call.inputs)
    shown = {
        key: value
        for key, value in state.items()
        if key not in {"RuntimeConfig", "DeploymentConfig"}
    }
    return {"properties": json.dumps({**shown, "InferenceComponentArn": identity.arn})}


def scaled_references(call: Call, resource: str) -> list[Problem]:
    """`inference-component/<name>` names a component that is there."""
    kind, _, name = resource.partition("/")
    if kind != "inference-component" or not name:
        reason = f'got "{resource}"; use inference-component/<name>'
        return [Problem("resourceId", reason)]
    rows = call.store.list("aws", RESOURCE, account=call.scope.account, region=call.region)
    if any(is_component(row.inputs) and row.name == name for row in rows):
        return []
    reason = f"ValidationException: Inference component {name} does not exist"
    return [Problem("resourceId", reason)]


def _variants(call: Call, endpoint: Row) -> dict[str, dict[str, Any]]:
    """The variants of what the endpoint serves, as they were asked for."""
    name = str(endpoint.live.get("endpoint_config_name") or "-")
    configuration = lookup(call, CONFIGURATION, name)
    return variants_of(configuration) if configuration is not None else {}
