"""What policies and dashboards of Google Cloud say, whom they tell, and that Google takes them."""

import json
from itertools import pairwise
from typing import Any

import pulumi
import pytest

from facts import cloud_monitoring as facts
from facts.limits import Limit
from sandbox.clouds.gcp.json_model import misfits
from tests.unit.component_mocks import record
from tests.unit.gcp_monitored import KINDS, WATCHED, monitored

_TEAM, _PAGED = ("projects/example-models/notificationChannels/" + each for each in "12")
_SYMPTOMS = ("fraud-latency", "fraud-errors")


def _policies(inputs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in inputs.items() if "conditions" in each}


def _plain(kind: str, **more: object) -> dict[str, dict[str, Any]]:
    component, least = KINDS[kind]
    return record(component, "fraud", {**least, **more}).inputs


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_who_asks_for_nothing_gets_nothing_new(kind: str) -> None:
    inputs = _plain(kind)
    assert set(_policies(inputs)) == set(_SYMPTOMS)
    assert not {name for name in inputs if "objective" in name or "dashboard" in name}
    for name in _SYMPTOMS:
        assert inputs[name]["severity"] == "ERROR"
        assert set(inputs[name]["documentation"]) == {"content", "mimeType"}
        assert "Owner" not in inputs[name]["documentation"]["content"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_policies_at_the_bounds_are_what_they_were(kind: str) -> None:
    """They learn what to do and where to look, and nothing else."""
    before, after = _plain(kind), monitored(kind)
    for name in _SYMPTOMS:
        told = {**after[name], "documentation": before[name]["documentation"]}
        assert told == before[name]
        assert after[name]["documentation"]["content"].startswith("ModelVersionMissesObjective. ")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_policy_says_what_it_means_for_whom_and_where_to_look(kind: str) -> None:
    for name, policy in _policies(monitored(kind)).items():
        content = policy["documentation"]["content"]
        alert = content.partition(".")[0]
        assert alert.startswith("Model")
        assert name in _SYMPTOMS or alert in policy["displayName"]
        assert "Owner: team-risk" in content
        assert f"Runbook: https://wiki.example/runbooks/{alert}" in content
        assert "Dashboard: https://console.cloud.google.com/monitoring/dashboards/" in content
        assert [each["displayName"] for each in policy["documentation"]["links"]] == [
            "Runbook",
            "Dashboard",
        ]
        both = "Version 1.5.0 is beside 1.4.0"
        assert (both in content) is kind.endswith("_candidate")


def test_a_candidates_share_changes_nothing() -> None:
    assert _policies(monitored("vertex_candidate", canary_percent=10)) == _policies(
        monitored("vertex_candidate", canary_percent=50)
    )


@pytest.mark.parametrize(
    ("channels", "pages", "tickets"),
    [
        ({}, None, None),
        ({"notification_channels": [_TEAM]}, [_TEAM], [_TEAM]),
        ({"notification_channels": [_TEAM], "page_channels": [_PAGED]}, [_PAGED], [_TEAM]),
        ({"page_channels": [_PAGED]}, [_PAGED], None),
    ],
)
def test_who_is_told(
    channels: dict[str, Any], pages: list[str] | None, tickets: list[str] | None
) -> None:
    for name, policy in _policies(monitored("cloud_run", **channels)).items():
        is_page = "-burns-fast-" in name
        assert policy.get("notificationChannels") == (pages if is_page else tickets), name
        wanted = "CRITICAL" if is_page else "ERROR" if name in _SYMPTOMS else "WARNING"
        assert policy["severity"] == wanted


def _within(limit: Limit, value: float) -> bool:
    assert limit.allows(value), f"{limit.name}: {value}"
    return True


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_is_within_googles_limits(kind: str) -> None:
    # The longest names that there can be, and a long link.
    url = "https://wiki.example/" + "r" * 300 + "/{alert}"
    component, least = KINDS[kind]
    name = "f" * 31
    inputs = record(component, name, {**least, **WATCHED, "runbook_url": url}).inputs
    policies = _policies(inputs)
    displayed = [policy["displayName"] for policy in policies.values()]
    assert len(set(displayed)) == len(displayed)
    assert _within(facts.POLICIES, len(policies))
    assert _within(facts.OBJECTIVES, len([each for each in inputs if "-objective" in each]))
    for policy in policies.values():
        assert _within(facts.DISPLAY_NAME_LENGTH, len(policy["displayName"]))
        assert _within(facts.CONDITIONS, len(policy["conditions"]))
        assert _within(facts.DOCUMENTATION_LENGTH, len(policy["documentation"]["content"]))
        assert _within(facts.LINKS, len(policy["documentation"]["links"]))
        closing = policy.get("alertStrategy", {}).get("autoClose", "1800s")
        assert _within(facts.AUTO_CLOSE_SECONDS, int(closing.removesuffix("s")))
        for condition in (each["conditionThreshold"] for each in policy["conditions"]):
            assert _within(facts.FILTER_LENGTH, len(condition["filter"]))
            assert _within(facts.DURATION_SECONDS, int(condition["duration"].removesuffix("s")))
            for one in condition.get("aggregations", []):
                period = int(one["alignmentPeriod"].removesuffix("s"))
                assert _within(facts.ALIGNMENT_SECONDS, period)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_dashboard_is_one_of_the_apis_model(kind: str) -> None:
    text = monitored(kind)["fraud-dashboard"]["dashboardJson"]
    document = json.loads(text)
    assert list(misfits("monitoring.v1", "Dashboard", document)) == []
    assert text == monitored(kind)["fraud-dashboard"]["dashboardJson"]
    # What Google does not hand back would be a change each time.
    assert not [each for each in _leaves(document) if each in {0, ""} or each is False]
    tiles = document["mosaicLayout"]["tiles"]
    assert _within(facts.DASHBOARD_COLUMNS, document["mosaicLayout"]["columns"])
    taken: set[tuple[int, int]] = set()
    for tile in tiles:
        x, y = tile.get("xPos", 0), tile.get("yPos", 0)
        assert x + tile["width"] <= document["mosaicLayout"]["columns"]
        blocks = {
            (x + column, y + row)
            for column in range(tile["width"])
            for row in range(tile["height"])
        }
        assert not taken & blocks
        taken |= blocks
    assert all(b.get("yPos", 0) >= a.get("yPos", 0) for a, b in pairwise(tiles))


def _leaves(node: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        return [leaf for each in node.values() for leaf in _leaves(each)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(node, list):
        return [leaf for each in node for leaf in _leaves(each)]  # pyright: ignore[reportUnknownVariableType]
    return [node]


def test_a_dashboard_alone() -> None:
    """It has objectives to show, and no policy more."""
    inputs = _plain("cloud_run", dashboard=True)
    assert {"fraud-dashboard", "fraud-service-level", "fraud-errors-objective"} <= set(inputs)
    assert set(_policies(inputs)) == set(_SYMPTOMS)


def test_policies_alone() -> None:
    component, least = KINDS["vertex"]
    recorded = record(component, "fraud", {**least, "alarms": "burn_rate"})
    assert "fraud-dashboard" not in recorded.inputs
    assert recorded.outputs["dashboard_url"] == ""
    policy = recorded.inputs["fraud-errors-burns-fast-60m"]
    assert "links" not in policy["documentation"]


def test_where_the_dashboard_is() -> None:
    component, least = KINDS["cloud_run"]
    outputs = record(component, "fraud", {**least, **WATCHED}).outputs
    assert outputs["dashboard_url"] == (
        "https://console.cloud.google.com/monitoring/dashboards/builder/fraud-dashboard-id"
        "?project=example-models"
    )


_BURN_RATE = {"alarms": "burn_rate"}


@pytest.mark.parametrize("kind", ["cloud_run", "vertex"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"alarms": "all"}, "alarms: got 'all'; use one of burn_rate, symptoms"),
        ({"window_days": 366}, "window_days: got 366; use a whole number from 1 to 365"),
        (_BURN_RATE | {"window_days": 31}, "window_days: got 31; use 1 to 30 days"),
        ({"dashboard": True, "window_days": 31}, "window_days: got 31; use 1 to 30 days"),
        (_BURN_RATE | {"error_rate_percent": 0.009}, "error_rate_percent: got 0.009; use at least"),
        (_BURN_RATE | {"error_rate_percent": 33.4}, "3 times as much is no less than all"),
        ({"page_channels": [_PAGED]}, "alarms: got 'symptoms'; use burn_rate"),
        (_BURN_RATE | {"page_channels": ["#on-call"]}, "page_channels: got '#on-call'"),
        ({"runbook_url": "wiki"}, "runbook_url: got 'wiki'; use a URL of at most 2083 signs"),
        ({"runbook_url": "https://wiki/" + "r" * 2083}, "use a URL of at most 2083 signs"),
    ],
)
def test_refusals(kind: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        _plain(kind, **arguments)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"window_days": 365},
        {"error_rate_percent": 0.001},
        {"error_rate_percent": 100},
        _BURN_RATE | {"error_rate_percent": 33.3, "window_days": 30},
        _BURN_RATE | {"error_rate_percent": 0.01},
        {"dashboard": True, "error_rate_percent": 50},
    ],
)
def test_the_other_side_of_refusals(arguments: dict[str, Any]) -> None:
    assert "fraud-service" in _plain("cloud_run", **arguments)
