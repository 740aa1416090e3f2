"""What a SageMaker endpoint serves: artifacts, images, versions from the registry, many models."""

from typing import Any

import pytest

from facts.sagemaker import MULTI_MODEL_GPU, family, gpus
from tests.unit.sagemaker_endpoints import KINDS, OTHER_IMAGE, made, refused, statements
from tests.unit.test_sagemaker_endpoint import CANDIDATE, IMAGE


@pytest.mark.parametrize(
    ("uri", "kind"),
    [("s3://models/fraud/1.4.0/", "S3Prefix"), ("s3://models/fraud/1.4.0/m.onnx", "S3Object")],
)
def test_an_artifact_that_is_no_archive(uri: str, kind: str) -> None:
    recorded = made(model_uri=uri)
    container = recorded.inputs["fraud-stable-model"]["primaryContainer"]
    assert "modelDataUrl" not in container
    assert container["modelDataSource"] == {
        "s3DataSources": [{"s3Uri": uri, "s3DataType": kind, "compressionType": "None"}]
    }
    below = uri.endswith("/")
    assert ("ListArtifacts" in statements(recorded)) == below
    objects = statements(recorded)["ReadArtifacts"]["Resource"]
    assert objects == [f"arn:aws:s3:::{uri.removeprefix('s3://')}{'*' if below else ''}"]


def test_a_candidate_with_an_image_of_its_own() -> None:
    recorded = made(framework=None, image=IMAGE, candidate_image=OTHER_IMAGE, **CANDIDATE)
    models = ["fraud-stable-model", "fraud-candidate-model"]
    images = [recorded.inputs[name]["primaryContainer"]["image"] for name in models]
    assert images == [IMAGE, OTHER_IMAGE]
    repositories = statements(recorded)["PullImages"]["Resource"]
    assert [arn.rpartition("/")[2] for arn in repositories] == ["other", "server"]
    refused("candidate_image: got", candidate_image=OTHER_IMAGE)
    refused("an image in Amazon ECR", candidate_image="docker.io/x", **CANDIDATE)


def test_an_image_is_of_the_endpoints_region() -> None:
    refused(
        "SageMaker pulls from no other region",
        framework=None,
        image=IMAGE.replace("eu-west-1", "us-east-1"),
    )


PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/7"


def test_a_version_from_the_registry() -> None:
    """It brings its image and its artifact; the role reaches these, and the registry not."""
    recorded = made(model_uri=PACKAGE, framework=None, env={"WORKERS": "2"})
    model = recorded.inputs["fraud-stable-model"]
    assert model["primaryContainer"] == {
        "modelPackageName": PACKAGE,
        "environment": {"WORKERS": "2"},
    }
    found = statements(recorded)
    assert found["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::registered/fraud/7/model.tar.gz"]
    assert found["PullImages"]["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/registered"
    ]
    assert recorded.outputs["status"]["model_uri"] == PACKAGE


def test_from_one_place_to_the_other() -> None:
    """A version of each beside the other."""
    recorded = made(model_uri=PACKAGE, framework=None, candidate_image=IMAGE, **CANDIDATE)
    assert recorded.inputs["fraud-candidate-model"]["primaryContainer"]["image"] == IMAGE
    found = statements(recorded)
    assert len(found["PullImages"]["Resource"]) == 2
    assert len(found["ReadArtifacts"]["Resource"]) == 2
    recorded = made(**(CANDIDATE | {"candidate_uri": PACKAGE}))
    container = recorded.inputs["fraud-candidate-model"]["primaryContainer"]
    assert container == {"modelPackageName": PACKAGE}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_uri": PACKAGE, "framework": "xgboost"}, "framework: got 'xgboost'; use none"),
        ({"model_uri": PACKAGE, "framework": None, "image": IMAGE}, "image: got"),
        ({"model_uri": PACKAGE.rpartition("/")[0]}, "or the ARN of a version in the model reg"),
        (CANDIDATE | {"model_uri": PACKAGE, "framework": None}, "framework: got None; use xgb"),
        (
            CANDIDATE | {"candidate_uri": PACKAGE, "candidate_image": IMAGE},
            "candidate_image: got",
        ),
        (
            {"model_uri": PACKAGE, "framework": None, "instance_type": "ml.c5.large"},
            "instance_type: got 'ml.c5.large'; use one of those that arn:aws:sagemaker",
        ),
    ],
)
def test_wrong_versions_from_the_registry(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_environment_variables() -> None:
    recorded = made(env={"WORKERS": "2"}, **CANDIDATE)
    for name in ("fraud-stable-model", "fraud-candidate-model"):
        assert recorded.inputs[name]["primaryContainer"]["environment"] == {"WORKERS": "2"}


def test_many_models() -> None:
    recorded = made(many_models=True, model_uri="s3://models/all/", model_cache=False)
    assert recorded.inputs["fraud-stable-model"]["primaryContainer"] == {
        "image": recorded.inputs["fraud-stable-model"]["primaryContainer"]["image"],
        "mode": "MultiModel",
        "modelDataUrl": "s3://models/all/",
        "multiModelConfig": {"modelCacheSetting": "Disabled"},
    }
    # Models come and go below the prefix: it is listed, and nothing else of the bucket.
    assert statements(recorded)["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::models/all/*"]
    condition = statements(recorded)["ListArtifacts"]["Condition"]
    assert condition == {"StringLike": {"s3:prefix": "all/*"}}
    refused("with many_models the prefix", many_models=True)
    refused("model_cache: got True; use it with many_models", model_cache=True)


@pytest.mark.parametrize("kind", KINDS)
def test_where_many_models_can_be(kind: str) -> None:
    """On every type with CPUs alone, and on some with GPUs."""
    asked: dict[str, Any] = {"many_models": True, "model_uri": "s3://m/a/", "instance_type": kind}
    compiled = family(kind).startswith(("inf", "trn"))
    if compiled or (gpus(kind) and kind not in MULTI_MODEL_GPU):
        refused(f"instance_type: got '{kind}'", **asked)
    else:
        made(**asked)
