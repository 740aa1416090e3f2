"""DriftJob: what its CronJob runs, what its alerts tell apart, and what it refuses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.kubernetes.drift.drift_job import DriftJob
from facts.alerts import DATA_DRIFTS, DRIFT_UNKNOWN
from facts.captured_requests import DRIFT_EXIT_CODE
from runtime.drift import __main__ as command
from tests.unit import promtool
from tests.unit.component_mocks import Recorded, record
from tests.unit.test_drift_captured import PROFILE, stored
from tests.unit.test_drift_captured import record as captured

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"registry.example/serving-cpu@sha256:{'1' * 64}"
DIGEST = f"sha256:{'2' * 64}"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "namespace": "models",
    "image": IMAGE,
    "captured_uri": "s3://captured/fraud",
    "baseline_uri": "s3://models/fraud/1.4.0/profile.json",
}
WATCHED: dict[str, Any] = {
    **MINIMAL,
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
    "grafana_url": "https://grafana.corp",
}
FULL: dict[str, Any] = {
    **WATCHED,
    "data_classification": "confidential",
    "tags": {"cost-centre": "risk"},
    "baseline_digest": DIGEST,
    "threshold": 0.3,
    "schedule": "0 3/6 * * *",
    "time_zone": "Europe/Berlin",
    "window_hours": 6,
    "max_files": 500,
    "timeout_seconds": 600,
    "suspended": True,
    "service_account_name": "fraud-identity",
    "pod_labels": {"azure.workload.identity/use": "true"},
    "env": {"AWS_ENDPOINT_URL": "https://minio.storage"},
    "secret_env": {"STORE_TOKEN": "store/token"},
    "cpu": 1,
    "memory_mib": 1024,
    "node_selector": {"pool": "batch"},
    "tolerations": ["dedicated=batch:NoSchedule"],
    "egress": ["storage:9000"],
    "storage_cidrs": ["10.0.0.0/16"],
    "mesh": "istio_sidecar",
    "user_id": 20_000,
    "monitor_labels": {"release": "prometheus"},
    "alert_labels": {"team": "risk"},
}
MANIFESTS = {"full": FULL}


def _made(args: Mapping[str, Any]) -> Recorded:
    return record(DriftJob, "fraud", dict(args))


def _job(args: Mapping[str, Any]) -> dict[str, Any]:
    return _made(args).inputs["fraud-drift-cron-job"]["spec"]["jobTemplate"]["spec"]


def test_the_least_of_it() -> None:
    made = _made(MINIMAL)
    spec = made.inputs["fraud-drift-cron-job"]["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("@daily", "Etc/UTC")
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Forbid", False)
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (0, 3000)
    assert job["ttlSecondsAfterFinished"] == 24 * 3600 + 3000
    pod = job["template"]["spec"]
    assert (pod["restartPolicy"], pod["serviceAccountName"]) == ("Never", "fraud-drift")
    assert not pod["automountServiceAccountToken"]
    (container,) = pod["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert "env" not in container
    # Nobody is asked for whom nothing watches.
    assert "fraud-drift-rules" not in made.inputs
    assert made.outputs["alerts"] == []
    assert made.outputs["cron_job_name"] == "fraud-drift"
    policy = made.inputs["fraud-drift-network-policy"]["spec"]
    assert policy["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "fraud-drift"}}
    assert "ingress" not in policy


def test_every_argument() -> None:
    made = _made(FULL)
    assert "fraud-drift-service-account" not in made.inputs
    spec = made.inputs["fraud-drift-cron-job"]["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 3/6 * * *", "Europe/Berlin")
    assert spec["suspend"]
    job = spec["jobTemplate"]["spec"]
    assert job["ttlSecondsAfterFinished"] == 6 * 3600 + 600
    labels = job["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"
    assert labels["sidecar.istio.io/inject"] == "false"
    pod = job["template"]["spec"]
    assert pod["serviceAccountName"] == "fraud-identity"
    assert pod["nodeSelector"] == {"pool": "batch"}
    assert pod["securityContext"]["runAsUser"] == 20_000
    (container,) = pod["containers"]
    assert [each["name"] for each in container["env"]] == ["AWS_ENDPOINT_URL", "STORE_TOKEN"]
    assert container["resources"]["limits"]["memory"] == "1024Mi"
    rules = made.inputs["fraud-drift-rules"]
    assert rules["metadata"]["labels"]["release"] == "prometheus"
    (group,) = rules["spec"]["groups"]
    drifts, unknown = group["rules"]
    for rule in (drifts, unknown):
        assert rule["labels"] == {
            "team": "risk",
            "model": "fraud",
            "environment": "dev",
            "namespace": "models",
            "owner": "team-risk",
            "severity": "ticket",
        }
        assert rule["annotations"]["runbook_url"].endswith(f"/runbooks/{rule['alert']}")
        assert rule["annotations"]["dashboard_url"] == "https://grafana.corp/d/dev-models-fraud"
    assert made.outputs["alerts"] == [DATA_DRIFTS, DRIFT_UNKNOWN]


def test_the_command_is_one_that_the_runtime_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By it the Job fails with drift alone, and ends well without."""
    python, _, module, *arguments = _job(FULL)["template"]["spec"]["containers"][0]["command"]
    dockerfile = (ROOT / "runtime/images/cpu.Dockerfile").read_text()
    assert f'ENTRYPOINT ["{python}", "-m", "runtime.server"]' in dockerfile
    assert module == "runtime.drift"
    assert arguments[-4:] == [
        "--digest",
        DIGEST,
        MINIMAL["baseline_uri"],
        MINIMAL["captured_uri"],
    ]
    (tmp_path / "profile.json").write_text(PROFILE.text())
    own = [*arguments[:-4], str(tmp_path / "profile.json")]
    for name, rows, code in (
        ("same", [[20, "basic"], [50, "pro"]], 0),
        ("other", [[20, "basic"], [20, "pro"]], DRIFT_EXIT_CODE),
    ):
        folder = stored(tmp_path / name, captured({"instances": rows * 600}))
        assert command.main([*own, str(folder)]) == code
    monkeypatch.chdir(tmp_path)
    assert command.main([*own, str(tmp_path / "none.csv")]) == command.EXIT_WRONG


