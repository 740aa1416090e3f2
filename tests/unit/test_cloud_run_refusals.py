"""Arguments that CloudRunEndpoint refuses, each with what to use instead, and the last it takes."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.gcp.cloud_run import cloud_run_code
from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from facts.limits import Limit
from tests.unit.cloud_run_cases import (
    CANDIDATE,
    IMAGE,
    KEY,
    MINIMAL,
    SECRET,
    archive,
    archived,
)
from tests.unit.component_mocks import record

__all__ = ["archive"]


@pytest.mark.parametrize(
    ("changes", "key", "use"),
    [
        ({"region": "Europe"}, "region", "a region"),
        ({"image": None}, "code_path", "either code_path or image"),
        ({"code_path": "x.zip"}, "code_path", "either code_path or image"),
        ({"image": IMAGE.partition("@")[0] + ":1"}, "image", "by its digest"),
        ({"image": "quay.io/x/y@sha256:" + "0" * 64}, "image", "by its digest"),
        ({"model_digest": "sha256:0"}, "model_digest", "64 hexadecimal"),
        ({"candidate_image": IMAGE}, "candidate_image", "beside a candidate"),
        ({"bucket": "b"}, "bucket", "it with code_path"),
        ({"cpu": 3}, "cpu", "1, 2, 4, 6, 8"),
        ({"cpu": 0.5}, "cpu", "a number from 1"),
        ({"memory_mib": 511}, "memory_mib", "from 512"),
        ({"memory_mib": 4097}, "memory_mib", "512 to 4096 MiB"),
        ({"cpu": 4, "memory_mib": 2047}, "memory_mib", "2048 to 16384 MiB"),
        ({"accelerator": "nvidia-t4"}, "accelerator", "nvidia-l4"),
        ({"accelerator": "nvidia-l4", "cpu": 3}, "cpu", "at least 4 vCPUs"),
        ({"accelerator": "nvidia-l4", "region": "europe-west3"}, "region", "europe-west4"),
        ({"accelerator": "nvidia-l4", "cpu_always": False}, "cpu_always", "true"),
        ({"gpu_zonal_redundancy": True}, "gpu_zonal_redundancy", "with accelerator"),
        ({"timeout_seconds": 3601}, "timeout_seconds", "1 to 3600"),
        ({"timeout_seconds": 1, "latency_p95_ms": 1000}, "timeout_seconds", "more than latency"),
        ({"concurrency": 1001}, "concurrency", "1 to 1000"),
        ({"load_seconds": 241}, "load_seconds", "1 to 240"),
        ({"tcp_health": True, "startup_path": "/x"}, "startup_path", "without tcp_health"),
        ({"predict_route": "score"}, "predict_route", "begins with /"),
        ({"environment_variables": {"PORT": "1"}}, "environment_variables", "PORT"),
        (
            {"environment_variables": {"MODEL_SERVING_MODEL_NAME": "x"}},
            "environment_variables",
            "the arguments for it",
        ),
        ({"environment_variables": {"API_TOKEN": "abcdef"}}, "environment_variables", "secret"),
        (
            {"secret_environment_variables": {"A": "projects/p/secrets/s/versions/latest"}},
            "secret_environment_variables",
            "versions/<number>",
        ),
        (
            {"secret_environment_variables": {"MODEL_SERVING_MODEL_URI": SECRET}},
            "secret_environment_variables",
            "the arguments for it",
        ),
        ({"secret_environment_variables": {"PORT": SECRET}}, "secret_environment_variables", "not"),
        (
            {"environment_variables": {"A": "1"}, "secret_environment_variables": {"A": SECRET}},
            "secret_environment_variables",
            "or in environment_variables",
        ),
        ({"callers": ["shop"]}, "callers", "IAM members"),
        ({"callers": ["allUsers"]}, "callers", "everybody only with public_access"),
        ({"callers": ["allUsers"], "public_access": True}, "callers", "everybody only with"),
        ({"network": "serving"}, "subnetwork", "both network and subnetwork"),
        ({"network_tags": ["a"]}, "network_tags", "it with network"),
        ({"vpc_egress": "all_traffic"}, "vpc_egress", "it with network"),
        (
            {
                "connector": "projects/p/locations/l/connectors/c",
                "network": "serving",
                "subnetwork": "models",
            },
            "network",
            "either a connector",
        ),
        ({"key": KEY.replace("west4", "west1")}, "key", "a key of europe-west4"),
        ({"service_account": "nobody"}, "service_account", "the email"),
        (
            {
                "binary_authorization": True,
                "binary_authorization_policy": "projects/p/platforms/cloudRun/strict",
            },
            "binary_authorization_policy",
            "either the project's own",
        ),
        ({"notification_channels": ["mail"]}, "notification_channels", "notificationChannels"),
        (
            {**CANDIDATE, "candidate_version": "1-4-0"},
            "candidate_version",
            "both are named 1-4-0",
        ),
        ({"environment": "x" * 32}, "name", "at most 37"),
        ({"description": "x" * 513}, "description", "at most 512"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], key: str, use: str) -> None:
    asked = {k: v for k, v in {**MINIMAL, **changes}.items() if v is not None}
    with pytest.raises(pulumi.RunError) as error:
        record(CloudRunEndpoint, "fraud", asked)
    told = [line.strip() for line in str(error.value).splitlines()[1:]]
    assert [line for line in told if line.startswith(f"{key}: ") and use in line], told


@pytest.mark.parametrize(
    "changes",
    [
        {"memory_mib": 4096},
        {"cpu": 4, "memory_mib": 2048},
        {"accelerator": "nvidia-l4", "cpu": 4, "memory_mib": 16_384},
        {"accelerator": "nvidia-rtx-pro-6000"},
        {"timeout_seconds": 3600, "concurrency": 1000, "load_seconds": 240},
        {"public_access": True, "callers": ["allUsers"], "data_classification": "public"},
        {"environment": "x" * 31, "description": "x" * 512},
        {"image": "docker.io/library/model@sha256:" + "0" * 64},
        {"connector": "projects/p/locations/l/connectors/c", "vpc_egress": "all_traffic"},
    ],
)
def test_good_arguments(changes: dict[str, Any]) -> None:
    assert record(CloudRunEndpoint, "fraud", {**MINIMAL, **changes}).types


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(pulumi.RunError) as error:
        record(
            CloudRunEndpoint,
            "fraud",
            {**MINIMAL, "secret_environment_variables": {"A": "hunter2-canary"}},
        )
    assert "hunter2" not in str(error.value)


def test_an_archive_that_is_not_there_or_too_large(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(pulumi.RunError, match="a zip that is there"):
        record(CloudRunEndpoint, "fraud", archived(archive.with_name("none.zip")))
    size = archive.stat().st_size
    for most, fits in ((size, True), (size - 1, False)):
        monkeypatch.setattr(cloud_run_code, "_MIB", 1)
        monkeypatch.setattr(cloud_run_code, "SOURCE_MIB", Limit("archive", None, most, "B", "page"))
        if fits:
            assert record(CloudRunEndpoint, "fraud", archived(archive)).types
        else:
            with pytest.raises(pulumi.RunError, match="at most"):
                record(CloudRunEndpoint, "fraud", archived(archive))
