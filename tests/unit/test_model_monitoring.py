"""What ModelMonitoring registers, and what it refuses."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.kubernetes.monitoring.model_monitoring import ModelMonitoring
from facts.server_metrics import SERVER_METRICS
from tests.unit import promtool
from tests.unit.component_mocks import record
from tests.unit.grafana import lost

ROOT: Final = Path(__file__).resolve().parents[2]
MINIMAL: Final[dict[str, Any]] = {
    "environment": "dev",
    "owner": "team-risk",
    "namespace": "models",
    "pod_labels": {"app.kubernetes.io/name": "fraud"},
    "metrics": "reference",
    "metrics_port": 8000,
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
    "grafana_url": "https://grafana.corp",
}


_NO_LABELS: Final[dict[str, str]] = {}
_FURTHER: Final[dict[str, Any]] = {
    "role": "Router",
    "pod_labels": _NO_LABELS,
    "metrics_port": 0,
}


def _made(**changes: object) -> dict[str, dict[str, Any]]:
    made = record(ModelMonitoring, "fraud", {**MINIMAL, **changes}).inputs
    return {name: inputs for name, inputs in made.items() if name != "fraud"}


def test_the_least_arguments_are_enough() -> None:
    made = _made()
    assert set(made) == {"fraud-pod-monitor", "fraud-rules", "fraud-dashboard"}
    (endpoint,) = made["fraud-pod-monitor"]["spec"]["podMetricsEndpoints"]
    assert (_address(endpoint, "10.0.0.7"), endpoint["path"], endpoint["interval"]) == (
        "10.0.0.7:8000",
        "/metrics",
        "30s",
    )
    alerts = {
        rule["alert"]: rule
        for group in made["fraud-rules"]["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert set(alerts) == {
        "ModelErrorBudgetBurnsFast",
        "ModelErrorBudgetBurns",
        "ModelVersionMissesObjective",
        "ModelDoesNotAnswer",
    }
    assert {rule["annotations"]["dashboard_url"] for rule in alerts.values()} == {
        "https://grafana.corp/d/dev-models-fraud"
    }


def test_scraping_gives_the_labels_that_rules_select_by() -> None:
    made = _made()
    (endpoint,) = made["fraud-pod-monitor"]["spec"]["podMetricsEndpoints"]
    given = {each["targetLabel"]: each for each in endpoint["relabelings"] if "targetLabel" in each}
    assert given.keys() - {"__address__"} == {"serving_model", "serving_version"}
    version = given["serving_version"]["sourceLabels"]
    # Of the label model-serving/model-version, as Prometheus spells it.
    assert version == ["__meta_kubernetes_pod_label_model_serving_model_version"]
    rules = json.dumps(made["fraud-rules"])
    assert 'serving_model=\\"fraud\\"' in rules


@pytest.mark.parametrize(
    ("pod_ip", "addresses"),
    [
        ("10.0.0.7", ["10.0.0.7:9091", "10.0.0.7:8080"]),
        ("fd00::7", ["[fd00::7]:9091", "[fd00::7]:8080"]),
    ],
)
def test_a_port_is_asked_whether_a_container_declares_it_or_not(
    pod_ip: str, addresses: list[str]
) -> None:
    """Prometheus finds a pod by each of its ports; all of these are to be one target."""
    made = _made(
        metrics="knative", metrics_port=9091, token_metrics="vllm", token_metrics_port=8080
    )
    endpoints = made["fraud-pod-monitor"]["spec"]["podMetricsEndpoints"]
    assert [_address(each, pod_ip) for each in endpoints] == addresses
    for endpoint in endpoints:
        # What the operator would choose containers' ports by.
        assert not {"port", "portNumber", "targetPort"} & endpoint.keys()
        assert {"action": "labeldrop", "regex": "container"} in endpoint["relabelings"]


def _address(endpoint: dict[str, Any], pod_ip: str) -> str:
    """What Prometheus asks; a rule's regular expression is anchored on both sides."""
    address = "10.0.0.7:1"
    for rule in endpoint["relabelings"]:
        if rule.get("targetLabel") != "__address__":
            continue
        assert rule["sourceLabels"] == ["__meta_kubernetes_pod_ip"]
        if matched := re.fullmatch(rule["regex"], pod_ip):
            address = rule["replacement"].replace("${1}", matched[1])
    return address


