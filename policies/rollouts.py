"""Objectives: a new version is watched while it takes over, and shares of traffic are a whole."""

import json
from collections.abc import Iterator
from typing import Any, Final, cast

from policies.azure_ml import endpoint
from policies.properties import MalformedError, Property
from policies.resource_types import AZURE_ML_ENDPOINT, CLOUD_RUN_SERVICE, ENDPOINT, VERTEX_ENDPOINT
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

AZURE_ML_TRAFFIC: Final = "serving:index:AzureMlTraffic"
VERTEX_TRAFFIC: Final = "serving:index:VertexTrafficSplit"
_ALL: Final = 100
# https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints
_MOST_MIRRORED: Final = 50
_IN_STEPS: Final = ("CANARY", "LINEAR")


@resource_rule(
    "slo/rollout-unguarded",
    severity=Severity.MEDIUM,
    types=(ENDPOINT,),
    fix="Name the alarms of the objective in deploymentConfig.autoRollbackConfiguration.alarms.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def rollout_unguarded(view: View, _settings: NoSettings) -> Faults:
    """SageMaker shifts the traffic in steps, and nothing would take it back.

    The steps give alarms the time to go off; without alarms a bad version gets all of the traffic
    a little later. https://docs.aws.amazon.com/sagemaker/latest/dg/
    deployment-guardrails-configuration.html
    """
    for deployment in view.get("deploymentConfig").items():
        alarms = deployment.get("autoRollbackConfiguration", "alarms")
        if _in_steps(deployment) and (alarms.absent or alarms.raw == []):
            yield alarms.fault("the alarms on errors and latency of this endpoint")


def _in_steps(deployment: Property) -> bool:
    way = deployment.get("blueGreenUpdatePolicy", "trafficRoutingConfiguration", "type")
    return way.text() in _IN_STEPS or not deployment.get("rollingUpdatePolicy").absent


@resource_rule(
    "slo/traffic-not-whole",
    severity=Severity.HIGH,
    types=(
        *(CLOUD_RUN_SERVICE, AZURE_ML_ENDPOINT, VERTEX_ENDPOINT),
        *(AZURE_ML_TRAFFIC, VERTEX_TRAFFIC),
    ),
    fix="Make the shares 100 together, or none where nothing is to be answered yet.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def traffic_not_whole(view: View, _settings: NoSettings) -> Faults:
    """The shares of an endpoint's versions are not 100 % together, or too much is mirrored.

    Clouds refuse it in the middle of an update, when the new version is there and paid for. Azure
    ML mirrors 50 % at most.
    """
    for place, shares in _shares(view):
        total = _total(shares)
        if total is not None and total not in (0, _ALL):
            yield place.fault("100 in all, or 0", f"{total:g} in all")
    for place, shares in _mirrored(view):
        total = _total(shares)
        if total is not None and total > _MOST_MIRRORED:
            yield place.fault(f"at most {_MOST_MIRRORED} in all", f"{total:g} in all")


def _total(shares: list[Property]) -> float | None:
    """The sum; None where one is unknown."""
    numbers = [share.number() for share in shares if not share.absent]
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _shares(view: View) -> Iterator[tuple[Property, list[Property]]]:
    if view.token == CLOUD_RUN_SERVICE:
        traffics = view.get("traffics")
        yield traffics, [each.get("percent") for each in traffics.items()]
    elif view.token == VERTEX_TRAFFIC:
        traffic = view.get("traffic")
        yield traffic, [each.get("percent") for each in traffic.items()]
    elif view.token == VERTEX_ENDPOINT:
        split = view.get("trafficSplit")
        yield split, _of_text(split)
    else:
        traffic = _of_azure(view).get("traffic")
        yield traffic, [share for _, share in traffic.entries()]


def _mirrored(view: View) -> Iterator[tuple[Property, list[Property]]]:
    if view.token in (fold(AZURE_ML_ENDPOINT), AZURE_ML_TRAFFIC):
        mirrored = _of_azure(view).get("mirrorTraffic")
        yield mirrored, [share for _, share in mirrored.entries()]


def _of_azure(view: View) -> Property:
    return view.properties if view.token == AZURE_ML_TRAFFIC else endpoint(view)


def _of_text(place: Property) -> list[Property]:
    """The shares of Vertex AI's split, which is JSON in a text."""
    text = place.text()
    if text is None:
        return []
    try:
        split: object = json.loads(text)
    except ValueError:
        raise MalformedError(place.path, "a text that is not JSON", "a map of shares") from None
    if not isinstance(split, dict):
        raise MalformedError(place.path, "no object", "a map of shares")
    shares = cast("dict[str, Any]", split).values()
    return [Property(place.path, share, place.secret, place.unread) for share in shares]


RULES = (
    rollout_unguarded,
    traffic_not_whole,
)
