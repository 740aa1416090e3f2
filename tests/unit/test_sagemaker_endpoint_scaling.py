"""What a SageMaker endpoint scales by, and when its bounds move."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts.sagemaker import HOSTING, cores
from tests.unit.component_mocks import Recorded
from tests.unit.sagemaker_endpoints import made, refused


def _policy(recorded: Recorded) -> dict[str, Any]:
    policy = recorded.inputs["fraud-stable-scaling-policy"]
    return policy["targetTrackingScalingPolicyConfiguration"]


def test_scaling_by_requests_at_once() -> None:
    assert _policy(made(max_replicas=4, scaling_metric="concurrency", scaling_target=2.5)) == {
        "targetValue": 2.5,
        "predefinedMetricSpecification": {
            "predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        },
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }


@pytest.mark.parametrize(
    ("metric", "kind", "name", "factor"),
    [
        ("cpu", "ml.m5.large", "CPUUtilization", 2),
        ("cpu", "ml.c5.18xlarge", "CPUUtilization", 72),
        ("cpu", "ml.c4.8xlarge", "CPUUtilization", 36),
        ("gpu", "ml.g5.12xlarge", "GPUUtilization", 4),
        ("gpu", "ml.g5.xlarge", "GPUUtilization", 1),
    ],
)
def test_use_is_summed_over_cores_and_gpus(metric: str, kind: str, name: str, factor: int) -> None:
    """Of four CPUs CloudWatch says 0 to 400 %: monitoring-cloudwatch.html."""
    found = _policy(
        made(max_replicas=4, scaling_metric=metric, scaling_target=50, instance_type=kind)
    )
    assert found["targetValue"] == 50 * factor
    assert found["customizedMetricSpecification"] == {
        "namespace": "/aws/sagemaker/Endpoints",
        "metricName": name,
        "statistic": "Average",
        "unit": "Percent",
        "dimensions": [
            {"name": "EndpointName", "value": "fraud-dev"},
            {"name": "VariantName", "value": "stable"},
        ],
    }


@settings(deadline=None, max_examples=20)
@given(kind=st.sampled_from(HOSTING), percent=st.integers(1, 100))
def test_a_target_of_cpu_is_within_what_the_metric_can_be(kind: str, percent: int) -> None:
    found = _policy(
        made(max_replicas=4, scaling_metric="cpu", scaling_target=percent, instance_type=kind)
    )
    assert 0 < found["targetValue"] <= 100 * cores(kind)


def test_a_metric_of_ones_own_and_cool_downs() -> None:
    found = _policy(
        made(
            max_replicas=4,
            scaling_metric="Models/Queue/QueueLength",
            scaling_target=12,
            scale_out_cooldown_seconds=0,
            scale_in_cooldown_seconds=900,
        )
    )
    specification = found["customizedMetricSpecification"]
    assert (specification["namespace"], specification["metricName"]) == (
        "Models/Queue",
        "QueueLength",
    )
    assert "unit" not in specification
    assert (found["scaleOutCooldown"], found["scaleInCooldown"]) == (0, 900)


def test_schedules_move_the_bounds_and_no_update_sets_them_back() -> None:
    schedules = [
        {"schedule": "0 8 * * 1-5", "time_zone": "Europe/Berlin", "min_replicas": 4},
        {"schedule": "0 20 * * *", "min_replicas": 1, "max_replicas": 2},
    ]
    recorded = made(min_replicas=1, max_replicas=6, scaling_schedules=schedules)
    actions = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    found = {each["schedule"]: each for each in actions.values()}
    morning, evening = found["cron(0 8 ? * MON-FRI *)"], found["cron(0 20 * * ? *)"]
    assert morning["timezone"] == "Europe/Berlin"
    assert morning["scalableTargetAction"] == {"minCapacity": 4}
    assert evening["timezone"] == "Etc/UTC"
    assert evening["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 2}
    # By what they are: another order is the same.
    again = made(min_replicas=1, max_replicas=6, scaling_schedules=schedules[::-1])
    assert again.of("aws:appautoscaling/scheduledAction:ScheduledAction") == actions


def test_schedules_alone_scale_too() -> None:
    schedules = [{"schedule": "0 8 * * *", "min_replicas": 2, "max_replicas": 2}]
    assert "fraud-stable-scaling-target" in made(scaling_schedules=schedules).inputs


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"scaling_metric": "memory"}, "use requests, concurrency, cpu, gpu, or namespace and"),
        ({"scaling_metric": "gpu"}, "use another one: ml.m5.large has no NVIDIA GPU"),
        ({"scaling_metric": "cpu", "scaling_target": 101}, "use a number from 0.001 to 100"),
        ({"scaling_metric": "A/B"}, "scaling_target: got None; use the value of the metric"),
        ({"scaling_target": 0}, "scaling_target: got 0; use a number from 0.001 to 1e+06"),
        ({"scale_in_cooldown_seconds": -1}, "scale_in_cooldown_seconds: got -1"),
        ({"scale_out_cooldown_seconds": 86_401}, "scale_out_cooldown_seconds: got 86401"),
        (
            {"invocations_per_instance": 5, "scaling_target": 5},
            "scaling_target: got 5; use it without invocations_per_instance",
        ),
        ({"scaling_schedules": [{"schedule": "0 8 * * *"}]}, "scaling_schedules[0].min_replicas"),
        (
            {"scaling_schedules": [{"schedule": "8am", "min_replicas": 1}]},
            "scaling_schedules[0].schedule: got '8am'; use five fields",
        ),
        (
            {"scaling_schedules": [{"schedule": "0 8 1 * 1", "min_replicas": 1}]},
            "days of the month or days of the week, not both",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 0}]},
            "scaling_schedules[0].min_replicas: got 0",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 5}]},
            "scaling_schedules[0].min_replicas: got 5; use at most 4, or max_replicas with it",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 3, "max_replicas": 2}]},
            "scaling_schedules[0].max_replicas: got 2; use at least min_replicas (3)",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 1, "time_zone": "CEST"}]},
            "scaling_schedules[0].time_zone: got 'CEST'",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": n} for n in (1, 2)]},
            "scaling_schedules[1].schedule: got '@daily'; use each time once",
        ),
    ],
)
def test_wrong_scaling(change: dict[str, Any], problem: str) -> None:
    refused(problem, max_replicas=4, **change)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scaling_metric", "cpu"),
        ("scaling_target", 5),
        ("scale_in_cooldown_seconds", 60),
        ("scale_out_cooldown_seconds", 60),
    ],
)
def test_what_is_not_scaled_follows_nothing(key: str, value: object) -> None:
    refused(f"{key}: got", **{key: value})
    made(max_replicas=2, **{key: value})
