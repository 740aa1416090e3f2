from typing import Any

import pulumi
import pytest

from components.kubernetes.batch.batch_inference import BatchInference
from facts.schedules import wrong_schedule, wrong_time_zone
from tests.unit.component_mocks import Recorded, record

IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/scorer@sha256:{'1' * 64}"
DOWNLOAD = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/storage@sha256:{'2' * 64}"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "2.1.0",
    "model_uri": "s3://models/churn/2.1.0/",
    "namespace": "models",
    "image": IMAGE,
    "input_uri": "s3://data/customers/",
    "output_uri": "s3://data/scores/",
}
FULL: dict[str, Any] = MINIMAL | {
    "description": "x",
    "data_classification": "confidential",
    "tags": {"cost-centre": "growth"},
    "schedule": "30 2 * * mon-fri",
    "time_zone": "Europe/Berlin",
    "overlap": "replace",
    "late_seconds": 600,
    "suspended": True,
    "kept_runs": 5,
    "partitions": 20,
    "parallelism": 4,
    "retries": 3,
    "timeout_seconds": 7200,
    "arguments": ["--batch=64"],
    "env": {"LOG_LEVEL": "INFO"},
    "cpu": 3,
    "memory_mib": 12288,
    "scratch_mib": 4096,
    "accelerator": "nvidia-l4",
    "accelerator_count": 1,
    "download_image": DOWNLOAD,
    "egress": ["features:6379"],
    "storage_cidrs": ["10.0.0.0/16"],
    "mesh": "istio_ambient",
    "user_id": 20_000,
    "secret_env": {"FEATURES_PASSWORD": "features/password"},
    "node_selector": {"pool": "batch"},
    "tolerations": ["dedicated=batch:NoSchedule"],
    "priority_class_name": "system-cluster-critical",
    "cpu_limit": 4,
    "memory_limit_mib": 16384,
    "download_cpu": 2,
    "download_memory_mib": 2048,
    "model_mib": 2048,
}
ONCE: dict[str, Any] = MINIMAL | {"wait_for_completion": False, "service_account_name": "scorer"}
MANIFESTS = {"once": ONCE, "gpu-once": MINIMAL | {"accelerator": "nvidia-t4"}}


def _name(args: dict[str, Any]) -> str:
    return record(BatchInference, "churn", args).inputs["churn-job"]["metadata"]["name"]