@pytest.mark.parametrize("metrics", sorted(SERVER_METRICS))
def test_a_dashboard_for_every_server(metrics: str) -> None:
    tokens = {"first_token_p95_ms": 800, "output_token_p95_ms": 60, "queue_p95_ms": 200}
    board = _made(metrics=metrics, max_replicas=4, **tokens)["fraud-dashboard"]
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    (text,) = board["data"].values()
    assert lost(text) == []
    shown = json.loads(text)
    places = [panel["gridPos"] for panel in shown["panels"]]
    assert places == sorted(places, key=lambda place: (place["y"], place["x"]))
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert min(place["w"] for place in places) >= 4
    asked = [panel for panel in shown["panels"] if panel["type"] != "text"]
    assert all(panel["targets"] for panel in asked)
    assert len({panel["id"] for panel in shown["panels"]}) == len(shown["panels"])
    for panel in asked:
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert len(legends) == len(set(legends))
        assert panel["fieldConfig"]["defaults"]["noValue"]
        # Hours later nobody is to see what was.
        assert all(target["instant"] == (panel["type"] == "stat") for target in panel["targets"])


def test_the_first_row_says_what_is_wrong_since_when_and_of_which_version() -> None:
    """Before anybody scrolls."""
    asked = {"model_version": "1.0", "candidate_version": "2.0", "canary_percent": 10}
    (text,) = _made(**asked)["fraud-dashboard"]["data"].values()
    panels = json.loads(text)["panels"]
    heading, *row = [panel for panel in panels if panel["gridPos"]["y"] <= 2]
    told = heading["options"]["content"]
    assert "at most 1 % of requests fail" in told
    assert "2.0 has 10 % beside 1.0" in told
    assert "team-risk" in told
    assert [panel["title"] for panel in row] == [
        "Alerts, and for how long",
        "Error budget left, of 30 days",
        "Burn rate of the last 5 minutes",
        "Share of requests, by version",
    ]
    alerts, _, burns, _ = row
    (link,) = alerts["fieldConfig"]["defaults"]["links"]
    assert link["url"] == "https://wiki.corp/runbooks/${__field.labels.alertname}"
    steps = burns["fieldConfig"]["defaults"]["thresholds"]["steps"]
    # Where the budget does not last, and where somebody is woken.
    assert [(step["color"], step["value"]) for step in steps] == [
        ("green", None),
        ("orange", 1),
        ("red", 6),
    ]


def test_versions_beside_each_other_have_colours_that_are_not_of_what_is_wrong() -> None:
    asked = {"model_version": "1.0", "candidate_version": "2.0+a", "canary_percent": 10}
    (text,) = _made(**asked)["fraud-dashboard"]["data"].values()
    by_version = [
        panel for panel in json.loads(text)["panels"] if panel["title"].endswith("by version")
    ]
    assert len(by_version) == 5
    for panel in by_version:
        overrides = panel["fieldConfig"]["overrides"]
        # As the label of pods spells them, which is the legend.
        assert [
            (each["matcher"]["options"], each["properties"][0]["value"]["fixedColor"])
            for each in overrides
        ] == [("1.0", "blue"), ("2.0-a", "orange")]


def test_what_is_not_measured_is_said_in_the_dashboard() -> None:
    (text,) = _made(metrics="torchserve")["fraud-dashboard"]["data"].values()
    told = json.loads(text)["panels"][0]["options"]["content"]
    assert "Not measured: latency, because torchserve has no histogram of requests' time." in told


