"""What a server on KServe that models share can honour, and why it cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.trained_models import FRAMEWORKS, SCHEMES

_SOURCE: Final = "https://github.com/kserve/kserve/blob/v0.20.0/pkg/"

# It has no artifact of its own.
SERVER: Final = Target(
    "kserve_shared_server",
    "KServe multi-model server",
    (),
    (),
    (),
    _SOURCE + "controller/v1beta1/inferenceservice/utils/utils.go",
    "2026-11-25",
)
MODEL: Final = Target(
    "kserve_trained_model",
    "KServe TrainedModel",
    SCHEMES,
    FRAMEWORKS,
    (),
    _SOURCE + "agent/storage/provider.go",
    "2026-11-25",
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0380",
        "kserve_shared_server/candidate",
        "a shared server has no artifact of its own, and loads one version of each model",
        "a second file, with the next version and a name of its own; or target: kserve with the "
        "candidate",
        _SOURCE + "apis/serving/v1alpha1/trained_model.go",
        "2026-11-25",
        of_key=True,
    ),
    Refusal(
        "MS0388",
        "any/deployment_mode=modelmesh",
        "KServe leaves services of that mode to the ModelMesh controller, whose repository was "
        "archived in April 2026",
        "target: kserve_trained_model on a server of target: kserve_shared_server; or one Triton "
        "repository with all models, target: kserve with framework: triton",
        "https://github.com/kserve/modelmesh-serving",
        "2026-11-25",
    ),
)
