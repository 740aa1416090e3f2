"""Several containers behind one SageMaker endpoint."""

from typing import Any

import pytest

from tests.unit.sagemaker_endpoints import FURTHER, OTHER_IMAGE, made, refused, statements
from tests.unit.test_sagemaker_endpoint import CANDIDATE, IMAGE, MINIMAL


def test_several_containers_answer_in_turn() -> None:
    recorded = made(containers=FURTHER, **CANDIDATE)
    stable, candidate = (
        recorded.inputs[f"fraud-{variant}-model"] for variant in ("stable", "candidate")
    )
    assert "primaryContainer" not in stable
    assert stable["inferenceExecutionConfig"] == {"mode": "Serial"}
    first, own, last = stable["containers"]
    assert first == {
        "containerHostname": "features",
        "image": OTHER_IMAGE,
        "environment": {"LEVEL": "info"},
    }
    assert (own["containerHostname"], own["modelDataUrl"]) == ("model", MINIMAL["model_uri"])
    assert (last["image"], last["modelDataUrl"]) == (OTHER_IMAGE, FURTHER[1]["uri"])
    last = candidate["containers"][2]
    assert (last["image"], last["modelDataUrl"]) == (IMAGE, FURTHER[1]["candidate_uri"])
    found = statements(recorded)
    assert len(found["ReadArtifacts"]["Resource"]) == 4
    assert {arn.rpartition("/")[2] for arn in found["PullImages"]["Resource"]} == {
        "sagemaker-xgboost",
        "other",
        "server",
    }


def test_a_request_names_the_container() -> None:
    recorded = made(containers=FURTHER[1:], container_call="direct")
    model = recorded.inputs["fraud-stable-model"]
    assert model["inferenceExecutionConfig"] == {"mode": "Direct"}
    assert [each["containerHostname"] for each in model["containers"]] == ["model", "calibration"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"container_call": "direct"}, "container_call: got 'direct'; use it with containers"),
        ({"containers": FURTHER, "container_call": "direct"}, "containers[0].first: got True"),
        ({"containers": FURTHER, "container_call": "x"}, "use one of direct, serial"),
        ({"containers": [{"hostname": "model", "image": IMAGE}]}, "each hostname once"),
        ({"containers": [{"hostname": "a_b", "image": IMAGE}]}, "containers[0].hostname: got"),
        ({"containers": [{"hostname": "a", "image": "x"}]}, "containers[0].image: got 'x'"),
        ({"containers": [{"hostname": "a"}]}, "containers[0].image: got None"),
        ({"containers": [{**FURTHER[1], "uri": "x"}]}, "containers[0].uri: got 'x'"),
        ({"containers": [{**FURTHER[1], "cpu": 1}]}, "containers[0].cpu: no such argument"),
        ({"containers": "features"}, "containers: got 'features'; use a list of dictionaries"),
        (
            {"containers": [{"hostname": f"c{n}", "image": IMAGE} for n in range(15)]},
            "containers: got '15'; use at most 14 beside the model's own",
        ),
        (
            {
                "many_models": True,
                "model_uri": "s3://m/a/",
                "containers": FURTHER[1:],
                "container_call": "direct",
            },
            "many_models: got True; use container_call serial",
        ),
        (
            {
                "many_models": True,
                "model_uri": "s3://m/a/",
                "containers": [{**FURTHER[1], "uri": "s3://models/x/"}],
            },
            "containers[0].uri: got 's3://models/x/'; use a .tar.gz beside many models",
        ),
        ({"env": {"A": "x" * 1025}}, "use at most 1024 bytes in a name or a value"),
        ({"env": {f"A{n}": "" for n in range(101)}}, "use at most 100 variables in a container"),
        (
            {"env": {f"A{n}": "x" * 1000 for n in range(33)}},
            "env: got '33 variables'; use at most 32768 bytes in all",
        ),
        ({"env": ["A=1"]}, "env: got ['A=1']; use a map from text to text"),
    ],
)
def test_wrong_containers(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_the_most_containers() -> None:
    containers = [{"hostname": f"c{number}", "image": IMAGE} for number in range(14)]
    assert len(made(containers=containers).inputs["fraud-stable-model"]["containers"]) == 15
