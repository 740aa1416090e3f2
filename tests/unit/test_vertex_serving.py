"""Facts about Vertex AI, held against what the vendor's own packages say."""

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facts.accelerators import ACCELERATORS
from facts.schedules import wrong_schedule
from facts.vertex_serving import (
    ACCELERATOR_TYPES,
    ARTIFACT_FILE,
    CRON_WORDS,
    ENDPOINT_KINDS,
    IMAGE,
    INPUT_FORMATS,
    OUTPUT_FORMATS,
    PREBUILT,
    SCALING_METRICS,
    accelerator_type,
    machine_for,
    misfit,
    prebuilt_image,
    registry_version,
    shares_pools,
)
from provider.gcp.vertex_batch_prediction_job_inputs import check as check_job
from provider.gcp.vertex_deployed_model_inputs import METRICS

# The packages themselves are not imported: their protocol stubs and Pulumi's cannot be in one
# process.


def _installed(path: str) -> Path:
    for folder in map(Path, sys.path):
        if (folder / path).exists():
            return folder / path
    pytest.fail(f"{path} is not installed")


def _schema(name: str) -> dict[str, Any]:
    file = _installed("googleapiclient/discovery_cache/documents/aiplatform.v1.json")
    schemas = json.loads(file.read_text())["schemas"]
    return schemas[f"GoogleCloudAiplatformV1{name}"]["properties"]


