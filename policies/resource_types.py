"""Pulumi's type tokens of the resources that several families of rules look at."""

from typing import Final

NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
EKS_CLUSTER: Final = "aws:eks/cluster:Cluster"
GKE_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
GKE_CLUSTER: Final = "gcp:container/cluster:Cluster"
AKS_NODE_POOL: Final = "azure-native:containerservice:AgentPool"
AKS_CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
KARPENTER_NODE_POOL: Final = "kubernetes:karpenter.sh/v1:NodePool"
KARPENTER_NODE_CLASS: Final = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
MODEL: Final = "aws:sagemaker/model:Model"
ENDPOINT_CONFIGURATION: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT: Final = "aws:sagemaker/endpoint:Endpoint"
SCALING_TARGET: Final = "aws:appautoscaling/target:Target"
FUNCTION: Final = "aws:lambda/function:Function"
ROLE: Final = "aws:iam/role:Role"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC: Final = "aws:sns/topic:Topic"
API: Final = "aws:apigatewayv2/api:Api"
STAGE: Final = "aws:apigatewayv2/stage:Stage"
REST_STAGE: Final = "aws:apigateway/stage:Stage"
FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
PROVISIONED_CONCURRENCY: Final = (
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
)
ECR_REPOSITORY: Final = "aws:ecr/repository:Repository"
KMS_KEY: Final = "aws:kms/key:Key"
AWS_SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type.
INFERENCE_SERVICE: Final = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
INFERENCE_GRAPH: Final = "kubernetes:serving.kserve.io/v1alpha1:InferenceGraph"
CLOUD_RUN_SERVICE: Final = "gcp:cloudrunv2/service:Service"
VERTEX_DEPLOYED_MODEL: Final = "serving:index:VertexDeployedModel"
MODEL_GARDEN: Final = (
    "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"
)
FIRST_GOOGLE_FUNCTION: Final = "gcp:cloudfunctions/function:Function"
GOOGLE_FUNCTION: Final = "gcp:cloudfunctionsv2/function:Function"
FIRST_CLOUD_RUN_SERVICE: Final = "gcp:cloudrun/service:Service"
GOOGLE_BUCKET: Final = "gcp:storage/bucket:Bucket"
GOOGLE_KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
GOOGLE_ALERT_POLICY: Final = "gcp:monitoring/alertPolicy:AlertPolicy"
VERTEX_ENDPOINT: Final = "gcp:vertex/aiEndpoint:AiEndpoint"
AZURE_APP: Final = "azure-native:web:WebApp"
AZURE_SLOT: Final = "azure-native:web:WebAppSlot"
AZURE_ML_ENVIRONMENT: Final = "azure-native:machinelearningservices:EnvironmentVersion"
AZURE_ML_DEPLOYMENT: Final = "azure-native:machinelearningservices:OnlineDeployment"
AZURE_ML_ENDPOINT: Final = "azure-native:machinelearningservices:OnlineEndpoint"
AZURE_ALERTS: Final = (
    "azure-native:monitor:MetricAlert",
    "azure-native:monitor:ScheduledQueryRule",
    "azure-native:insights:MetricAlert",
    "azure-native:insights:ScheduledQueryRule",
)
LANGUAGE_MODEL: Final = "kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService"
TRAINED_MODEL: Final = "kubernetes:serving.kserve.io/v1alpha1:TrainedModel"
SELDON_MODEL: Final = "kubernetes:mlops.seldon.io/v1alpha1:Model"
SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
BUCKET: Final = "aws:s3/bucket:Bucket"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