def test_drift_alone_ends_the_job_by_policy() -> None:
    evicted, drift = _job(MINIMAL)["podFailurePolicy"]["rules"]
    assert evicted["action"] == "Ignore"
    assert drift["action"] == "FailJob"
    assert drift["onExitCodes"] == {
        "containerName": "compare",
        "operator": "In",
        "values": [DRIFT_EXIT_CODE],
    }
    assert DRIFT_EXIT_CODE not in {0, 1, command.EXIT_WRONG}


def _groups() -> list[dict[str, Any]]:
    return _made(WATCHED).inputs["fraud-drift-rules"]["spec"]["groups"]


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    promtool.check(_groups(), tmp_path)


_OF = 'namespace="models",job_name="fraud-drift-1"'
_OWNER = f'kube_job_owner{{{_OF},owner_kind="CronJob",owner_name="fraud-drift"}}'


def _failed(reason: str) -> dict[str, str]:
    """As kube-state-metrics tells it: of a known reason all three, else one without."""
    known = ("BackoffLimitExceeded", "DeadlineExceeded", "Evicted")
    values = {each: int(each == reason) for each in known} if reason in known else {reason: 1}
    return {
        f'kube_job_status_failed{{{_OF},reason="{each}"}}': f"{value}x30"
        for each, value in values.items()
    } | {f'kube_job_failed{{{_OF},condition="true"}}': "1x30"}


@pytest.mark.parametrize(
    ("series", "told"),
    [
        (_failed(""), {(DATA_DRIFTS, "")}),
        # Should kube-state-metrics learn the reason.
        (_failed("PodFailurePolicy"), {(DATA_DRIFTS, "")}),
        (_failed("BackoffLimitExceeded"), {(DRIFT_UNKNOWN, "")}),
        (_failed("DeadlineExceeded"), {(DRIFT_UNKNOWN, "")}),
        ({f"kube_job_status_failed{{{_OF}}}": "0x30"}, set[tuple[str, str]]()),
    ],
)
def test_drift_and_a_job_that_could_not_look_are_told_apart(
    series: dict[str, str], told: set[tuple[str, str]], tmp_path: Path
) -> None:
    # Two kube-state-metrics, as during its own update.
    both = {
        name.replace("{", f'{{instance="{each}",'): values
        for each in "ab"
        for name, values in {**series, _OWNER: "1x30"}.items()
    }
    promtool.firing(_groups(), both, {3: set(), 10: told}, tmp_path)


def test_jobs_of_others_tell_nothing(tmp_path: Path) -> None:
    owner = _OWNER.replace('owner_name="fraud-drift"', 'owner_name="fraud-drift-2"')
    promtool.firing(_groups(), {**_failed(""), owner: "1x30"}, {10: set()}, tmp_path)
    elsewhere = {
        name.replace('namespace="models"', 'namespace="others"'): values
        for name, values in {**_failed(""), _OWNER: "1x30"}.items()
    }
    promtool.firing(_groups(), elsewhere, {10: set()}, tmp_path)


def test_a_moment_without_a_reason_is_no_drift(tmp_path: Path) -> None:
    """The pod has failed, and the Job does not say yet why."""
    series = {
        f'kube_job_status_failed{{{_OF},reason=""}}': "1 1 stale",
        f'kube_job_status_failed{{{_OF},reason="BackoffLimitExceeded"}}': "_ _ 1x28",
        f'kube_job_failed{{{_OF},condition="true"}}': "_ _ 1x28",
        _OWNER: "1x30",
    }
    promtool.firing(_groups(), series, {6: set(), 20: {(DRIFT_UNKNOWN, "")}}, tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"captured_uri": "http://collector"}, "captured_uri"),
        ({"captured_uri": "s3://captured"}, "s3://bucket/prefix"),
        ({"captured_uri": "s3://captured/*"}, "s3://bucket/prefix"),
        ({"baseline_uri": "s3://models/fraud/"}, "baseline_uri"),
        ({"baseline_digest": "sha256:12"}, "64 digits"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": 11}, "threshold"),
        ({"schedule": "daily"}, "five fields"),
        ({"time_zone": "Mars/Phobos"}, "time_zone"),
        ({"window_hours": 0}, "window_hours"),
        ({"window_hours": 745}, "window_hours"),
        ({"max_files": 0}, "max_files"),
        ({"timeout_seconds": 59}, "timeout_seconds"),
        ({"user_id": 0}, "user_id"),
        ({"grafana_url": "https://grafana.corp"}, "runbook_url beside it"),
        ({"runbook_url": "https://wiki.corp"}, "grafana_url"),
        ({"env": {"AWS_SECRET_ACCESS_KEY": "x"}}, "env"),
        ({"image": ""}, "image"),
        ({"tags": {"no key": "x"}}, "tags"),
        ({"baseline": "x"}, "did you mean"),
    ],
)
def test_what_it_refuses(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError, match=told):
        _made({**MINIMAL, **changes})


def test_every_alert_has_a_runbook() -> None:
    page = (ROOT / "docs" / "runbooks.md").read_text().splitlines()
    for rule in _groups()[0]["rules"]:
        assert f"## {rule['alert']}" in page