@pytest.mark.parametrize(
    ("days", "windows"),
    [(30, ["5m", "1h", "6h"]), (7, ["5m", "1h", "6h"]), (1, ["5m", "48m", "144m"])],
)
def test_burn_rates_are_of_windows_that_are_recorded(days: int, windows: list[str]) -> None:
    made = _made(window_days=days)
    (text,) = made["fraud-dashboard"]["data"].values()
    recorded = {
        rule.get("record")
        for group in made["fraud-rules"]["spec"]["groups"]
        for rule in group["rules"]
    }
    panels = [panel for panel in json.loads(text)["panels"] if "Burn rate: " in panel["title"]]
    assert len(panels) == 2
    for panel in panels:
        assert [target["legendFormat"] for target in panel["targets"]] == windows
        for target in panel["targets"]:
            assert target["expr"].partition("{")[0] in recorded


def test_prometheus_takes_every_query_of_a_dashboard(tmp_path: Path) -> None:
    (text,) = _made(max_replicas=4)["fraud-dashboard"]["data"].values()
    shown = json.loads(text)
    queries = [target["expr"] for panel in shown["panels"] for target in panel.get("targets", [])]
    queries += [mark["expr"] for mark in shown["annotations"]["list"]]
    rules = [{"record": f"asked:{number}", "expr": each} for number, each in enumerate(queries)]
    promtool.check([{"name": "asked", "rules": rules}], tmp_path)


def test_what_grafana_does_not_know_is_found() -> None:
    (text,) = _made()["fraud-dashboard"]["data"].values()
    wrong = json.loads(text)
    wrong["panels"][0]["gridPosition"] = wrong["panels"][0].pop("gridPos")
    assert lost(json.dumps(wrong)) == ["dashboard.panels[0].gridPosition"]


def test_the_same_arguments_mean_the_same_text() -> None:
    assert _made() == _made()


