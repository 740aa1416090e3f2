"""Cases of rules about versions: of images and of models."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.latency import AZURE
from tests.policies.cases.resources import (
    KSERVE,
    LANGUAGE,
    POD,
    SELDON,
    TRAINED,
    pod,
    predictor,
)
from tests.policies.cases.table import COMMIT, DIGEST, UNKNOWN, Case

MODEL = "aws:sagemaker/model:Model"
RUNTIME = "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime"
IMAGE = "security/image-unpinned"
UNPINNED = "security/model-unpinned"

KMEANS = "174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1"
AWS_IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def artifact(uri: str, version: str = "") -> dict[str, Any]:
    tags = {"model-serving:model-version": version} if version else {}
    return {"primaryContainer": {"modelDataUrl": uri}, "tags": tags}


MD5 = "a304afb96060aad90176268345e10355"

CASES = (
    Case(IMAGE, "AWS's algorithm", MODEL, {"primaryContainer": {"image": KMEANS}}),
    Case(IMAGE, "digest", POD, pod(image=f"registry.example/a@{DIGEST}")),
    Case(IMAGE, "tag and digest", POD, pod(image=f"registry.example/a:1.2@{DIGEST}")),
    Case(
        IMAGE, "tag", POD, pod(image="registry.example:5000/a:1.2"), ("spec.containers[0].image",)
    ),
    Case(
        IMAGE,
        "tag is enough",
        POD,
        pod(image="registry.example:5000/a:1.2"),
        (),
        {"require_digest": False},
    ),
    Case(
        IMAGE,
        "no tag at all",
        POD,
        pod(image="registry.example:5000/a"),
        ("spec.containers[0].image",),
        {"require_digest": False},
    ),
    Case(
        IMAGE,
        "latest",
        POD,
        pod(image="a:latest"),
        ("spec.containers[0].image",),
        {"require_digest": False},
    ),
    Case(IMAGE, "short digest", POD, pod(image="a@sha256:00"), ("spec.containers[0].image",)),
    Case(IMAGE, "runtime", RUNTIME, pod(image="kserve/x:v0.20.0"), ("spec.containers[0].image",)),
    Case(IMAGE, "AWS's own", MODEL, {"primaryContainer": {"image": AWS_IMAGE}}),
    Case(
        IMAGE,
        "AWS's own, moving",
        MODEL,
        {"primaryContainer": {"image": AWS_IMAGE.replace("1.7-1", "latest")}},
        ("primaryContainer.image",),
    ),
    Case(
        IMAGE,
        "own registry",
        MODEL,
        {"containers": [{"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1"}]},
        ("containers[0].image",),
    ),
    Case(
        IMAGE,
        "a name like AWS's own",
        MODEL,
        {"primaryContainer": {"image": AWS_IMAGE.replace("xgboost", "mine")}},
        ("primaryContainer.image",),
    ),
    Case(IMAGE, "function by zip", FUNCTION, {}),
    Case(IMAGE, "function", FUNCTION, {"imageUri": "r/a:1"}, ("imageUri",)),
    Case(IMAGE, "unknown", POD, pod(image=UNKNOWN)),
    Case(
        IMAGE,
        "a language model's prefill",
        LANGUAGE,
        {"spec": {"prefill": {"template": {"containers": [{"image": "vllm/vllm-openai:v0.11"}]}}}},
        ("spec.prefill.template.containers[0].image",),
    ),
    Case(UNPINNED, "version", MODEL, artifact("s3://example-models/fraud/1.4.0/model.tar.gz")),
    Case(UNPINNED, "version's tag", MODEL, artifact("s3://b/fraud/blue/m.tar.gz", "blue")),
    Case(
        UNPINNED,
        "no version",
        MODEL,
        artifact("s3://b/fraud/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "latest beside a version",
        MODEL,
        artifact("s3://b/1/latest/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "a vendor's example",
        KSERVE,
        predictor(model={"storageUri": "gs://kfserving-examples/models/sklearn/1.0/model"}),
    ),
    Case(UNPINNED, "a run of MLflow", MODEL, artifact(f"s3://b/{MD5}/artifacts/model.tar.gz")),
    Case(UNPINNED, "a content of DVC", MODEL, artifact(f"s3://b/dvc/{MD5[:2]}/{MD5[2:]}")),
    Case(
        UNPINNED,
        "a hash that is too short",
        MODEL,
        artifact(f"s3://b/{MD5[:-1]}/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(UNPINNED, "commit", KSERVE, predictor(model={"storageUri": f"hf://a/b@{COMMIT}"})),
    Case(
        UNPINNED,
        "commit, KServe's way",
        KSERVE,
        predictor(model={"storageUri": f"hf://a/b:{COMMIT}"}),
    ),
    Case(
        UNPINNED,
        "a size is not a version",
        KSERVE,
        predictor(model={"storageUri": "hf://Qwen/Qwen2.5-0.5B-Instruct"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "older key",
        KSERVE,
        predictor(sklearn={"storageUri": "s3://b/iris"}),
        ("spec.predictor.sklearn.storageUri",),
    ),
    Case(
        UNPINNED,
        "unprotected",
        KSERVE,
        predictor(model={"storageUri": "http://models.example/1.0/m"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a region is no version",
        MODEL,
        artifact("s3://sagemaker-eu-west-1-123456789012/fraud/model.tar.gz"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "another version",
        MODEL,
        artifact("s3://example-models/fraud/blue2/model.tar.gz", "blue"),
        ("primaryContainer.modelDataUrl",),
    ),
    Case(
        UNPINNED,
        "a bucket's name may say main",
        MODEL,
        artifact("s3://main-models/fraud/1.4.0/model.tar.gz"),
    ),
    Case(
        UNPINNED,
        "a path in a named storage",
        KSERVE,
        predictor(model={"storage": {"key": "s3", "path": "sklearn/1.4.0/model"}}),
    ),
    Case(
        UNPINNED,
        "a claim of one version",
        KSERVE,
        predictor(model={"storageUri": "pvc://chat-v2-5/"}),
    ),
    Case(
        UNPINNED,
        "a claim of any version",
        KSERVE,
        predictor(model={"storageUri": "pvc://chat/model"}),
        ("spec.predictor.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a language model and its adapters",
        LANGUAGE,
        {
            "spec": {
                "model": {
                    "uri": f"hf://a/b:{COMMIT}",
                    "lora": {"adapters": [{"uri": "hf://a/c"}, {"uri": f"hf://a/d@{COMMIT}"}]},
                }
            }
        },
        ("spec.model.lora.adapters[0].uri",),
    ),
    Case(
        UNPINNED,
        "a model of Seldon",
        SELDON,
        {"spec": {"storageUri": "gs://b/iris"}},
        ("spec.storageUri",),
    ),
    Case(
        UNPINNED,
        "a trained model",
        TRAINED,
        {"spec": {"model": {"storageUri": "s3://b/latest/"}}},
        ("spec.model.storageUri",),
    ),
    Case(
        UNPINNED,
        "a language model",
        LANGUAGE,
        {"spec": {"model": {"uri": "hf://Qwen/Qwen2.5-7B-Instruct"}}},
        ("spec.model.uri",),
    ),
    Case(UNPINNED, "absent", KSERVE, predictor(containers=[])),
    Case(UNPINNED, "unknown", MODEL, artifact(UNKNOWN)),
    *(
        Case(UNPINNED, f"Azure ML, {name}", AZURE, {"properties": {"model": model}}, faults)
        for name, model, faults in (
            ("a version", "azureml:fraud:3", ()),
            ("of a registry", "azureml://registries/example/models/fraud/versions/3", ()),
            ("a label", "azureml:fraud@latest", ("properties.model",)),
            (
                "a label of a registry",
                "azureml://registries/example/models/fraud/labels/latest",
                ("properties.model",),
            ),
            ("unknown", UNKNOWN, ()),
        )
    ),
)
