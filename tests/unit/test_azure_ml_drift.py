"""Drift of a model on Azure ML: what is collected, the monitor, and what is refused."""

import warnings
from typing import Any, cast

import pytest

from tests.unit.test_azure_ml_endpoint import BLOBS, GROUP, made, refused, the

CAPTURE: dict[str, Any] = {"capture_percent": 25, "capture_uri": f"{BLOBS}/captured/fraud"}
DRIFT: dict[str, Any] = {**CAPTURE, "drift_baseline_uri": "azureml:fraud-training:3"}


def _unknown(value: Any, model: Any, path: str) -> list[str]:  # noqa: ANN401 - JSON and its model
    """Members that Microsoft's own client does not know; `model` is what it reads it as."""
    if isinstance(value, list):
        pairs = enumerate(zip(cast("list[Any]", value), model, strict=True))
        return [each for at, pair in pairs for each in _unknown(*pair, f"{path}[{at}]")]
    if not isinstance(value, dict):
        return []
    members = cast("dict[str, Any]", value)
    if not hasattr(model, "_attr_to_rest_field"):
        pairs = [(f"{path}.{key}", each, model[key]) for key, each in members.items()]
        return [each for at, one, of in pairs for each in _unknown(one, of, at)]
    fields = {each._rest_name: name for name, each in model._attr_to_rest_field.items()}  # noqa: SLF001 - the only way to its names
    found = [f"{path}.{key}" for key in members if key not in fields]
    for key, each in members.items():
        if key in fields:
            found += _unknown(each, getattr(model, fields[key]), f"{path}.{key}")
    return found


@pytest.fixture(scope="module")
def models() -> Any:  # noqa: ANN401 - a module of Microsoft's
    """The models of Azure's own client."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml._restclient.arm_ml_service import (  # noqa: PLC0415 - takes seconds
            models as found,
        )
    return found


def test_the_schedule_is_one_that_azures_client_knows(models: Any) -> None:  # noqa: ANN401 - a module
    properties = the(
        made(**DRIFT, drift_emails=["team@example.com"], drift_features=["amount"]), "Schedule"
    )["properties"]
    read: Any = models.ScheduleProperties._deserialize(properties, [])  # noqa: SLF001 - as its client does
    assert _unknown(properties, read, "properties") == []
    # It is read as what it is meant to be.
    signal = read.action.monitor_definition.signals["fraud-dev-data-drift"]
    assert isinstance(signal, models.DataDriftMonitoringSignal)
    assert isinstance(signal.production_data, models.RollingInputData)
    assert isinstance(signal.reference_data, models.FixedInputData)
    assert isinstance(signal.features, models.FeatureSubset)
    assert isinstance(read.trigger, models.RecurrenceTrigger)
    assert {type(each) for each in signal.metric_thresholds} == {
        models.NumericalDataDriftMetricThreshold,
        models.CategoricalDataDriftMetricThreshold,
    }


def test_the_judge_finds_what_is_not_known(models: Any) -> None:  # noqa: ANN401 - a module
    read: Any = models.MonitoringThreshold._deserialize({"value": 1}, [])  # noqa: SLF001 - as above
    assert _unknown({"value": 1, "limit": 2}, read, "threshold") == ["threshold.limit"]


def test_inputs_are_collected_and_looked_at() -> None:
    recorded = made(**DRIFT, capture_payload=["response"])
    collections = the(recorded, "OnlineDeployment")["properties"]["dataCollector"]["collections"]
    assert set(collections) == {"response", "model_inputs"}
    assert collections["model_inputs"]["samplingRate"] == 0.25
    data = recorded.inputs["fraud-captured-model_inputs"]["properties"]
    assert data["dataUri"].endswith("/paths/fraud/model_inputs/")
    definition = the(recorded, "Schedule")["properties"]["action"]["monitorDefinition"]
    (signal,) = definition["signals"].values()
    assert signal["productionData"]["uri"] == "fraud-captured-model_inputs-id"
    workspace = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/models-dev"
    assert signal["referenceData"]["uri"] == f"{workspace}/data/fraud-training/versions/3"
    assert signal["features"] == {"filterType": "AllFeatures"}
    assert [each["threshold"]["value"] for each in signal["metricThresholds"]] == [0.1, 0.1]
    # Without drift nothing is collected that was not asked for.
    alone = the(made(**CAPTURE), "OnlineDeployment")["properties"]["dataCollector"]
    assert set(alone["collections"]) == {"request", "response"}
    assert not made(**CAPTURE).of("azure-native:machinelearningservices:Schedule")


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [("hourly", list(range(24))), ("daily", [0]), ("0 3/6 * * *", [3, 9, 15, 21])],
)
def test_when_somebody_looks(schedule: str, hours: list[int]) -> None:
    properties = the(made(**DRIFT, drift_schedule=schedule), "Schedule")["properties"]
    assert properties["trigger"]["schedule"] == {"hours": hours, "minutes": [0]}


def test_who_is_told_and_what_to_do() -> None:
    properties = the(
        made(
            **DRIFT,
            drift_emails=["team@example.com"],
            runbook_url="https://wiki.example/runbooks/{alert}",
        ),
        "Schedule",
    )["properties"]
    told = properties["action"]["monitorDefinition"]["alertNotificationSettings"]
    assert told == {"emailNotificationSettings": {"emails": ["team@example.com"]}}
    assert properties["description"].startswith("ModelDataDrifts. fraud-dev: requests do not look")
    assert "https://wiki.example/runbooks/ModelDataDrifts" in properties["description"]
    assert "Owner: team-risk" in properties["description"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"drift_baseline_uri": "azureml:fraud"}, "use a data asset of the workspace"),
        ({"drift_baseline_uri": f"{BLOBS}/x"}, "use a data asset of the workspace"),
        ({"capture_percent": None, "capture_uri": None}, "it with capture_percent: what is"),
        ({"drift_emails": ["team"]}, "drift_emails: got 'team'; use addresses"),
        ({"drift_threshold": 0}, "drift_threshold: got 0"),
        (
            {"drift_baseline_uri": None, "drift_emails": ["team@example.com"]},
            "it with drift_baseline_uri",
        ),
    ],
)
def test_refused(change: dict[str, Any], problem: str) -> None:
    assert problem in refused(**{**DRIFT, **change})
