"""Cases of the rule about where models come from."""

from typing import Any

from tests.policies.cases.latency import AZURE
from tests.policies.cases.pinning import MODEL, artifact
from tests.policies.cases.resources import KSERVE, LANGUAGE, SELDON, TRAINED, predictor
from tests.policies.cases.table import UNKNOWN, Case

SOURCE = "security/model-source"
URI = "primaryContainer.modelDataUrl"
OURS = "s3://example-models/approved"


def case(name: str, uri: str, *allowed: str, fails: bool = False) -> Case:
    faults = (URI,) if fails else ()
    return Case(SOURCE, name, MODEL, artifact(uri), faults, settings={"allowed": list(allowed)})


def azure(model: str, key: str = "properties") -> dict[str, Any]:
    return {key: {"model": model}}


CASES = (
    case("no list", "s3://elsewhere/fraud/1.4.0/model.tar.gz"),
    case("a path", f"{OURS}/fraud/1.4.0/model.tar.gz", OURS),
    case("a path with its slash", f"{OURS}/fraud/1.4.0/model.tar.gz", f"{OURS}/"),
    case("the model itself", f"{OURS}/model.tar.gz", f"{OURS}/model.tar.gz"),
    case("one of several", f"{OURS}/fraud/1.4.0/model.tar.gz", "gs://example", OURS),
    case("another path", "s3://example-models/drafts/1.4.0/m.tar.gz", OURS, fails=True),
    case("begins like the path", f"{OURS}-not/1.4.0/m.tar.gz", OURS, fails=True),
    case("another bucket", "s3://example-models-2/1/m.tar.gz", "s3://example-models", fails=True),
    case("another scheme", "gs://example-models/approved/1", OURS, fails=True),
    case("unknown", UNKNOWN, OURS),
    Case(SOURCE, "absent", MODEL, {"primaryContainer": {}}, settings={"allowed": [OURS]}),
    *(
        Case(SOURCE, name, kind, properties, (path,), settings={"allowed": [OURS]})
        for name, kind, properties, path in (
            (
                "KServe",
                KSERVE,
                predictor(model={"storageUri": "hf://team/model"}),
                "spec.predictor.model.storageUri",
            ),
            (
                "a language model",
                LANGUAGE,
                {"spec": {"model": {"uri": "hf://team/model"}}},
                "spec.model.uri",
            ),
            (
                "a trained model",
                TRAINED,
                {"spec": {"model": {"storageUri": "s3://elsewhere/1"}}},
                "spec.model.storageUri",
            ),
            ("Seldon", SELDON, {"spec": {"storageUri": "s3://elsewhere/1"}}, "spec.storageUri"),
            ("Azure ML", AZURE, azure("azureml:fraud:3"), "properties.model"),
            (
                "Azure ML, by the older provider",
                AZURE,
                azure("azureml:fraud:3", "onlineDeploymentProperties"),
                "onlineDeploymentProperties.model",
            ),
        )
    ),
    Case(
        SOURCE,
        "a registry of Azure ML",
        AZURE,
        azure("azureml://registries/example/models/fraud/versions/3"),
        settings={"allowed": ["azureml://registries/example"]},
    ),
)
