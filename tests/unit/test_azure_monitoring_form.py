"""What Azure is asked for to watch a model: within its limits, and what each part says."""

import json
import re
from typing import Any, Final

import pulumi
import pytest

from facts.azure_functions import hides_requests
from facts.azure_monitor import (
    AML_TRAFFIC,
    DESCRIPTION_LENGTH,
    FREQUENCIES,
    LOOK_BACK_MINUTES,
    METRIC_DESCRIPTION_LENGTH,
    METRIC_FREQUENCIES,
    METRIC_WINDOWS,
    PERIODS,
    SEVERITY,
    WINDOWS,
    rule_window,
    watched_rates,
)
from facts.burn_rate import burn_rates
from tests.unit.azure_monitored import KINDS, LOGS, PAGES, TICKETS, WATCHED, monitored
from tests.unit.component_mocks import record
from tests.unit.kql_oracle import minutes_of

_LEVEL: Final = "AzureFunctionsJobHost__logging__logLevel__default"
_RULE: Final = "criteria"
_BURNING: Final = {
    f"fraud-{word}-{how}" for word in ("errors", "latency") for how in ("burns-fast", "burns")
}


@pytest.fixture(scope="module")
def watched() -> dict[str, dict[str, dict[str, Any]]]:
    groups = {"alert_action_group_id": TICKETS, "page_action_group_id": PAGES}
    return {kind: monitored(kind, window_days=7, **groups) for kind in KINDS}


def _rules(inputs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in inputs.items() if _RULE in each}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_rules_are_within_azures_limits(
    watched: dict[str, dict[str, dict[str, Any]]], kind: str
) -> None:
    for name, rule in _rules(watched[kind]).items():
        over_logs = "kind" in rule
        windows = WINDOWS if over_logs else METRIC_WINDOWS
        frequencies = FREQUENCIES if over_logs else METRIC_FREQUENCIES
        assert rule["windowSize"] in windows.values(), name
        assert rule["evaluationFrequency"] in frequencies.values(), name
        window = minutes_of(rule["windowSize"])
        assert minutes_of(rule["evaluationFrequency"]) <= window <= 2880
        assert SEVERITY.allows(rule["severity"])
        longest = DESCRIPTION_LENGTH if over_logs else METRIC_DESCRIPTION_LENGTH
        assert longest.allows(len(rule["description"]))
        (condition,) = rule[_RULE]["allOf"]
        if not over_logs:
            continue
        assert LOOK_BACK_MINUTES.allows(window)
        assert PERIODS.allows(condition["failingPeriods"]["numberOfEvaluationPeriods"])
        query = condition["query"]
        assert query.startswith(("AmlOnlineEndpointTrafficLog\n", "requests"))
        # What the service does not take, or makes slow.
        assert not re.search(r"\b(search|union|take|limit|join|let|ingestion_time)\b", query)
        asked = [int(each) for each in re.findall(r"ago\((\d+)m\)", query)]
        assert max(asked, default=0) <= window, name


def test_the_longest_description_is_one_that_azure_takes() -> None:
    component, least = KINDS["ml-candidate"]
    runbook = f"https://{'w' * 160}.example/{{alert}}"
    args = {**least, **WATCHED, "runbook_url": runbook, "owner": "o" * 200}
    inputs = record(component, "fraud", {**args, "alert_action_group_id": TICKETS}).inputs
    longest = max(len(each["description"]) for each in _rules(inputs).values())
    assert METRIC_DESCRIPTION_LENGTH.allows(longest)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_who_is_told_and_what(watched: dict[str, dict[str, dict[str, Any]]], kind: str) -> None:
    rollout = "Version 1.5.0 is beside 1.4.0"
    for name, rule in _rules(watched[kind]).items():
        page = name.endswith("burns-fast")
        assert rule["severity"] == (1 if page else 2)
        group, actions = (PAGES if page else TICKETS), rule["actions"]
        if "kind" in rule:
            assert actions["actionGroups"] == [group]
            told = actions["customProperties"]
        else:
            ((told, told_group),) = [(a["webHookProperties"], a["actionGroupId"]) for a in actions]
            assert told_group == group
        word = told["alert"]
        text = rule["description"]
        assert text.startswith(f"{word}. ")
        assert (told["model"], told["environment"], told["owner"]) == ("fraud", "dev", "team-risk")
        assert told["runbook_url"] == f"https://wiki.example/runbooks/{word}"
        for line in ("Owner: team-risk", f"Runbook: {told['runbook_url']}"):
            assert line in text.splitlines()
        assert text.endswith(f"Workbook: {told['workbook_url']}")
        assert (rollout in text) is (kind in {"ml-candidate", "ml-shadow", "premium"})
        assert told.get("rollout", "") == (rollout if rollout in text else "")


def test_words_are_those_of_runbooks(watched: dict[str, dict[str, dict[str, Any]]]) -> None:
    words = {
        rule["description"].partition(".")[0]
        for inputs in watched.values()
        for rule in _rules(inputs).values()
    }
    assert words == {
        "ModelErrorBudgetBurnsFast",
        "ModelErrorBudgetBurns",
        "ModelVersionMissesObjective",
        "ModelAtMaximumReplicas",
        "ModelSaturated",
        "ModelThrottlesRequests",
    }


