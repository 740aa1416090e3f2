"""Graphs, trained models, experiments: ready once what they name is there, and why not before."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox_life import Stack

SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
GRAPH = "kubernetes:serving.kserve.io/v1alpha1:InferenceGraph"
TRAINED = "kubernetes:serving.kserve.io/v1alpha1:TrainedModel"
MODEL = "kubernetes:mlops.seldon.io/v1alpha1:Model"
EXPERIMENT = "kubernetes:mlops.seldon.io/v1alpha1:Experiment"


@pytest.fixture
def cluster(tmp_path: Path) -> Stack:
    return Stack("kubernetes", tmp_path / "store.sqlite", {"context": "serving-dev"})


def made(stack: Stack, token: str, name: str, spec: dict[str, Any]) -> str:
    """Make an object; why it is not ready, empty where it is."""
    _, version, kind = token.split(":")
    row = stack.create(
        token, name, apiVersion=version, kind=kind, metadata={"name": name}, spec=spec
    )
    conditions = {each["type"]: each for each in row.outputs["status"]["conditions"]}
    return "" if conditions["Ready"]["status"] == "True" else conditions["Ready"]["message"]


def server(memory: str = "1Gi", **more: str) -> dict[str, Any]:
    model = {
        "modelFormat": {"name": "triton"},
        "runtime": "kserve-tritonserver",
        "resources": {"limits": {"memory": memory}},
        **more,
    }
    return {"predictor": {"model": model}}


def trained(memory: str = "512Mi") -> dict[str, Any]:
    model = {"storageUri": "s3://a/b", "framework": "onnx", "memory": memory}
    return {"inferenceService": "shared", "model": model}


GRAPH_SPEC = {"nodes": {"root": {"routerType": "Sequence", "steps": [{"serviceName": "shared"}]}}}
SPLIT = {
    "default": "a",
    "candidates": [{"name": "a", "weight": 90}, {"name": "b", "weight": 10}],
}


def test_a_graph_waits_for_its_services(cluster: Stack) -> None:
    assert "Failed to find graph service shared" in made(cluster, GRAPH, "early", GRAPH_SPEC)
    made(cluster, SERVICE, "shared", server())
    assert made(cluster, GRAPH, "late", GRAPH_SPEC) == ""


def test_a_model_waits_for_its_server(cluster: Stack) -> None:
    assert "there is no InferenceService shared" in made(cluster, TRAINED, "early", trained())
    made(cluster, SERVICE, "shared", server())
    # Its own amount, and that of those before it (the early one's too), up to the server's.
    assert made(cluster, TRAINED, "fitting", trained()) == ""
    assert "does not have enough memory resources" in made(
        cluster, TRAINED, "large", trained("513Mi")
    )


def test_a_server_with_a_model_of_its_own_takes_no_other(cluster: Stack) -> None:
    made(cluster, SERVICE, "shared", server(storageUri="s3://a/b"))
    assert "not configured for multi-model serving" in made(cluster, TRAINED, "churn", trained())


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (SPLIT, "there is no Model b"),
        ({"candidates": [{"name": "a", "weight": 1}], "default": "b"}, "default b is no candidate"),
        ({"candidates": 2 * [{"name": "a", "weight": 1}]}, "duplicate a"),
        ({"candidates": []}, "no candidates or mirror"),
        (
            {"candidates": [{"name": "a", "weight": 1}], "mirror": {"name": "a", "percent": 5}},
            "duplicate a",
        ),
    ],
)
def test_what_seldon_refuses_of_an_experiment(
    cluster: Stack, spec: dict[str, Any], why: str
) -> None:
    made(cluster, MODEL, "a", {"storageUri": "gs://a/b"})
    assert why in made(cluster, EXPERIMENT, "split", spec)


def test_an_experiment_over_models_that_are_there(cluster: Stack) -> None:
    for name in ("a", "b"):
        made(cluster, MODEL, name, {"storageUri": "gs://a/b"})
    assert made(cluster, EXPERIMENT, "split", SPLIT) == ""
