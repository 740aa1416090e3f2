"""What SageMaker's, Lambda's and API Gateway's types point to; see `pointers.py`."""

from sandbox.clouds.aws.pointer_words import (
    ALARM,
    API,
    BUS,
    COMPOSITE,
    ENDPOINT,
    FIREHOSE,
    FUNCTION,
    LOG_GROUP,
    QUEUE,
    SECURITY_GROUP,
    STREAM,
    TOPIC,
    keys,
    network,
    on_function,
    opened,
    role,
    to,
)
from sandbox.clouds.aws.pointing import Pointer

__all__ = ["GATEWAY", "LAMBDA", "SAGEMAKER"]

_JOB = "monitoringScheduleConfig.monitoringJobDefinition"
SAGEMAKER = {
    "model:Model": network("vpcConfig.subnets[]", "vpcConfig.securityGroupIds[]"),
    "endpointConfiguration:EndpointConfiguration": (
        *keys(
            "kmsKeyArn dataCaptureConfig.kmsKeyId asyncInferenceConfig.outputConfig.kmsKeyId"
            " productionVariants[].coreDumpConfig.kmsKeyId"
        ),
        *to(
            TOPIC,
            paths="asyncInferenceConfig.outputConfig.notificationConfig.errorTopic"
            " asyncInferenceConfig.outputConfig.notificationConfig.successTopic",
            late=True,
        ),
    ),
    "endpoint:Endpoint": to(
        ALARM,
        COMPOSITE,
        paths="deploymentConfig.autoRollbackConfiguration.alarms[].alarmName",
        late=True,
    ),
    "dataQualityJobDefinition:DataQualityJobDefinition": (
        *role("sagemaker", "roleArn"),
        *to(ENDPOINT, paths="dataQualityJobInput.endpointInput.endpointName"),
        *keys("dataQualityJobOutputConfig.kmsKeyId jobResources.clusterConfig.volumeKmsKeyId"),
        *network("networkConfig.vpcConfig.subnets[]", "networkConfig.vpcConfig.securityGroupIds[]"),
    ),
    "monitoringSchedule:MonitoringSchedule": (
        *role("sagemaker", f"{_JOB}.roleArn"),
        *to(ENDPOINT, paths=f"{_JOB}.monitoringInputs.endpointInput.endpointName"),
        *keys(f"{_JOB}.monitoringOutputConfig.kmsKeyId"),
        *keys(f"{_JOB}.monitoringResources.clusterConfig.volumeKmsKeyId"),
        *network(
            f"{_JOB}.networkConfig.vpcConfig.subnets[]",
            f"{_JOB}.networkConfig.vpcConfig.securityGroupIds[]",
        ),
        *to(
            "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition",
            paths="monitoringScheduleConfig.monitoringJobDefinitionName",
        ),
    ),
    "modelPackageGroupPolicy:ModelPackageGroupPolicy": to(
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup", paths="modelPackageGroupName"
    ),
    "pipeline:Pipeline": role("sagemaker", "roleArn"),
    "featureGroup:FeatureGroup": (
        *role("sagemaker", "roleArn"),
        *keys("offlineStoreConfig.s3StorageConfig.kmsKeyId"),
        *keys("onlineStoreConfig.securityConfig.kmsKeyId"),
    ),
    "modelCard:ModelCard": keys("securityConfig.kmsKeyId"),
    "notebookInstance:NotebookInstance": (
        *role("sagemaker", "roleArn"),
        *keys("kmsKeyId"),
        *network("subnetId", "securityGroups[]"),
    ),
    "mlflowTrackingServer:MlflowTrackingServer": role("sagemaker", "roleArn"),
    "domain:Domain": role("sagemaker", "defaultUserSettings.executionRole"),
}
LAMBDA = {
    "function:Function": (
        *network("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
        *to(SECURITY_GROUP, paths="replacementSecurityGroupIds[]"),
        *keys("kmsKeyArn sourceKmsKeyArn"),
        *to(QUEUE, TOPIC, paths="deadLetterConfig.targetArn"),
        *to("aws:lambda/layerVersion:LayerVersion", paths="layers[]"),
        *to("aws:lambda/codeSigningConfig:CodeSigningConfig", paths="codeSigningConfigArn"),
    ),
    "eventSourceMapping:EventSourceMapping": (
        *on_function(),
        *keys("kmsKeyArn"),
        *(
            Pointer("eventSourceArn", (QUEUE, STREAM), open=True),
            Pointer(
                "destinationConfig.onFailure.destinationArn", (QUEUE, TOPIC), late=True, open=True
            ),
        ),
    ),
    "functionEventInvokeConfig:FunctionEventInvokeConfig": opened(
        QUEUE,
        TOPIC,
        FUNCTION,
        BUS,
        paths="destinationConfig.onFailure.destination destinationConfig.onSuccess.destination",
    ),
    "permission:Permission": opened(
        *(TOPIC, QUEUE, LOG_GROUP, "aws:cloudwatch/eventRule:EventRule"),
        paths="sourceArn",
    ),
    "runtimeManagementConfig:RuntimeManagementConfig": on_function(),
    "functionRecursionConfig:FunctionRecursionConfig": on_function(),
    "functionScalingConfig:FunctionScalingConfig": on_function(),
    "invocation:Invocation": on_function(),
    "capacityProvider:CapacityProvider": (
        *network("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
        *role("lambda", "permissionsConfig.capacityProviderOperatorRoleArn"),
        *keys("kmsKeyArn"),
    ),
}
_LINK = "aws:apigatewayv2/vpcLink:VpcLink"
_DOMAIN = "aws:apigatewayv2/domainName:DomainName"
GATEWAY = {
    "api:Api": role("apigateway", "credentialsArn", late=True),
    "apiMapping:ApiMapping": (
        *to(API, paths="apiId"),
        *to(_DOMAIN, paths="domainName"),
    ),
    "authorizer:Authorizer": role("apigateway", "authorizerCredentialsArn", late=True),
    "domainName:DomainName": to(
        "aws:acm/certificate:Certificate", paths="domainNameConfiguration.certificateArn"
    ),
    "integration:Integration": (
        *role("apigateway", "credentialsArn", late=True),
        *to(_LINK, paths="connectionId"),
    ),
    "integrationResponse:IntegrationResponse": (
        *to(API, paths="apiId"),
        *to("aws:apigatewayv2/integration:Integration", paths="integrationId"),
    ),
    "route:Route": to("aws:apigatewayv2/authorizer:Authorizer", paths="authorizerId"),
    "routeResponse:RouteResponse": (
        *to(API, paths="apiId"),
        *to("aws:apigatewayv2/route:Route", paths="routeId"),
    ),
    "model:Model": to(API, paths="apiId"),
    "stage:Stage": (
        *to(LOG_GROUP, FIREHOSE, paths="accessLogSettings.destinationArn"),
        *to("aws:apigatewayv2/deployment:Deployment", paths="deploymentId"),
    ),
    "vpcLink:VpcLink": network("subnetIds[]", "securityGroupIds[]"),
}