def test_an_endpoints_traffic_is_logged_and_its_versions_are_watched(
    watched: dict[str, dict[str, dict[str, Any]]],
) -> None:
    inputs = watched["ml-candidate"]
    log = inputs["fraud-traffic-log"]
    assert log["workspaceId"] == LOGS
    assert log["logs"] == [{"category": "AmlOnlineEndpointTrafficLog", "enabled": True}]
    assert log["resourceUri"] == "fraud-endpoint-id"
    for version in ("1-4-0", "1-5-0"):
        limits = {}
        for part in ("cpu", "memory", "at-maximum"):
            rule = inputs[f"fraud-{version}-{part}"]
            (condition,) = rule[_RULE]["allOf"]
            limits[condition["metricName"]] = (
                *(condition["operator"], condition["threshold"], rule["windowSize"]),
                *rule["scopes"],
            )
        deployment, scaling = f"fraud-{version}-deployment-id", f"fraud-{version}-scaling-id"
        assert limits == {
            "CpuUtilizationPercentage": ("GreaterThan", 90, "PT15M", deployment),
            "CpuMemoryUtilizationPercentage": ("GreaterThan", 90, "PT15M", deployment),
            "ObservedCapacity": ("GreaterThanOrEqual", 3, "PT30M", scaling),
        }


def test_what_may_not_grow_is_never_at_its_maximum() -> None:
    assert "fraud-1-4-0-at-maximum" not in monitored("ml", max_replicas=1)
    assert "fraud-at-maximum" not in monitored("premium", min_replicas=3, max_replicas=3)
    # At night there may be more: that is the most.
    schedule = [{"schedule": "0 22 * * *", "time_zone": "UTC", "max_replicas": 9}]
    rule = monitored("ml", scaling_schedules=schedule)["fraud-1-4-0-at-maximum"]
    assert rule[_RULE]["allOf"][0]["threshold"] == 9


def test_gpus_are_watched_where_there_are_some() -> None:
    with_gpu = monitored("ml", instance_type="Standard_NC4as_T4_v3")
    condition = with_gpu["fraud-1-4-0-gpu"][_RULE]["allOf"][0]
    assert condition["metricName"] == "GpuUtilizationPercentage"
    assert "fraud-1-4-0-gpu" not in monitored("ml")


