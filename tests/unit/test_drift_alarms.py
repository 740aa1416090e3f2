"""Drift of functions: who reads the profile, what makes a metric of its lines, who is told."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.aws.lambda_.lambda_endpoint import LambdaEndpoint
from components.azure.functions.azure_functions_endpoint import AzureFunctionsEndpoint
from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from facts.drift_profiles import PROFILE_VARIABLE, PSI_METRIC
from runtime import lambda_handler, settings
from runtime.settings import PREFIX
from tests.unit import azure_functions_cases, test_lambda_endpoint
from tests.unit.azure_functions_cases import BLOBS
from tests.unit.cloud_run_cases import IMAGE, MINIMAL, archive, archived
from tests.unit.component_mocks import Recorded, record

__all__ = ["archive"]

S3 = "s3://models/fraud/drift/profile.json"
GS = "gs://models/fraud/drift/profile.json"
BLOB = f"{BLOBS}/fraud/drift/profile.json"


def function(**changes: Any) -> Recorded:  # noqa: ANN401 - arguments of any type
    given = {"drift_baseline_uri": S3, **changes}
    return record(LambdaEndpoint, "fraud", {**test_lambda_endpoint.MINIMAL, **given})


def app(**changes: Any) -> Recorded:  # noqa: ANN401 - arguments of any type
    given = {"drift_baseline_uri": BLOB, **changes}
    return record(AzureFunctionsEndpoint, "fraud", {**azure_functions_cases.MINIMAL, **given})


def service(zipped: Path, **changes: Any) -> Recorded:  # noqa: ANN401 - arguments of any type
    given = {"drift_baseline_uri": GS, **changes}
    return record(CloudRunEndpoint, "fraud", {**archived(zipped), **given})


def test_what_components_say_is_what_the_runtime_reads() -> None:
    found = settings.read({PROFILE_VARIABLE: S3})
    assert (PROFILE_VARIABLE.startswith(PREFIX), found.drift_profile_uri) == (True, S3)
    assert f'"Name": "{PSI_METRIC}"' in Path(lambda_handler.__file__).read_text(encoding="utf-8")


def test_on_lambda_an_alarm_watches_each_version() -> None:
    made = function(
        candidate_version="2",
        candidate_uri="file:iris/2/model.onnx",
        drift_threshold=0.3,
        drift_schedule="0 0/6 * * *",
        alarm_topic_arn="arn:aws:sns:eu-west-1:123456789012:tickets",
    )
    variables = made.inputs["fraud-function"]["environment"]["variables"]
    assert variables[PROFILE_VARIABLE] == S3
    # Of an image too: the metric is found by them.
    assert (variables["MODEL_SERVING_MODEL_NAME"], variables["MODEL_SERVING_MODEL_VERSION"]) == (
        "fraud",
        "2",
    )
    (statement, *_) = json.loads(made.inputs["fraud-reads-drift-profile"]["policy"])["Statement"]
    assert statement["Action"] == ["s3:GetObject"]
    assert statement["Resource"] == ["arn:aws:s3:::models/fraud/drift/profile.json"]
    for role, version in (("drift", "1.0.0"), ("drift-candidate", "2")):
        alarm = made.inputs[f"fraud-{role}"]
        (query,) = alarm["metricQueries"]
        assert query["metric"] == {
            "namespace": "ModelServing",
            "metricName": "drift_psi",
            "stat": "Average",
            "period": 6 * 3600,
            "dimensions": {"model_name": "fraud", "model_version": version},
        }
        assert (alarm["threshold"], alarm["treatMissingData"]) == (0.3, "notBreaching")
        assert alarm["alarmActions"] == ["arn:aws:sns:eu-west-1:123456789012:tickets"]
        assert alarm["alarmDescription"].startswith("ModelDataDrifts. fraud-dev")


def test_on_cloud_run_a_metric_is_made_of_lines_and_a_policy_watches_it(archive: Path) -> None:
    made = service(archive, drift_threshold=0.3, drift_schedule="hourly")
    metric = made.inputs["fraud-drift-metric"]
    assert metric["name"] == "fraud-dev/drift_psi"
    assert metric["valueExtractor"] == "EXTRACT(jsonPayload.drift_psi)"
    assert 'jsonPayload.message="drift"' in metric["filter"]
    (condition,) = made.inputs["fraud-drift"]["conditions"]
    threshold = condition["conditionThreshold"]
    assert threshold["filter"].startswith(
        'metric.type="logging.googleapis.com/user/fraud-dev/drift_psi"'
    )
    (how,) = threshold["aggregations"]
    assert (threshold["thresholdValue"], how["alignmentPeriod"]) == (0.3, "3600s")
    assert made.inputs["fraud-drift"]["documentation"]["content"].startswith("ModelDataDrifts")
    right = made.inputs["fraud-drift-profile"]
    assert (
        '"projects/_/buckets/models/objects/fraud/drift/profile.json"'
        in (right["condition"]["expression"])
    )
    (container,) = made.inputs["fraud-service"]["template"]["containers"]
    said = {each["name"]: each.get("value") for each in container["envs"]}
    assert said[PROFILE_VARIABLE] == GS


def test_on_azure_a_rule_reads_the_lines() -> None:
    made = app()
    rule = made.inputs["fraud-drift"]
    (condition,) = rule["criteria"]["allOf"]
    assert (condition["threshold"], condition["operator"], rule["windowSize"]) == (
        0.2,
        "gt",
        "P1D",
    )
    assert "todouble(told.drift_psi)" in condition["query"]
    # The line as a worker writes it is what the pattern takes.
    pattern = re.search(r"extract\(@'(.*?)', 1", condition["query"])
    assert pattern is not None
    line = '{"message": "drift", "drift_psi": 0.4, "psi": {"feature a": 0.4}}'
    found = re.search(pattern[1], f"prefix {line}")
    assert found is not None
    assert json.loads(found[1])["drift_psi"] == 0.4
    rights = made.of("azure-native:authorization:RoleAssignment").values()
    assert any("fraud/drift/profile.json" in str(each.get("condition")) for each in rights)


@pytest.mark.parametrize(
    ("schedule", "hours", "window"),
    [
        ("hourly", 1, "PT1H"),
        ("0 */6 * * *", 6, "PT6H"),
        # Azure's next window is a day.
        ("0 */8 * * *", 8, "P1D"),
        ("daily", 24, "P1D"),
    ],
)
def test_on_azure_the_rule_looks_back_as_long_as_it_says(
    schedule: str, hours: int, window: str
) -> None:
    rule = app(drift_schedule=schedule).inputs["fraud-drift"]
    assert f"over {hours} h " in rule["description"]
    assert rule["windowSize"] == window
    (condition,) = rule["criteria"]["allOf"]
    assert f"| where timestamp > ago({hours}h) and " in condition["query"]


def test_without_a_profile_there_is_nothing_of_it(archive: Path) -> None:
    for made in (
        record(LambdaEndpoint, "fraud", test_lambda_endpoint.MINIMAL),
        record(CloudRunEndpoint, "fraud", archived(archive)),
        record(AzureFunctionsEndpoint, "fraud", azure_functions_cases.MINIMAL),
    ):
        assert [name for name in made.inputs if "drift" in name] == []
        assert "DRIFT" not in str(made.inputs)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"drift_baseline_uri": GS}, "drift_baseline_uri: got 'gs://"),
        ({"drift_threshold": 11}, "drift_threshold: got 11"),
        ({"drift_schedule": "0 3 * * *"}, "drift_schedule: got '0 3 * * *'; use hourly, daily"),
        ({"log_level": "ERROR"}, "log_level: got 'ERROR'; use INFO or less"),
        (
            {"environment_variables": {"MODEL_SERVING_METRICS_NAMESPACE": "off"}},
            "which leaves no metric to watch",
        ),
        ({"drift_baseline_uri": None, "drift_schedule": "hourly"}, "with drift_baseline_uri"),
    ],
)
def test_what_lambda_cannot_watch_is_refused(changes: Mapping[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError) as found:
        function(**changes)
    assert told in str(found.value)


def test_what_other_functions_cannot_watch_is_refused(archive: Path) -> None:
    for make, told in (
        (lambda: service(archive, drift_baseline_uri=S3), "drift_baseline_uri: got 's3://"),
        (
            lambda: record(
                CloudRunEndpoint, "fraud", {**MINIMAL, "image": IMAGE, "drift_baseline_uri": GS}
            ),
            "it with code_path",
        ),
        (lambda: app(drift_baseline_uri=GS), "drift_baseline_uri: got 'gs://"),
        (lambda: app(drift_schedule="weekly"), "drift_schedule: got 'weekly'"),
    ):
        with pytest.raises(pulumi.RunError) as found:
            make()
        assert told in str(found.value)
