"""Pulumi's type tokens of the resources that several families of rules look at."""

from typing import Final

NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
MODEL: Final = "aws:sagemaker/model:Model"
ENDPOINT_CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
SCALING_TARGET: Final = "aws:appautoscaling/target:Target"
FUNCTION: Final = "aws:lambda/function:Function"
INFERENCE_SERVICE: Final = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
LANGUAGE_MODEL: Final = "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService"
TRAINED_MODEL: Final = "kubernetes:serving.kserve.io/v1alpha1:TrainedModel"
SELDON_MODEL: Final = "kubernetes:mlops.seldon.io/v1alpha1:Model"
SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