def _spec(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["churn-cron-job"]["spec"]


def test_every_argument() -> None:
    recorded = record(BatchInference, "churn", FULL)
    spec = _spec(recorded)
    assert (spec["schedule"], spec["timeZone"]) == ("30 2 * * mon-fri", "Europe/Berlin")
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Replace", True)
    assert spec["startingDeadlineSeconds"] == 600
    assert spec["successfulJobsHistoryLimit"] == spec["failedJobsHistoryLimit"] == 5
    job = spec["jobTemplate"]["spec"]
    assert (job["completions"], job["parallelism"], job["completionMode"]) == (20, 4, "Indexed")
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (3, 7200)
    pod = job["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4", "pool": "batch"}
    assert pod["securityContext"]["runAsUser"] == 20_000
    assert pod["priorityClassName"] == "system-cluster-critical"
    assert {each["key"] for each in pod["tolerations"]} == {"dedicated", "nvidia.com/gpu"}
    assert pod["initContainers"][0]["args"] == [MINIMAL["model_uri"], "/mnt/models"]
    (container,) = pod["containers"]
    assert container["args"] == ["--batch=64"]
    plain = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    assert plain == {
        "MODEL_NAME": "churn",
        "MODEL_URI": MINIMAL["model_uri"],
        "MODEL_VERSION": "2.1.0",
        "MODEL_PATH": "/mnt/models",
        "INPUT_URI": "s3://data/customers/",
        "OUTPUT_URI": "s3://data/scores/",
        "PARTITIONS": "20",
        "LOG_LEVEL": "INFO",
    }
    (secret,) = [each for each in container["env"] if each["name"] == "FEATURES_PASSWORD"]
    assert secret["valueFrom"] == {"secretKeyRef": {"name": "features", "key": "password"}}
    # Scratch, model, /tmp and logs.
    more = {"nvidia.com/gpu": "1", "ephemeral-storage": "6656Mi"}
    assert container["resources"] == {
        "requests": {"cpu": "3", "memory": "12288Mi", **more},
        "limits": {"cpu": "4", "memory": "16384Mi", **more},
    }
    assert recorded.outputs["url"] == "s3://data/scores/"
    assert recorded.outputs["endpoint_name"] == "churn"
    assert recorded.outputs["status"]["schedule"] == "30 2 * * mon-fri"


@pytest.mark.parametrize("more", [{}, {"schedule": "@daily"}])
def test_labels_of_its_pods_change_neither_its_policy_nor_its_own(more: dict[str, Any]) -> None:
    labels = {"azure.workload.identity/use": "true", "app.kubernetes.io/name": "other"}
    recorded = record(BatchInference, "churn", MINIMAL | more | {"pod_labels": labels})
    spec = recorded.inputs["churn-cron-job" if more else "churn-job"]["spec"]
    job = spec["jobTemplate"]["spec"] if more else spec
    found = job["template"]["metadata"]["labels"]
    assert found["azure.workload.identity/use"] == "true"
    # Else no NetworkPolicy would be about them.
    selector = recorded.inputs["churn-network-policy"]["spec"]["podSelector"]["matchLabels"]
    assert selector.items() <= found.items()


def test_nobody_calls_it() -> None:
    policy = record(BatchInference, "churn", FULL).inputs["churn-network-policy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy


@pytest.mark.parametrize(
    ("changes", "another"),
    [
        ({}, False),
        ({"owner": "team-sales"}, False),
        ({"retries": 5, "timeout_seconds": 600}, False),
        ({"model_version": "2.2.0"}, True),
        ({"input_uri": "s3://data/customers/2/"}, True),
        ({"image": IMAGE.replace("1", "3")}, True),
        ({"arguments": ["--fast"]}, True),
        ({"partitions": 2}, True),
    ],
)
def test_a_run_is_named_by_what_it_does(changes: dict[str, Any], another: bool) -> None:  # noqa: FBT001 - a case
    assert (_name(MINIMAL | changes) != _name(MINIMAL)) == another


def test_a_run_need_not_be_waited_for() -> None:
    metadata = record(BatchInference, "churn", ONCE).inputs["churn-job"]["metadata"]
    assert metadata["annotations"] == {"pulumi.com/skipAwait": "true"}
    waited = record(BatchInference, "churn", MINIMAL).inputs["churn-job"]["metadata"]
    assert waited["annotations"] == {"pulumi.com/replaceUnready": "true"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schedule": "daily"}, "schedule: got 'daily'; use five fields"),
        (
            {"schedule": "@daily", "time_zone": "Berlin"},
            "time_zone: got 'Berlin'; use a name of the time zone database",
        ),
        ({"overlap": "forbid"}, "overlap: got 'forbid'; use schedule beside it"),
        (
            {"schedule": "@daily", "wait_for_completion": True},
            "wait_for_completion: got True; use it without a schedule only",
        ),
        ({"parallelism": 2}, "parallelism: got 2; use at most partitions (1)"),
        (
            {"accelerator_count": 1},
            "accelerator_count: got 1; use accelerator or gpu_node_labels beside it",
        ),
        (
            {"accelerator": "nvidia-l4", "accelerator_count": 0.5},
            "accelerator_count: got 0.5; use a whole number",
        ),
        ({"env": {"API_KEY": "abc"}}, "env: got 'API_KEY'; use secret_env"),
        ({"env": {"a-b": "c"}}, "env: got 'a-b'; use names of letters"),
        ({"name": "x"}, "name: no such argument"),
    ],
)
def test_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(BatchInference, "churn", MINIMAL | changes)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/5 0-23 1,15 jan-DEC ?",
        "0 9-17/2 * * 1-5",
        "59 23 31 12 6",
        "5/15 * * * *",
        "@daily",
        "@every 1h30m",
    ],
)
def test_schedules(text: str) -> None:
    assert wrong_schedule(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("60 * * * *", "a minute from 0 to 59"),
        ("* 24 * * *", "an hour from 0 to 23"),
        ("* * 0 * *", "a day of the month from 1 to 31"),
        ("* * * 13 *", "a month from 1 to 12"),
        ("* * * * 7", "a day of the week from 0 to 6"),
        ("* * * * mon-sun", "a day of the week"),
        ("*/0 * * * *", "a minute"),
        ("1-2-3 * * * *", "a minute"),
        ("* * * *", "five fields"),
        ("0 0 * * * *", "five fields"),
        ("@sometimes", "one of @yearly"),
        ("@every day", "one of @yearly"),
        ("TZ=UTC 0 0 * * *", "the zone goes into time_zone"),
        ("", "five fields"),
    ],
)
def test_wrong_schedules(text: str, said: str) -> None:
    assert said in wrong_schedule(text)


def test_time_zones() -> None:
    assert wrong_time_zone("Etc/UTC") == wrong_time_zone("America/Argentina/Ushuaia") == ""
    assert wrong_time_zone("Local")
    assert wrong_time_zone("Mars/Olympus")