def test_of_flex_consumption_no_metric_tells_how_full_instances_are(
    watched: dict[str, dict[str, dict[str, Any]]],
) -> None:
    assert {"fraud-plan-cpu", "fraud-plan-memory"} <= set(watched["premium"])
    assert not {name for name in watched["flex"] if "cpu" in name or "memory" in name}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_who_asks_for_nothing_has_what_was_there(kind: str) -> None:
    component, least = KINDS[kind]
    plain = {key: value for key, value in least.items() if key != "log_workspace_id"}
    inputs = record(component, "fraud", plain).inputs
    rules = _rules(inputs)
    assert set(rules) == {"fraud-latency", "fraud-errors"}
    texts = {rule["description"] for rule in rules.values()}
    assert texts <= {
        "Requests fail.",
        "Requests are slower than the SLO.",
        "More requests fail than the SLO.",
    }
    assert not [rule for rule in rules.values() if "actions" in rule]
    assert not {"fraud-workbook", "fraud-traffic-log"} & set(inputs)
    # A workspace alone is no wish to be watched.
    again = record(component, "fraud", {**plain, "log_workspace_id": LOGS}).inputs
    assert set(_rules(again)) == set(rules)
    assert "fraud-traffic-log" not in again


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_workbook_alone(kind: str) -> None:
    inputs = monitored(kind, alarms="symptoms")
    assert set(_rules(inputs)) == {"fraud-latency", "fraud-errors"}
    assert "fraud-workbook" in inputs
    without = monitored(kind, dashboard=False)
    assert "fraud-workbook" not in without
    assert set(without) >= _BURNING
    assert "Workbook" not in without["fraud-errors-burns"]["description"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_workbook_is_what_workbooks_are(
    watched: dict[str, dict[str, dict[str, Any]]], kind: str
) -> None:
    book = watched[kind]["fraud-workbook"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", book["resourceName"])
    assert book["kind"] == "shared"
    assert book["sourceId"] == book["sourceId"].lower()
    content = json.loads(book["serializedData"])
    assert content["version"] == "Notebook/1.0"
    items = content["items"]
    names = [item["name"] for item in items]
    assert len(names) == len(set(names))
    asked = [item["content"] for item in items if item["type"] == 3]
    assert len(asked) == 7
    source = LOGS if kind.startswith("ml") else "fraud-insights-id"
    assert all(each["crossComponentResources"] == [source] for each in asked)
    (budget, *_) = [each for each in asked if each["visualization"] == "tiles"]
    assert budget["timeContext"] == {"durationMs": 7 * 86_400_000}
    assert "ago(7d)" in budget["query"]
    header = items[0]["content"]["json"]
    assert "team-risk" in header
    assert "https://wiki.example/runbooks/ModelErrorBudgetBurnsFast" in header
    metrics = {each["metric"] for i in items if i["type"] == 10 for each in i["content"]["metrics"]}
    if kind == "premium":
        assert metrics == {
            "microsoft.web/serverfarms--CpuPercentage",
            "microsoft.web/serverfarms--MemoryPercentage",
        }


def test_two_targets_have_workbooks_of_their_own(
    watched: dict[str, dict[str, dict[str, Any]]],
) -> None:
    names = {
        kind: watched[kind]["fraud-workbook"]["resourceName"] for kind in ("ml", "flex", "premium")
    }
    assert names["ml"] != names["flex"] == names["premium"]


@pytest.mark.parametrize(
    ("kind", "wrong", "says"),
    [
        ("ml", {"log_workspace_id": None}, "use it with log_workspace_id: no metric tells"),
        ("ml", {"log_workspace_id": "logs"}, "the id of a Log Analytics workspace"),
        ("ml", {"alarms": "all"}, "use one of burn_rate, symptoms"),
        ("ml", {"error_rate_percent": 40, "window_days": 90}, "no alert on its budget could fire"),
        ("ml", {"window_days": 0}, "1 to 365"),
        ("flex", {"alarms": "symptoms", "page_action_group_id": PAGES}, "no other alert is a page"),
        ("flex", {"page_action_group_id": "on-call"}, "the id of an action group"),
        (
            "flex",
            {"environment_variables": {_LEVEL: "Warning"}},
            f"environment_variables.{_LEVEL}: got 'Warning'; use Information or lower",
        ),
        ("flex", {"runbook_url": "wiki"}, "a URL of at most 200 signs"),
        ("flex", {"runbook_url": "https://" + "w" * 193}, "a URL of at most 200 signs"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, wrong: dict[str, Any], says: str) -> None:
    component, least = KINDS[kind]
    merged = {**least, **WATCHED, **wrong}
    asked = {key: value for key, value in merged.items() if value is not None}
    with pytest.raises(pulumi.RunError, match=re.escape(says)):
        record(component, "fraud", asked)


@pytest.mark.parametrize(
    ("variables", "hidden"),
    [
        ({}, None),
        ({_LEVEL: "Information"}, None),
        ({_LEVEL: "warning"}, _LEVEL),
        ({_LEVEL: "None"}, _LEVEL),
        # A category's own goes before.
        ({_LEVEL: "None", _LEVEL.replace("default", "Host"): "Information"}, None),
        (
            {_LEVEL: "Trace", _LEVEL.replace("default", "Host"): "Error"},
            _LEVEL.replace("default", "Host"),
        ),
        ({_LEVEL.replace("default", "Function"): "None"}, None),
    ],
)
def test_levels_that_tell_of_no_request(variables: dict[str, str], hidden: str | None) -> None:
    assert hides_requests(variables) == hidden
    if hidden is None:
        assert monitored("flex", environment_variables=variables)


def test_the_longest_runbook_is_taken() -> None:
    assert monitored("flex", runbook_url="https://" + "w" * 192)


@pytest.mark.parametrize(
    ("minutes", "window"),
    [(1, "PT1M"), (5, "PT5M"), (6, "PT10M"), (360, "PT6H"), (361, "P1D"), (2880, "P2D")],
)
def test_the_shortest_window_that_holds_a_query(minutes: int, window: str) -> None:
    assert rule_window(minutes) == window
    assert rule_window(2881) is None


@pytest.mark.parametrize("days", [1, 7, 20, 21, 30, 90, 365])
def test_no_window_is_longer_than_azure_has(days: int) -> None:
    """And nothing that burns as fast as before is not told any more."""
    rates = watched_rates(days)
    assert all(LOOK_BACK_MINUTES.allows(each.long_minutes) for each in rates)
    assert all(each.short_minutes * 12 == each.long_minutes for each in rates if days >= 20)
    for severity in ("page", "ticket"):
        usual = [each.factor for each in burn_rates(days) if each.severity == severity]
        held = [each.factor for each in rates if each.severity == severity]
        assert min(held, default=0) == min(usual, default=0)
        for each in burn_rates(days):
            # At no rate is it later than it would be with all windows.
            burn = each.factor * 1.01
            sooner = min(
                r.long_minutes * r.factor / burn
                for r in rates
                if r.severity == each.severity and r.factor < burn
            )
            assert sooner <= each.long_minutes * each.factor / burn
    if days <= 20:
        assert rates == burn_rates(days)


def test_tables_have_what_queries_read(watched: dict[str, dict[str, dict[str, Any]]]) -> None:
    columns = {name for name, _ in AML_TRAFFIC.columns}
    query = watched["ml-shadow"]["fraud-latency-burns"][_RULE]["allOf"][0]["query"]
    read = set(re.findall(r"\b([A-Z]\w+)\b", re.sub(r'"[^"]*"', "", query)))
    assert read - {"AmlOnlineEndpointTrafficLog"} <= columns