def _containers() -> Iterator[tuple[str, str, str]]:
    """Framework, accelerator and version of Google's containers in Europe."""
    file = _installed("google/cloud/aiplatform/constants/prediction.py")
    spec = importlib.util.spec_from_file_location("prediction_constants", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for uri in module.SERVING_CONTAINER_URIS:
        found = re.fullmatch(r"europe-docker[^:]*/([a-z0-9]+)-(cpu|gpu)\.([0-9-]+):latest", uri)
        if found:
            yield found[1], found[2], found[3]


def test_googles_containers_are_the_newest_that_its_client_knows() -> None:
    known = set(_containers())
    for container in PREBUILT.values():
        versions = {
            tuple(map(int, version.split("-")))
            for repository, kind, version in known
            if repository == container.repository and kind == "cpu"
        }
        assert container.version == "-".join(map(str, max(versions)))
        gpu = (container.repository, "gpu", container.version) in known
        assert container.gpu == gpu


@pytest.mark.parametrize(
    ("region", "place"),
    [
        ("us-central1", "us"),
        ("northamerica-northeast1", "us"),
        ("southamerica-east1", "us"),
        ("europe-west4", "europe"),
        ("asia-east1", "asia"),
        ("australia-southeast1", "asia"),
        ("me-west1", "europe"),
    ],
)
def test_containers_come_from_one_of_three_places(region: str, place: str) -> None:
    image = prebuilt_image("sklearn", region, gpu=True)
    assert image.startswith(f"{place}-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.")
    assert re.fullmatch(IMAGE, image)


def test_gpus_are_called_as_the_api_does() -> None:
    words = _schema("MachineSpec")["acceleratorType"]["enum"]
    assert set(ACCELERATOR_TYPES.values()) <= set(words)
    assert set(ACCELERATOR_TYPES) <= set(ACCELERATORS)
    assert accelerator_type("nvidia-h100", "a3-highgpu-8g") == "NVIDIA_H100_80GB"
    assert accelerator_type("nvidia-h100", "a3-megagpu-8g") == "NVIDIA_H100_MEGA_80GB"
    assert accelerator_type("nvidia-h100", "a3-megagpu-8g") in words


def test_metrics_are_those_of_the_api_and_of_the_provider() -> None:
    told = _schema("AutoscalingMetricSpec")["metricName"]["description"]
    assert all(f"`{metric}`" in told for metric in SCALING_METRICS.values())
    assert sorted(SCALING_METRICS.values()) == sorted(METRICS)


def test_forms_are_those_that_the_provider_takes() -> None:
    """Each by itself; BigQuery's goes with its own places."""
    for form in INPUT_FORMATS:
        _, problems = check_job({"instancesFormat": form})
        assert not [
            path for path, told in problems if path == "instancesFormat" and "one of" in told
        ]
    for form in OUTPUT_FORMATS:
        _, problems = check_job({"predictionsFormat": form})
        assert not [
            path for path, told in problems if path == "predictionsFormat" and "one of" in told
        ]


@pytest.mark.parametrize(
    ("accelerator", "count", "machine"),
    [
        (None, 1, "n1-standard-2"),
        ("nvidia-l4", 1, "g2-standard-4"),
        ("nvidia-l4", 2, "g2-standard-24"),
        ("nvidia-l4", 3, None),
        ("nvidia-t4", 4, "n1-standard-16"),
        ("nvidia-a100", 1, "a2-highgpu-1g"),
        # Sold as a reservation, spot or flex start alone.
        ("nvidia-b200", 8, None),
    ],
)
def test_the_cheapest_machine_on_demand(
    accelerator: str | None, count: int, machine: str | None
) -> None:
    found = machine_for(accelerator, count)
    assert found == machine
    if found is not None:
        assert misfit(found, accelerator, count) == ""


@pytest.mark.parametrize(
    ("machine", "accelerator", "count", "wrong"),
    [
        ("n1-standard-4", None, 1, ""),
        ("e2-standard-2", None, 1, ""),
        ("g2-standard-4", None, 1, "accelerator has to name it"),
        ("g2-standard-4", "nvidia-l4", 1, ""),
        ("g2-standard-4", "nvidia-l4", 2, "takes 1 of nvidia-l4"),
        ("g2-standard-4", "nvidia-t4", 1, "carries nvidia-l4"),
        # A replica may be on a part of a machine; of N1 it has its own GPUs.
        ("a3-highgpu-8g", "nvidia-h100", 2, ""),
        ("a3-highgpu-8g", "nvidia-h100", 9, "takes"),
        ("n1-standard-4", "nvidia-t4", 3, "takes"),
        ("e2-standard-2", "nvidia-l4", 1, "no GPUs that are known"),
    ],
)
def test_machines_and_gpus(machine: str, accelerator: str | None, count: int, wrong: str) -> None:
    told = misfit(machine, accelerator, count)
    assert (wrong in told) if wrong else not told


def test_kinds_of_endpoints_bound_what_they_take() -> None:
    dedicated, public = ENDPOINT_KINDS["dedicated"], ENDPOINT_KINDS["public"]
    assert dedicated.payload.allows(10)
    assert not dedicated.payload.allows(10.1)
    assert public.payload.allows(1.5)
    assert not public.payload.allows(1.6)
    assert (public.timeout.maximum, dedicated.timeout.maximum) == (60, 3600)
    assert [kind.name for kind in ENDPOINT_KINDS.values() if not kind.splits_traffic] == ["peered"]


def test_a_registered_version_is_named_by_its_number() -> None:
    name = "projects/p/locations/r/models/m@12"
    assert registry_version(f"vertex://{name}") == name
    for other in (f"gs://{name}", f"vertex://{name[:-2]}golden", f"vertex://{name[:-3]}"):
        assert registry_version(other) is None


def test_folders_and_files() -> None:
    assert ARTIFACT_FILE.fullmatch("gs://b/1/model.joblib")
    assert not ARTIFACT_FILE.fullmatch("gs://b/1.0.0/")
    assert not ARTIFACT_FILE.fullmatch("gs://b/1.0.0")


def test_words_of_cron_are_five_fields() -> None:
    for word, fields in CRON_WORDS.items():
        assert wrong_schedule(word) == ""
        assert wrong_schedule(fields) == ""
        assert len(fields.split()) == 5


def test_pools_are_shared_by_googles_containers_of_two_frameworks() -> None:
    assert {name for name in PREBUILT if shares_pools(name, own_image=False)} == {
        "pytorch",
        "tensorflow",
    }
    assert not shares_pools("pytorch", own_image=True)
    assert not shares_pools(None, own_image=False)
