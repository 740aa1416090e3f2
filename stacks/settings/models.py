"""A model file's settings: one frozen class per target, discriminated on `target`."""

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.sagemaker import SageMakerModel

ModelSettings: TypeAlias = (
    KServeModel | KServeLlmModel | ModelServerModel | SageMakerModel | LambdaModel
)
AnyModel = Annotated[ModelSettings, Field(discriminator="target")]

MODEL_CLASSES: Final[dict[str, type[ModelSettings]]] = {
    "kserve": KServeModel,
    "kserve_llm": KServeLlmModel,
    "kubernetes": ModelServerModel,
    "sagemaker": SageMakerModel,
    "lambda": LambdaModel,
}

__all__ = ["MODEL_CLASSES", "AnyModel", "ModelSettings"]
