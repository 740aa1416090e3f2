"""AWS Security Hub's controls for SageMaker, on resources as Pulumi is given them.

Page: https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html, whose
controls 1 to 25 were read 2026-11-26. Each is an AWS Config rule, whose words are followed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = ["CONTROLS", "EXCEPTIONS", "PAGE", "Control", "Excepted"]

PAGE: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html"
_CONFIG: Final = "https://docs.aws.amazon.com/config/latest/developerguide/"
_VARIANTS: Final = ("productionVariants", "shadowProductionVariants")


@dataclass(frozen=True, slots=True)
class Control:
    """One control: which resources it judges, and whether one of them is right."""

    number: int
    of: str
    """Type of resource as Pulumi calls it, without its service."""
    about: str
    right: Callable[[Mapping[str, Any]], bool] | None = None
    """None for what no component makes."""


@dataclass(frozen=True, slots=True)
class Excepted:
    """Components, and their sets of arguments, with which a control is not met: that is meant."""

    number: int
    labels: Mapping[str, tuple[str, ...]]
    reason: str
    page: str


def _within(owner: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return list(cast("list[Mapping[str, Any]]", owner.get(key) or []))


def _several(configuration: Mapping[str, Any]) -> bool:
    """SageMaker.4: no variant begins with one instance; a serverless one has none."""
    variants = [each for block in _VARIANTS for each in _within(configuration, block)]
    return all(each.get("initialInstanceCount") != 1 for each in variants)


def _isolated(model: Mapping[str, Any]) -> bool:
    return model.get("enableNetworkIsolation") is True


def _private_registry(container: Mapping[str, Any]) -> bool:
    access = cast("Mapping[str, Any]", container.get("imageConfig") or {})
    return access.get("repositoryAccessMode") == "Vpc"


def _primary(model: Mapping[str, Any]) -> bool:
    container = cast("Mapping[str, Any] | None", model.get("primaryContainer"))
    return container is None or _private_registry(container)


def _every(model: Mapping[str, Any]) -> bool:
    return all(_private_registry(each) for each in _within(model, "containers"))


def _other(of: str, *numbers: int) -> Iterator[Control]:
    for number in numbers:
        yield Control(number, of, "made by no component")


CONTROLS: Final[tuple[Control, ...]] = (
    *_other("NotebookInstance", 1, 2, 3, 8, 21),
    Control(4, "EndpointConfiguration", "more than one instance from the beginning", _several),
    Control(5, "Model", "network isolation", _isolated),
    *_other("AppImageConfig", 6),
    *_other("Image", 7),
    *_other("DataQualityJobDefinition", 9, 11),
    *_other("ModelExplainabilityJobDefinition", 10, 20),
    *_other("ModelBiasJobDefinition", 12, 15),
    *_other("ModelQualityJobDefinition", 13, 25),
    *_other("MonitoringSchedule", 14, 22),
    Control(16, "Model", "the primary container from a registry in the VPC", _primary),
    *_other("FeatureGroup", 17, 18),
    Control(19, "Model", "all containers from a registry in the VPC", _every),
    *_other("InferenceExperiment", 23, 24),
)

_ONE: Final = "one instance unless min_replicas says more: a dev environment needs no second one"
_IN_VPC: Final = "an isolated container reaches no network, and subnet_ids asks for one"
_ECR: Final = "images are in Amazon ECR, pinned by digest; a registry in the VPC is for others"
_COUNT_PAGE: Final = _CONFIG + "sagemaker-endpoint-config-prod-instance-count.html"
_ISOLATION_PAGE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html"
)
_IMAGE_PAGE: Final = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ImageConfig.html"
)
# Each component's owner lists its own sets of arguments.
EXCEPTIONS: Final[tuple[Excepted, ...]] = (
    Excepted(
        4,
        {
            "SageMakerEndpoint": ("MINIMAL", "candidate", "shadow", "registered", "local disks"),
            # It rests without any, and begins with one; so does its candidate.
            "SageMakerAsyncEndpoint": ("MINIMAL", "candidate", "local disks"),
            # SageMaker adds instances by the copies that are placed.
            "SageMakerInferenceComponent": ("MINIMAL", "full"),
            "SageMakerSharedEndpoint": ("MINIMAL", "full"),
        },
        _ONE,
        _COUNT_PAGE,
    ),
    Excepted(
        5,
        {
            "SageMakerEndpoint": ("full",),
            "SageMakerInferenceComponent": ("full",),
            "SageMakerAsyncEndpoint": ("full",),
            "SageMakerBatchTransform": ("full",),
        },
        _IN_VPC,
        _ISOLATION_PAGE,
    ),
    Excepted(
        5,
        {"SageMakerServerlessEndpoint": ("MINIMAL", "full")},
        "serverless inference knows neither network isolation nor a VPC",
        "https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html",
    ),
    Excepted(
        16,
        {
            "SageMakerEndpoint": ("MINIMAL", "full", "candidate", "shadow", "local disks"),
            "SageMakerInferenceComponent": ("MINIMAL", "full", "shared"),
            "SageMakerServerlessEndpoint": ("MINIMAL", "full"),
            "SageMakerAsyncEndpoint": ("MINIMAL", "full", "candidate", "local disks"),
            "SageMakerBatchTransform": ("MINIMAL", "full", "scheduled"),
        },
        _ECR,
        _IMAGE_PAGE,
    ),
    Excepted(19, {"SageMakerEndpoint": ("registered",)}, _ECR, _IMAGE_PAGE),
)
