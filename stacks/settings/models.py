"""A model file's settings: one frozen class per target, discriminated on `target`."""

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.azure_ml_batch import AzureMlBatch
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_graph import KServeGraph
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.kserve_shared import SharedServer, TrainedModel
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.sagemaker_async import SageMakerAsync
from stacks.settings.sagemaker_batch import SageMakerBatch
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.sagemaker_serverless import SageMakerServerless
from stacks.settings.seldon import SeldonModel
from stacks.settings.vertex import VertexModel
from stacks.settings.vertex_batch import VertexBatch

ModelSettings: TypeAlias = (
    KServeModel
    | KServeLlmModel
    | ModelServerModel
    | SeldonModel
    | SageMakerModel
    | SageMakerServerless
    | SageMakerAsync
    | ComponentModel
    | VertexModel
    | CloudRunModel
    | AzureMlModel
    | AzureFunctionsModel
    | LambdaModel
)
# What answers requests: a model, a graph that calls models, a server that models share, one of
# these.
Answering: TypeAlias = ModelSettings | KServeGraph | SharedServer | TrainedModel | SharedEndpoint
# What scores in batches; the classes below `Batch`.
Batches: TypeAlias = KubernetesBatch | SageMakerBatch | VertexBatch | AzureMlBatch
# What a file may be.
AnySettings: TypeAlias = Answering | Batches
AnyModel = Annotated[AnySettings, Field(discriminator="target")]

MODEL_CLASSES: Final[dict[str, type[AnySettings]]] = {
    "kserve": KServeModel,
    "kserve_graph": KServeGraph,
    "kserve_llm": KServeLlmModel,
    "kserve_shared_server": SharedServer,
    "kserve_trained_model": TrainedModel,
    "kubernetes": ModelServerModel,
    "kubernetes_batch": KubernetesBatch,
    "seldon": SeldonModel,
    "sagemaker": SageMakerModel,
    "sagemaker_serverless": SageMakerServerless,
    "sagemaker_async": SageMakerAsync,
    "sagemaker_batch": SageMakerBatch,
    "sagemaker_component": ComponentModel,
    "sagemaker_shared_endpoint": SharedEndpoint,
    "vertex": VertexModel,
    "vertex_batch": VertexBatch,
    "cloud_run": CloudRunModel,
    "azure_ml": AzureMlModel,
    "azure_ml_batch": AzureMlBatch,
    "azure_functions": AzureFunctionsModel,
    "lambda": LambdaModel,
}

__all__ = ["MODEL_CLASSES", "Answering", "AnyModel", "AnySettings", "Batches", "ModelSettings"]