def test_a_rollout_is_told() -> None:
    rules = _made(model_version="1.0", candidate_version="2.0", canary_percent=10)["fraud-rules"]
    told = {
        rule["annotations"]["rollout"]
        for group in rules["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    assert told == {"2.0 has 10 % beside 1.0"}


def test_a_shadow_is_told_apart(tmp_path: Path) -> None:
    asked = {"model_version": "1.0", "candidate_version": "2.0+a", "canary_percent": 10}
    made = _made(**asked, shadow=True)
    groups = made["fraud-rules"]["spec"]["groups"]
    promtool.check(groups, tmp_path)
    told = {
        rule["annotations"]["rollout"]
        for group in groups
        for rule in group["rules"]
        if "alert" in rule
    }
    assert told == {"2.0+a gets copies of 10 % beside 1.0"}
    # As the label of its pods has it.
    left_out = 'serving_version!="2.0-a"'
    by_record = {
        rule["record"]: rule["expr"]
        for rule in groups[0]["rules"]
        if rule["labels"]["slo"] == "errors"
    }
    assert left_out in by_record["model:slo_errors:ratio_rate1h"]
    assert left_out in by_record["model:slo_requests:rate5m"]
    assert left_out not in by_record["model_version:slo_errors:ratio_rate5m"]
    assert left_out not in json.dumps(_made(**asked))


def test_a_model_that_may_sleep_is_not_missed() -> None:
    groups = _made(min_replicas=0, max_replicas=2)["fraud-rules"]["spec"]["groups"]
    alerts = {rule.get("alert") for group in groups for rule in group["rules"]}
    assert "ModelDoesNotAnswer" not in alerts
    assert "ModelAtMaximumReplicas" in alerts


@pytest.mark.parametrize("least", [0, 1])
def test_a_model_of_one_pod_at_most_is_not_told_to_have_it(least: int) -> None:
    groups = _made(min_replicas=least, max_replicas=1)["fraud-rules"]["spec"]["groups"]
    alerts = {rule.get("alert") for group in groups for rule in group["rules"]}
    assert "ModelAtMaximumReplicas" not in alerts


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"metrics": "guesswork"}, "metrics: got 'guesswork'; use one of "),
        ({"metrics_port": None}, "metrics_port: got None; use the port of the metrics"),
        ({"metrics_port": 0}, "metrics_port: got 0; use a whole number from 1 to 65535"),
        ({"pod_labels": _NO_LABELS}, "pod_labels: got {}; use the labels of the model's pods"),
        ({"runbook_url": "wiki"}, "runbook_url: got 'wiki'; use a URL"),
        ({"grafana_url": "https://grafana.corp/"}, "without a slash at the end"),
        ({"alert_labels": {"a-b": "c"}}, "alert_labels: got 'a-b'; use names of letters"),
        ({"alert_labels": {"a": "{{ 1 }}"}}, "a text without {{"),
        # At 30 days a ticket's slowest burn rate is 1: over 100 % nothing can be.
        ({"error_rate_percent": 100}, "no alert could fire"),
        ({"window_days": 366}, "window_days: got 366; use a whole number from 1 to 365"),
        ({"shadow": True}, "shadow: got True; use candidate_version beside it"),
        ({"scrape_seconds": 4}, "scrape_seconds: got 4; use a whole number from 5 to 60"),
        ({"model_names": {"fraud": "1"}}, "model_names: got {'fraud': '1'}; use metrics of triton"),
        (
            {"metrics": "triton", "model_names": {"fraud.*": "1"}},
            "model_names: got 'fraud.*'; use names of small letters",
        ),
        (
            {"further_pods": [_FURTHER]},
            "further_pods[0].role: got 'Router'",
        ),
        ({"further_pods": [{"role": "router"}]}, "further_pods[0].pod_labels: got None"),
        ({"further_pods": [{"role": "router"}]}, "further_pods[0].metrics_port: got None"),
        (
            {"further_pods": [{"role": "a"}, {"role": "a"}]},
            "further_pods[1].role: got 'a'; use another one",
        ),
        (
            {"further_pods": [{"role": "a", "token_secret": "A"}]},
            "further_pods[0].token_secret: got 'A'; use the name of a Secret",
        ),
    ],
)
def test_what_it_refuses(changes: dict[str, object], told: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        _made(**changes)
    assert told in str(refused.value)


def test_the_largest_budget_that_can_be_spent_too_fast() -> None:
    assert _made(error_rate_percent=99.9)


def test_every_alert_has_a_runbook() -> None:
    page = (ROOT / "docs" / "runbooks.md").read_text()
    of_models, _, _ = page.partition("\n# GPUs\n")
    lines = of_models.splitlines()
    sections = {line.removeprefix("## ") for line in lines if line.startswith("## ")}
    groups = _made(max_replicas=2, drift_threshold=0.2)["fraud-rules"]["spec"]["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    # What clouds alone tell: their tests look for these.
    of_clouds = {"ModelSaturated", "ModelSlowOnTheWay", "ModelThrottlesRequests"}
    of_jobs = {"ModelDriftUnknown"}
    assert alerts == sections - of_clouds - of_jobs


def test_drift_has_rules_an_alert_and_a_panel_where_it_is_asked_for() -> None:
    made = _made(drift_threshold=0.25, drift_hours=6)
    (group,) = [each for each in made["fraud-rules"]["spec"]["groups"] if "drift" in each["name"]]
    assert (group["name"], group["interval"]) == ("models-fraud-drift", "5m")
    (alert,) = [rule for rule in group["rules"] if "alert" in rule]
    assert alert["alert"] == "ModelDataDrifts"
    assert alert["expr"].endswith("> 0.25")
    assert alert["labels"]["owner"] == "team-risk"
    assert alert["annotations"]["runbook_url"] == "https://wiki.corp/runbooks/ModelDataDrifts"
    panels = json.loads(made["fraud-dashboard"]["data"]["fraud.json"])["panels"]
    (panel,) = [each for each in panels if each["title"] == "Drift over 6 hours"]
    assert panel["targets"][0]["expr"].startswith("model_version:drift_index:psi6h{")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"drift_hours": 6}, "drift_hours: got 6; use drift_threshold beside it"),
        ({"drift_threshold": 0.2, "drift_hours": 25}, "drift_hours: got 25"),
        ({"drift_threshold": 0}, "drift_threshold: got 0"),
        ({"drift_threshold": 0.2, "metrics": "vllm"}, "drift_threshold: got 0.2; use it with the"),
    ],
)
def test_drift_that_cannot_be_watched_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError) as found:
        _made(**changes)
    assert told in str(found.value)
