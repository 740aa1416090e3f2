"""Arguments that an objective's scaling needs of components, by themselves."""

from typing import Any

import pulumi
import pytest

from tests.contract.component_table import COMPONENTS, least
from tests.unit.component_mocks import record


def _made(name: str, **arguments: object) -> dict[str, dict[str, Any]]:
    return record(COMPONENTS[name], "prices", {**least(name), **arguments}).inputs


@pytest.mark.parametrize(
    ("target", "quantity"), [(5, "5"), (5.0, "5"), (0.35, "350m"), (0.001, "1m"), (13.9, "13900m")]
)
def test_a_fraction_of_a_request_is_a_quantity_of_kubernetes(target: float, quantity: str) -> None:
    made = _made("ModelServer", max_replicas=3, requests_per_second_target=target)
    (scaler,) = (each for name, each in made.items() if name.endswith("-autoscaler"))
    pods = next(each["pods"] for each in scaler["spec"]["metrics"] if each["type"] == "Pods")
    assert pods["target"]["averageValue"] == quantity


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("ModelServer", {"max_replicas": 3, "requests_per_second_target": 0.0009}, "from 0.001"),
        ("InferenceService", {"target_utilization_percent": 0}, "from 1 to 100"),
        (
            "InferenceService",
            {"target_utilization_percent": 70, "cpu_target_percent": 80},
            "it without cpu_target_percent",
        ),
        (
            "InferenceService",
            {"target_utilization_percent": 70, "deployment_mode": "standard"},
            "deployment_mode knative beside it",
        ),
        ("CloudRunEndpoint", {"target_utilization_percent": 9}, "from 10 to 95"),
        ("CloudRunEndpoint", {"target_utilization_percent": 96}, "from 10 to 95"),
    ],
)
def test_what_cannot_be_aimed_for(name: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match=says):
        _made(name, **arguments)


@pytest.mark.parametrize("percent", [10, 95])
def test_cloud_run_fills_an_instance_so_far(percent: int) -> None:
    """Another share is another revision; without one the template says nothing of it."""
    plain = _made("CloudRunEndpoint")["prices-service"]["template"]
    filled = _made("CloudRunEndpoint", target_utilization_percent=percent)["prices-service"]
    assert "concurrencyUtilization" not in plain["scaling"]
    assert filled["template"]["scaling"]["concurrencyUtilization"] == percent / 100
    assert filled["template"]["revision"] != plain["revision"]
