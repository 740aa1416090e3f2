"""What SageMaker's inference components can honour, and why they cannot do the rest."""

from typing import Final

from facts.capabilities.shapes import Refusal, Target
from facts.inference_components import BATCH_PERCENT, CHECKED, SOURCE

_SAGEMAKER: Final = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API: Final = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"

COMPONENT: Final = Target(
    "sagemaker_component",
    "SageMaker inference component",
    ("s3",),
    ("sklearn", "xgboost"),
    ("rolling",),
    _API + "API_CreateInferenceComponent.html",
    CHECKED,
)
# It has no artifact of its own.
SHARED: Final = Target(
    "sagemaker_shared_endpoint",
    "SageMaker endpoint of several models",
    (),
    (),
    (),
    _SAGEMAKER + "realtime-endpoints-deploy-models.html",
    CHECKED,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0440",
        "sagemaker_component/candidate",
        "a request names its inference component, and SageMaker parts none between two of them",
        "a second file with the next version, which callers name; or target: sagemaker, whose "
        "variants take a share; or no candidate, and the rolling update that alarms take back",
        _API + "API_runtime_InvokeEndpoint.html",
        CHECKED,
    ),
    Refusal(
        "MS0441",
        "sagemaker_component/shift-size",
        "outside of what a rolling update of copies takes",
        "rollout: {shift: rolling, size_percent: 50}",
        BATCH_PERCENT.source,
        CHECKED,
    ),
    Refusal(
        "MS0442",
        "sagemaker_component/fit",
        "the copies have no room on the instances",
        "less in `resources`, fewer replicas, or more or larger instances",
        SOURCE,
        CHECKED,
    ),
    Refusal(
        "MS0443",
        "sagemaker_component/accelerator",
        "the instances do not carry that accelerator",
        "an instance type with it, or no `accelerator`: accelerator_count alone takes those there "
        "are",
        "https://aws.amazon.com/ec2/instance-types/",
    ),
    Refusal(
        "MS0444",
        "sagemaker_shared_endpoint/candidate",
        "an endpoint that models share has no model of its own",
        "a file of target: sagemaker_component that names it as `server`",
        _SAGEMAKER + "realtime-endpoints-deploy-models.html",
        CHECKED,
        of_key=True,
    ),
    Refusal(
        "MS0445",
        "sagemaker_component/machine",
        "what a copy takes of AWS's own chips cannot be judged here",
        "an instance type with CPUs or NVIDIA GPUs alone",
        SOURCE,
    ),
)
