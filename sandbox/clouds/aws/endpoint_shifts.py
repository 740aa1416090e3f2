"""SageMaker's shifts to another endpoint configuration: bounds, duration, alarms, going back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
"""

from collections.abc import Mapping
from typing import Any

from sandbox import eventual
from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.eventual import Transition
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["alarmed", "alarms_of", "back", "configuration_problems", "problems", "seconds", "sound"]

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_ALARMS = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")
# About as long as AWS takes to start machines, and to go back to those that still run.
MACHINES_SECONDS = 300
BACK_SECONDS = 120
_ROUTING = "deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration"
_ROLLING = "deploymentConfig.rollingUpdatePolicy"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
# Percent of the fleet: where, from, to, the page that says so.
_SIZES = (
    (f"{_ROUTING}.canarySize", 1, 50, "API_TrafficRoutingConfig.html"),
    (f"{_ROUTING}.linearStepSize", 10, 50, "API_TrafficRoutingConfig.html"),
    (f"{_ROLLING}.maximumBatchSize", 5, 50, "API_RollingUpdatePolicy.html"),
    (f"{_ROLLING}.rollbackMaximumBatchSize", 5, 100, "API_RollingUpdatePolicy.html"),
)
# The size that goes with a kind of routing.
_OF_KIND = {"CANARY": "canarySize", "LINEAR": "linearStepSize"}


def problems(call: Call) -> list[Problem]:
    """What is wrong with an endpoint's `deploymentConfig`; what is unknown is not judged."""
    deployment = mapped(call.inputs.get("deploymentConfig"))
    found: list[Problem] = []
    if deployment.get("blueGreenUpdatePolicy") and deployment.get("rollingUpdatePolicy"):
        found.append(Problem("deploymentConfig", "only one update policy can be used"))
    for path, least, most, page in _SIZES:
        size = mapped(at(call.inputs, *path.split(".")))
        value = size.get("value")
        if size.get("type") != "CAPACITY_PERCENT" or not isinstance(value, int | float):
            continue
        if not least <= value <= most:
            reason = f"{value:g} is not from {least} to {most} percent of the fleet ({_API}{page})"
            found.append(Problem(f"{path}.value", reason))
    routing = mapped(at(call.inputs, *_ROUTING.split(".")))
    needed = _OF_KIND.get(str(routing.get("type")))
    if needed and not routing.get(needed):
        found.append(Problem(f"{_ROUTING}.{needed}", f"{routing['type']} needs its size"))
    return found


def configuration_problems(call: Call) -> list[Problem]:
    """What is wrong with an endpoint configuration's shadow variants.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """
    shadows = listed(call.inputs.get("shadowProductionVariants"))
    variants = listed(call.inputs.get("productionVariants"))
    if not shadows:
        return []
    return [
        Problem(path, f"got {len(given)}; with shadow variants there is one of each kind")
        for path, given in (("shadowProductionVariants", shadows), ("productionVariants", variants))
        if len(given) > 1
    ]


def seconds(deployment: Mapping[str, Any]) -> float:
    """About how long an update lasts: machines, and what the steps wait for."""
    blue_green = mapped(deployment.get("blueGreenUpdatePolicy"))
    rolling = mapped(deployment.get("rollingUpdatePolicy"))
    policy = rolling or mapped(blue_green.get("trafficRoutingConfiguration"))
    wait = float(policy.get("waitIntervalInSeconds") or 0)
    steps = 1
    for name in ("linearStepSize", "maximumBatchSize"):
        size = mapped(policy.get(name))
        if size.get("type") == "CAPACITY_PERCENT":
            steps = -(-100 // max(int(size.get("value") or 100), 1))
    if policy.get("type") == "ALL_AT_ONCE":
        wait = 0.0
    last = float(blue_green.get("terminationWaitInSeconds") or 0)
    return MACHINES_SECONDS + steps * wait + last


def alarms_of(deployment: Mapping[str, Any]) -> list[str]:
    """Names of the alarms that roll an update back."""
    rollback = mapped(deployment.get("autoRollbackConfiguration"))
    return [str(mapped(alarm).get("alarmName")) for alarm in listed(rollback.get("alarms"))]


def alarmed(store: Store, names: list[str], account: str, region: str) -> list[str]:
    """Those of the alarms that are in ALARM."""
    return [
        name
        for name in names
        for token in _ALARMS
        if (row := store.by_name("aws", token, name, account=account, region=region)) is not None
        and row.live.get("state") == "ALARM"
    ]


def reason(names: list[str]) -> str:
    """Why the endpoint went back; not in AWS's words, which no page states."""
    return f"The deployment was rolled back: alarm(s) in state ALARM: {', '.join(names)}."


def sound(store: Store, name: str, account: str, region: str) -> None:
    """An alarm went off: endpoints that shift under it go back to what they served."""
    for row in store.list("aws", ENDPOINT, account=account, region=region):
        if name in alarms_of(mapped(row.inputs.get("deploymentConfig"))):
            store.update(
                *("aws", ENDPOINT, row.id),
                lambda current: back(current, [name]),
                account=account,
                region=region,
                operation="rollback",
            )


def back(row: Row, names: list[str]) -> Row:
    """The endpoint on its way back, if it is on the way to another configuration."""
    served = row.live.get("endpoint_config_name")
    note = mapped(row.live.get(eventual.KEY))
    target = mapped(note.get("live")).get("endpoint_config_name")
    if not note or row.live.get("status") != "Updating" or target in (None, served):
        return row
    live = {name: value for name, value in row.live.items() if name != eventual.KEY}
    passing = {"status": "Updating", "pending": live.pop("pending", None)}
    final = row.replace(
        inputs={**row.inputs, "endpointConfigName": served},
        live={**live, "status": "InService", "failure_reason": reason(names)},
    )
    return eventual.begun(final, Transition(BACK_SECONDS, live=passing))
