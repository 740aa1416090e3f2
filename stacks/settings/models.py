"""A model file's settings: one frozen class per target, discriminated on `target`."""

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from stacks.settings.kserve import KServeModel
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.sagemaker import SageMakerModel

ModelSettings: TypeAlias = KServeModel | ModelServerModel | SageMakerModel | LambdaModel
AnyModel = Annotated[ModelSettings, Field(discriminator="target")]

MODEL_CLASSES: Final[dict[str, type[ModelSettings]]] = {
    "kserve": KServeModel,
    "kubernetes": ModelServerModel,
    "sagemaker": SageMakerModel,
    "lambda": LambdaModel,
}

__all__ = ["MODEL_CLASSES", "AnyModel", "ModelSettings"]
