"""What is said of KServe's releases, held to the runtimes that the sandbox reads there."""

from typing import Any

import pytest

from facts.kserve import (
    KSERVE_VERSIONS,
    STORAGE,
    choose_runtime,
    kserve_version,
    protocol_of,
    release_of,
)
from facts.kserve_runtimes import RUNTIMES, ServingRuntime
from sandbox.kinds import Kinds

PINNED = kserve_version("0.20.0")


def _brought() -> dict[str, dict[str, Any]]:
    """The runtimes of the pinned release by name, those for one node."""
    found = Kinds().document("runtimes")
    if not found:
        pytest.skip("KServe's module could not be had at set-up")
    return {
        each["metadata"]["name"]: each["spec"] for each in found if "workerSpec" not in each["spec"]
    }


def test_every_runtime_is_known() -> None:
    assert {each.name for each in PINNED.runtimes} == _brought().keys()


@pytest.mark.parametrize("runtime", PINNED.runtimes, ids=lambda each: each.name)
def test_formats_and_protocols_are_those_of_the_source(runtime: ServingRuntime) -> None:
    spec = _brought()[runtime.name]
    formats = {
        (each["name"], each.get("version", ""), each.get("autoSelect", False))
        for each in spec["supportedModelFormats"]
    }
    known = {
        (each.name, each.version, each.auto)
        for each in runtime.formats
        if each.in_release(PINNED.release)
    }
    assert known == formats
    # vLLM's names none, and KServe lets every one pass.
    assert set(runtime.protocols) == set(spec.get("protocolVersions") or runtime.protocols)


@pytest.mark.parametrize(
    ("version", "framework", "protocol", "runtime"),
    [
        ("0.20.0", "sklearn", None, "kserve-sklearnserver"),
        ("0.20.0", "sklearn", "v2", "kserve-sklearnserver"),
        ("0.20.0", "onnx", None, "kserve-tritonserver"),
        ("0.20.0", "onnx", "v1", None),
        ("0.20.0", "tensorflow", None, "kserve-tensorflow-serving"),
        ("0.20.0", "tensorflow", "v2", "kserve-tritonserver"),
        ("0.20.0", "pytorch", None, "kserve-torchserve"),
        ("0.20.0", "mlflow", None, "kserve-mlserver"),
        ("0.20.0", "mlflow", "v1", None),
        ("0.20.0", "huggingface", None, "kserve-huggingfaceserver"),
        ("0.20.0", "vLLM", None, "kserve-vllmserver"),
        ("0.19.0", "vLLM", None, None),
        ("0.19.0", "autogluon", None, None),
        ("0.20.0", "autogluon", "v2", "kserve-autogluonserver"),
        # Not in KServe's kustomization: only by its name.
        ("0.20.0", "openvino", None, None),
        ("0.20.0", "caffe", None, None),
    ],
)
def test_the_runtime_is_the_one_that_kserve_takes(
    version: str, framework: str, protocol: str | None, runtime: str | None
) -> None:
    chosen = choose_runtime(kserve_version(version), framework, protocol)
    assert (chosen.name if chosen else None) == runtime


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("0.15.0", "0.15.2"),
        ("0.15.2", "0.15.2"),
        ("v0.16.1", "0.16.0"),
        ("0.18.0", "0.17.0"),
        ("0.20.3", "0.20.0"),
        ("0.21.0-rc1", "0.21.0"),
        ("1.0.0", "0.21.0"),
    ],
)
def test_between_two_releases_the_older_one_counts(version: str, known: str) -> None:
    assert kserve_version(version).version == known


def test_releases_come_in_order_and_lose_nothing() -> None:
    releases = [each.release for each in KSERVE_VERSIONS]
    assert releases == sorted(set(releases))
    for flag in ("canaries", "weighted_routes", "two_protocols", "native_oci"):
        held = [getattr(each, flag) for each in KSERVE_VERSIONS]
        assert held == sorted(held), flag
    assert release_of("new") == (0, 0)


def test_every_runtime_has_a_default_protocol_and_a_source() -> None:
    for runtime in RUNTIMES:
        assert protocol_of(runtime) in runtime.protocols
        assert runtime.source.endswith(f"{runtime.name}.yaml")
        grpc = any(each.startswith("grpc") for each in runtime.protocols)
        assert grpc == (runtime.grpc_port is not None), runtime.name


def test_what_it_takes_to_read_an_artifact_is_said() -> None:
    told = {each.scheme: each.credentials for each in STORAGE}
    assert told.keys() >= {"s3", "gs", "https", "pvc", "oci", "hf"}
    assert all(told.values())
    assert "HF_TOKEN" in told["hf"]
    assert "Azure" in told["https"]
