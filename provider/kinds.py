"""The resources of the provider by type: inputs, and how each is made of the vendors' clients."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from provider.aws import lambda_deployment_inputs as lambda_deployment
from provider.aws import lambda_ready_version_inputs as lambda_ready_version
from provider.aws import sagemaker_live_component_inputs as live_component
from provider.aws import sagemaker_live_endpoint_inputs as live_endpoint
from provider.aws import sagemaker_transform_job_inputs as transform_job
from provider.aws.lambda_deployment import LambdaDeployment
from provider.aws.lambda_ready_version import LambdaReadyVersion
from provider.aws.sagemaker_live_component import Components, SageMakerLiveComponent
from provider.aws.sagemaker_live_endpoint import SageMakerLiveEndpoint
from provider.aws.sagemaker_transform_job import SageMakerTransformJob, TransformJobs
from provider.azure import azure_functions_deployment_inputs as azure_functions_deployment
from provider.azure import azure_functions_package_inputs as azure_functions_package
from provider.azure import azure_ml_batch_default_inputs as azure_ml_batch_default
from provider.azure import azure_ml_live_values_inputs as azure_ml_live_values
from provider.azure import azure_ml_traffic_inputs as azure_ml_traffic
from provider.azure.azure_functions_deployment import AzureFunctionsDeployment
from provider.azure.azure_functions_package import AzureFunctionsPackage
from provider.azure.azure_ml_batch_default import AzureMlBatchDefault
from provider.azure.azure_ml_live_values import AzureMlLiveValues
from provider.azure.azure_ml_traffic import AzureMlTraffic
from provider.calls import call
from provider.clients import Clients
from provider.gcp import vertex_batch_prediction_job_inputs as vertex_batch
from provider.gcp import vertex_deployed_model_inputs as vertex_deployed
from provider.gcp import vertex_model_inputs as vertex_model
from provider.gcp import vertex_monitoring_job_inputs as vertex_monitoring
from provider.gcp import vertex_traffic_split_inputs as vertex_split
from provider.gcp.vertex_batch_prediction_job import VertexBatchPredictionJob
from provider.gcp.vertex_deployed_model import VertexDeployedModel
from provider.gcp.vertex_model import VertexModel
from provider.gcp.vertex_monitoring_job import VertexMonitoringJob
from provider.gcp.vertex_traffic_split import VertexTrafficSplit
from provider.mirror import model_copy_inputs as model_copy
from provider.mirror.model_copy import ModelCopy
from provider.resource import Resource
from provider.waiting import Poll

__all__ = ["KINDS", "Kind", "text"]


def text(value: object) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


class Inputs(Protocol):
    """The module of a resource's inputs."""

    @property
    def SCHEMA(self) -> dict[str, Any]:  # noqa: N802 - a module's constant
        """What the package's schema says of the resource."""
        ...

    @property
    def REPLACES(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """Inputs whose change replaces."""
        ...

    @staticmethod
    def check(
        inputs: Mapping[str, object],
    ) -> tuple[dict[str, object], list[tuple[str, str]]]:
        """The inputs with defaults, and all problems."""
        ...

    @staticmethod
    def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
        """Paths that differ, and whether each replaces."""
        ...

    @staticmethod
    def preview(inputs: Mapping[str, object]) -> dict[str, object]:
        """The outputs before anything was done."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource's inputs, and how it is made of clients and its own inputs."""

    inputs: Inputs
    make: Callable[[Clients, Mapping[str, object], Poll | None], Resource]
    deletes: bool = True
    """Whether a delete takes something away; without, it needs no client."""
    keeps: tuple[str, ...] = ()
    """Outputs that no update in place changes: its preview knows them."""
    recalls: bool = False
    """Whether a refresh is given the outputs in state too, below the inputs."""
    hides: tuple[str, ...] = ()
    """Inputs that may hold secrets: of an import, where nobody says which do, they are secret."""
    moved: Callable[[Clients, Mapping[str, object]], Awaitable[list[str]]] | None = None
    """Outputs in state that a preview finds outdated, where no input differs."""


async def _live_values_moved(clients: Clients, state: Mapping[str, object]) -> list[str]:
    return await AzureMlLiveValues(await call(clients.azure.arm)).moved(state)


async def _copy_moved(clients: Clients, state: Mapping[str, object]) -> list[str]:
    return await ModelCopy(clients).moved(state)


def _lambda_deployment(
    clients: Clients, inputs: Mapping[str, object], poll: Poll | None
) -> Resource:
    region = text(inputs.get("region"))
    return LambdaDeployment(clients.aws.lambda_(region), clients.aws.codedeploy(region), poll=poll)


def _live_component(clients: Clients, inputs: Mapping[str, object], poll: Poll | None) -> Resource:
    client = cast(Components, clients.aws.sagemaker(text(inputs.get("region"))))
    return SageMakerLiveComponent(client, poll=poll)


def _live_endpoint(clients: Clients, inputs: Mapping[str, object], poll: Poll | None) -> Resource:
    return SageMakerLiveEndpoint(clients.aws, text(inputs.get("region")), poll=poll)


def _transform_job(clients: Clients, inputs: Mapping[str, object], poll: Poll | None) -> Resource:
    client = cast(TransformJobs, clients.aws.sagemaker(text(inputs.get("region"))))
    return SageMakerTransformJob(client, poll=poll)


KINDS: Final[dict[str, Kind]] = {
    azure_functions_deployment.TYPE: Kind(
        azure_functions_deployment,
        lambda clients, _, poll: AzureFunctionsDeployment(
            clients.azure.arm(), clients.blobs, poll=poll
        ),
        deletes=False,
        recalls=True,
    ),
    azure_functions_package.TYPE: Kind(
        azure_functions_package,
        lambda clients, _, poll: AzureFunctionsPackage(
            clients.azure.arm(), clients.blobs, poll=poll
        ),
        keeps=("blobName",),
    ),
    azure_ml_batch_default.TYPE: Kind(
        azure_ml_batch_default,
        lambda clients, _, poll: AzureMlBatchDefault(clients.azure.arm(), poll=poll),
        deletes=False,
    ),
    azure_ml_live_values.TYPE: Kind(
        azure_ml_live_values,
        lambda clients, _inputs, _poll: AzureMlLiveValues(clients.azure.arm()),
        deletes=False,
        moved=_live_values_moved,
    ),
    azure_ml_traffic.TYPE: Kind(
        azure_ml_traffic,
        lambda clients, _, poll: AzureMlTraffic(clients.azure.arm(), poll=poll),
    ),
    lambda_deployment.TYPE: Kind(lambda_deployment, _lambda_deployment, deletes=False),
    lambda_ready_version.TYPE: Kind(
        lambda_ready_version,
        lambda clients, inputs, poll: LambdaReadyVersion(
            clients.aws, text(inputs.get("region")), poll=poll
        ),
        deletes=False,
    ),
    live_component.TYPE: Kind(live_component, _live_component, deletes=False),
    live_endpoint.TYPE: Kind(live_endpoint, _live_endpoint, deletes=False),
    model_copy.TYPE: Kind(
        model_copy,
        lambda clients, _, poll: ModelCopy(clients, poll=poll),
        deletes=False,
        keeps=("fileCount", "sizeBytes"),
        moved=_copy_moved,
    ),
    transform_job.TYPE: Kind(transform_job, _transform_job, hides=("environment",)),
    vertex_batch.TYPE: Kind(
        vertex_batch,
        lambda clients, _, poll: VertexBatchPredictionJob(clients.vertex, poll=poll),
        keeps=("name",),
    ),
    vertex_deployed.TYPE: Kind(
        vertex_deployed,
        lambda clients, _, poll: VertexDeployedModel(clients.vertex, poll=poll),
        keeps=("deployedModelId", "modelVersionId"),
    ),
    vertex_model.TYPE: Kind(
        vertex_model,
        lambda clients, _, poll: VertexModel(clients.vertex, poll=poll),
        keeps=("name", "versionId", "versionName"),
        hides=("env",),
    ),
    vertex_monitoring.TYPE: Kind(
        vertex_monitoring,
        lambda clients, _, poll: VertexMonitoringJob(clients.vertex, poll=poll),
        keeps=("name", "jobId"),
    ),
    vertex_split.TYPE: Kind(
        vertex_split,
        lambda clients, _, poll: VertexTrafficSplit(clients.vertex, poll=poll),
        deletes=False,
    ),
}
