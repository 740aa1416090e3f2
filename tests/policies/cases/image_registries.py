"""Cases of the rule about registries."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.probes import CLOUD_RUN
from tests.policies.cases.resources import KSERVE, POD, pod, predictor
from tests.policies.cases.security import MODEL
from tests.policies.cases.table import DIGEST, UNKNOWN, Case

REGISTRY = "security/image-registry"
ENVIRONMENT = "azure-native:machinelearningservices:EnvironmentVersion"
APP = "azure-native:web:WebApp"
GARDEN = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"

HOST = "registry.example.com"
IMAGE = "spec.containers[0].image"


def case(
    name: str,
    image: str,
    *allowed: str,
    fails: bool = False,
    settings: dict[str, Any] | None = None,
) -> Case:
    given = {"allowed": list(allowed)} if settings is None else settings
    return Case(REGISTRY, name, POD, pod(image=image), (IMAGE,) if fails else (), settings=given)


CASES = (
    case("no list", "evil.io/server:1"),
    case("a registry", f"{HOST}/server:1", HOST),
    case("another registry", "evil.io/server:1", HOST, fails=True),
    case("begins like it", f"{HOST}.evil.io/server:1", HOST, fails=True),
    case("its name as a path", f"evil.io/{HOST}/server:1", HOST, fails=True),
    case("a path", f"{HOST}/models/server@{DIGEST}", f"{HOST}/models/"),
    case("begins like the path", f"{HOST}/models-of-others/server", f"{HOST}/models", fails=True),
    case("the image itself", f"{HOST}/models/server:1.2@{DIGEST}", f"{HOST}/models/server"),
    case("in capitals", f"{HOST.upper()}/server", HOST),
    case("with a port", "localhost:5000/server:1", "localhost:5000"),
    case("another port", "localhost:5001/server:1", "localhost:5000", fails=True),
    case("Docker Hub's without a name", "nginx:1.27", "docker.io/library"),
    case("Docker Hub's of a team", "team/server:1", "docker.io/library", fails=True),
    case("one of several", f"{HOST}/server:1", "ghcr.io/team", HOST),
    case("unknown", UNKNOWN, HOST),
    Case(REGISTRY, "absent", POD, pod(), settings={"allowed": [HOST]}),
    *(
        Case(REGISTRY, name, kind, properties, (path,), settings={"allowed": [HOST]})
        for name, kind, properties, path in (
            (
                "KServe",
                KSERVE,
                predictor(model={"image": "evil.io/a"}),
                "spec.predictor.model.image",
            ),
            (
                "SageMaker",
                MODEL,
                {"primaryContainer": {"image": "evil.io/a"}},
                "primaryContainer.image",
            ),
            ("a function", FUNCTION, {"imageUri": "evil.io/a"}, "imageUri"),
            (
                "Cloud Run",
                CLOUD_RUN,
                {"template": {"containers": [{"image": "evil.io/a"}]}},
                "template.containers[0].image",
            ),
            (
                "Model Garden",
                GARDEN,
                {"modelConfig": {"containerSpec": {"imageUri": "evil.io/a"}}},
                "modelConfig.containerSpec.imageUri",
            ),
            (
                "Azure ML",
                "azure-native:machinelearningservices/v20240401:EnvironmentVersion",
                {"environmentVersionProperties": {"image": "evil.io/a"}},
                "environmentVersionProperties.image",
            ),
            (
                "an app",
                APP,
                {"siteConfig": {"linuxFxVersion": "DOCKER|evil.io/a:1"}},
                "siteConfig.linuxFxVersion",
            ),
        )
    ),
    Case(
        REGISTRY,
        "an app without a container",
        APP,
        {"siteConfig": {"linuxFxVersion": "PYTHON|3.11"}},
        settings={"allowed": [HOST]},
    ),
)
