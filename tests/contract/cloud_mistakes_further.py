"""Both sides of the rules that checkov has for all else that the components make in a cloud."""

import json
from collections.abc import Mapping
from typing import Final

from tests.contract.cloud_case import ABSENT, Case, Emitted

__all__ = ["CASES", "UNPROVED"]

_LAMBDA, _NETWORK = "LambdaEndpoint", "AwsPrivateNetwork"
_ROLE = Emitted("EksCluster", "aws:iam/role:Role")
_POLICY = Emitted(_LAMBDA, "aws:iam/rolePolicy:RolePolicy")
_ATTACHED = Emitted("EksCluster", "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
_KEY = Emitted("EksCluster", "aws:kms/key:Key")
_LOGS = Emitted("EksCluster", "aws:cloudwatch/logGroup:LogGroup")
_FUNCTION = Emitted(_LAMBDA, "aws:lambda/function:Function", "full")
_REACHED = "reached in every way"
_IN_NETWORK = Emitted(_LAMBDA, "aws:lambda/function:Function", _REACHED)
_URL = Emitted(_LAMBDA, "aws:lambda/functionUrl:FunctionUrl", _REACHED)
_PERMISSION = Emitted(_LAMBDA, "aws:lambda/permission:Permission")
_QUEUE = Emitted("EksAutoscalerIdentity", "aws:sqs/queue:Queue", "karpenter")
_QUEUE_POLICY = Emitted("EksAutoscalerIdentity", "aws:sqs/queuePolicy:QueuePolicy", "karpenter")
_GROUP = Emitted(_NETWORK, "aws:ec2/securityGroup:SecurityGroup")
_INGRESS = Emitted(_NETWORK, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
_EGRESS = Emitted(
    "EksGpuNodePool", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "efa"
)
_FIREWALL = Emitted("GcpPrivateNetwork", "gcp:compute/firewall:Firewall")
_SUBNET = Emitted("GcpPrivateNetwork", "gcp:compute/subnetwork:Subnetwork")
_MEMBER = Emitted("GkeCluster", "gcp:projects/iAMMember:IAMMember")
_READER = Emitted(
    "GkeCluster", "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", "repositories"
)
_CRYPTO_KEY = Emitted("GkeCluster", "gcp:kms/cryptoKey:CryptoKey")
_VERTEX = Emitted("VertexEndpoint", "gcp:vertex/aiEndpoint:AiEndpoint", "given")
_CAPTURED = Emitted("VertexEndpoint", "gcp:bigquery/dataset:Dataset", "private")
_VAULT = Emitted("AksCluster", "azure-native:keyvault:Vault")
_AZURE_RULES = Emitted("AzurePrivateNetwork", "azure-native:network:NetworkSecurityGroup")
_AZURE_NETWORK = Emitted("AzurePrivateNetwork", "azure-native:network:VirtualNetwork")
_BATCH = "AzureMlBatchEndpoint"
_COMPUTE = Emitted(_BATCH, "azure-native:machinelearningservices:Compute")
_FUNCTIONS = "AzureFunctionsEndpoint"
_APP = Emitted(_FUNCTIONS, "azure-native:web:WebApp")
_PREMIUM_APP = Emitted(_FUNCTIONS, "azure-native:web:WebApp", "candidate")
_SLOT = Emitted(_FUNCTIONS, "azure-native:web:WebAppSlot", "candidate")
_ACCOUNT = Emitted(_FUNCTIONS, "azure-native:storage:StorageAccount", "candidate")
_CONTAINER = Emitted(_FUNCTIONS, "azure-native:storage:BlobContainer")
_ANYWHERE = "0.0.0.0/0"


def _document(action: object, **more: object) -> str:
    statement = {"Effect": "Allow", "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _policy(id_: str, action: object) -> Case:
    return Case(id_, _POLICY, {"policy": _document(action, Resource="*")})


def _open(port: int) -> dict[str, object]:
    return {"fromPort": port, "toPort": port, "protocol": "tcp", "cidrBlocks": [_ANYWHERE]}


def _port(id_: str, port: int) -> list[Case]:
    """A port of AWS that anybody reaches, by a rule of its own and by one of a group."""
    rule = {"fromPort": port, "toPort": port, "ipProtocol": "tcp", "cidrIpv4": _ANYWHERE}
    return [Case(id_, _INGRESS, rule), Case(id_, _GROUP, {"ingress": [_open(port)]})]


def _firewall(id_: str, port: str) -> Case:
    """A port of Google Cloud that anybody reaches."""
    change = {
        "direction": "INGRESS",
        "sourceRanges": [_ANYWHERE],
        "denies": ABSENT,
        "allows": [{"protocol": "tcp", "ports": [port]}],
    }
    return Case(id_, _FIREWALL, change)


def _apps(change: Mapping[str, object], app: str, slot: str = "") -> list[Case]:
    """Rules that one change of an app breaks, and of those of its slot, by their numbers."""
    return [
        Case(f"CKV_AZURE_{number}", emitted, dict(change))
        for emitted, numbers in ((_APP, app), (_SLOT, slot))
        for number in numbers.split()
    ]


def _azure_port(id_: str, port: str) -> Case:
    """A port of Azure that anybody reaches."""
    rule = {
        "name": "open",
        "access": "Allow",
        "direction": "Inbound",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "destinationPortRange": port,
    }
    return Case(id_, _AZURE_RULES, {"securityRules": [rule]})


# checkov sees no rule for all ports that names none.
_ALL_TRAFFIC = {"ipProtocol": "-1", "fromPort": -1, "toPort": -1, "cidrIpv4": _ANYWHERE}
_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
_FULL_IAM = "arn:aws:iam::aws:policy/IAMFullAccess"
_ANYBODY = {"AWS": "*"}
_GITHUB = {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}
_EVERY_ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}

CASES: Final[tuple[Case, ...]] = (
    Case(
        "CKV_AWS_60", _ROLE, {"assumeRolePolicy": _document("sts:AssumeRole", Principal=_ANYBODY)}
    ),
    Case(
        "CKV_AWS_61",
        _ROLE,
        {"assumeRolePolicy": _document("sts:AssumeRole", Principal=_EVERY_ACCOUNT)},
    ),
    Case(
        "CKV_AWS_393",
        _ROLE,
        {"assumeRolePolicy": _document("sts:AssumeRoleWithWebIdentity", Principal=_GITHUB)},
    ),
    Case("CKV_AWS_274", _ROLE, {"managedPolicyArns": [_ADMIN]}),
    Case("CKV_AWS_274", _ATTACHED, {"policyArn": _ADMIN}),
    Case("CKV2_AWS_56", _ROLE, {"managedPolicyArns": [_FULL_IAM]}),
    Case("CKV2_AWS_56", _ATTACHED, {"policyArn": _FULL_IAM}),
    _policy("CKV_AWS_62", "*"),
    _policy("CKV_AWS_63", "*"),
    _policy("CKV_AWS_286", "iam:CreateAccessKey"),
    _policy("CKV_AWS_287", "iam:CreateAccessKey"),
    _policy("CKV_AWS_288", "s3:GetObject"),
    _policy("CKV_AWS_289", "iam:AttachUserPolicy"),
    _policy("CKV_AWS_290", "s3:PutObject"),
    _policy("CKV_AWS_355", "s3:GetObject"),
    _policy("CKV2_AWS_40", "iam:*"),
    Case("CKV_AWS_7", _KEY, {"enableKeyRotation": False}),
    Case("CKV_AWS_7", _KEY, {"enableKeyRotation": ABSENT}),
    Case("CKV_AWS_33", _KEY, {"policy": _document("kms:*", Principal=_ANYBODY, Resource="*")}),
    Case("CKV_AWS_227", _KEY, {"isEnabled": False}),
    Case("CKV2_AWS_64", _KEY, {"policy": ABSENT}),
    Case("CKV_AWS_66", _LOGS, {"retentionInDays": ABSENT}),
    Case("CKV_AWS_158", _LOGS, {"kmsKeyId": ABSENT}),
    Case("CKV_AWS_338", _LOGS, {"retentionInDays": 30}),
    Case("CKV_AWS_45", _FUNCTION, {"environment.variables": {"A": "AKIAIOSFODNN7EXAMPLZ"}}),
    Case("CKV_AWS_50", _FUNCTION, {"tracingConfig": ABSENT}),
    Case("CKV_AWS_115", _FUNCTION, {"reservedConcurrentExecutions": ABSENT}),
    Case("CKV_AWS_173", _FUNCTION, {"kmsKeyArn": ABSENT}),
    Case("CKV_AWS_117", _IN_NETWORK, {"vpcConfig": ABSENT}),
    Case("CKV_AWS_272", _IN_NETWORK, {"codeSigningConfigArn": ABSENT}),
    Case("CKV_AWS_258", _URL, {"authorizationType": "NONE"}),
    Case("CKV_AWS_363", _FUNCTION, {"runtime": "python3.7"}),
    Case("CKV_AWS_301", _PERMISSION, {"principal": "*"}),
    Case("CKV_AWS_364", _PERMISSION, {"sourceArn": ABSENT}),
    Case(
        "CKV_AWS_76",
        Emitted(_LAMBDA, "aws:apigatewayv2/stage:Stage"),
        {"accessLogSettings": ABSENT},
    ),
    Case(
        "CKV_AWS_309",
        Emitted(_LAMBDA, "aws:apigatewayv2/route:Route"),
        {"authorizationType": "NONE"},
    ),
    Case(
        "CKV_AWS_319",
        Emitted(_LAMBDA, "aws:cloudwatch/metricAlarm:MetricAlarm"),
        {"actionsEnabled": False},
    ),
    Case(
        "CKV_AWS_98",
        Emitted("SageMakerEndpoint", "aws:sagemaker/endpointConfiguration:EndpointConfiguration"),
        {"kmsKeyArn": ABSENT},
    ),
    Case(
        "CKV_AWS_370",
        Emitted("SageMakerEndpoint", "aws:sagemaker/model:Model"),
        {"enableNetworkIsolation": False},
    ),
    Case(
        "CKV_AWS_297",
        Emitted("SageMakerBatchTransform", "aws:scheduler/schedule:Schedule", "scheduled"),
        {"kmsKeyArn": ABSENT},
    ),
    Case("CKV_AWS_27", _QUEUE, {"sqsManagedSseEnabled": False}),
    Case("CKV_AWS_72", _QUEUE_POLICY, {"policy": _document("*", Principal={"AWS": "1"})}),
    Case("CKV_AWS_168", _QUEUE_POLICY, {"policy": _document("sqs:*", Principal=_ANYBODY)}),
    Case("CKV_AWS_387", _QUEUE_POLICY, {"policy": _document("*", Principal=_ANYBODY)}),
    *_port("CKV_AWS_24", 22),
    *_port("CKV_AWS_25", 3389),
    *_port("CKV_AWS_260", 80),
    Case("CKV_AWS_277", _INGRESS, _ALL_TRAFFIC),
    Case("CKV_AWS_277", _GROUP, {"ingress": [{**_open(-1), "protocol": "-1"}]}),
    Case("CKV_AWS_382", _EGRESS, {**_ALL_TRAFFIC, "referencedSecurityGroupId": ABSENT}),
    Case("CKV_AWS_382", _GROUP, {"egress": [{**_open(-1), "protocol": "-1"}]}),
    Case("CKV_AWS_23", _GROUP, {"description": ABSENT}),
    Case("CKV_AWS_23", _INGRESS, {"description": ABSENT}),
    Case("CKV_AWS_23", _EGRESS, {"description": ABSENT}),
    Case("CKV_AWS_130", Emitted(_NETWORK, "aws:ec2/subnet:Subnet"), {"mapPublicIpOnLaunch": True}),
    Case(
        "CKV2_AWS_44",
        Emitted(_NETWORK, "aws:ec2/routeTable:RouteTable"),
        {"routes": [{"cidrBlock": _ANYWHERE, "vpcPeeringConnectionId": "pcx-1"}]},
    ),
    Case(
        "CKV2_AWS_44",
        Emitted(_NETWORK, "aws:ec2/route:Route", "internet"),
        {"vpcPeeringConnectionId": "pcx-1"},
    ),
    Case("CKV2_AWS_73", _QUEUE, {"kmsMasterKeyId": "alias/aws/sqs"}),
    Case("CKV_GCP_26", _SUBNET, {"logConfig": ABSENT}),
    Case("CKV_GCP_74", _SUBNET, {"privateIpGoogleAccess": False}),
    _firewall("CKV_GCP_2", "22"),
    _firewall("CKV_GCP_3", "3389"),
    _firewall("CKV_GCP_75", "21"),
    _firewall("CKV_GCP_77", "20"),
    _firewall("CKV_GCP_88", "3306"),
    _firewall("CKV_GCP_106", "80"),
    Case(
        "CKV2_GCP_12",
        _FIREWALL,
        {
            "direction": "INGRESS",
            "sourceRanges": [_ANYWHERE],
            "denies": ABSENT,
            "allows": [{"protocol": "all"}],
        },
    ),
    Case(
        "CKV_GCP_17",
        Emitted("GcpPrivateNetwork", "gcp:dns/managedZone:ManagedZone"),
        {"dnssecConfig.defaultKeySpecs": [{"algorithm": "rsasha1"}]},
    ),
    Case("CKV_GCP_101", _READER, {"member": "allUsers"}),
    Case("CKV_GCP_41", _MEMBER, {"role": "roles/iam.serviceAccountUser"}),
    Case("CKV_GCP_42", _MEMBER, {"role": "roles/admin"}),
    Case(
        "CKV_GCP_46",
        _MEMBER,
        {"member": "serviceAccount:1-compute@developer.gserviceaccount.com"},
    ),
    Case("CKV_GCP_49", _MEMBER, {"role": "roles/iam.serviceAccountTokenCreator"}),
    Case("CKV_GCP_117", _MEMBER, {"role": "roles/editor"}),
    Case("CKV_GCP_43", _CRYPTO_KEY, {"rotationPeriod": "31536000s"}),
    Case("CKV_GCP_43", _CRYPTO_KEY, {"rotationPeriod": ABSENT}),
    Case(
        "CKV_GCP_112",
        Emitted("GkeCluster", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"),
        {"member": "allUsers"},
    ),
    Case(
        "CKV_GCP_28",
        Emitted("GkeModelIdentity", "gcp:storage/bucketIAMMember:BucketIAMMember"),
        {"member": "allUsers"},
    ),
    Case("CKV2_GCP_24", _VERTEX, {"encryptionSpec": ABSENT}),
    Case("CKV2_GCP_33", _VERTEX, {"network": ABSENT}),
    Case("CKV_GCP_15", _CAPTURED, {"accesses": [{"role": "READER", "specialGroup": "allUsers"}]}),
    Case("CKV_GCP_81", _CAPTURED, {"defaultEncryptionConfiguration": ABSENT}),
    Case(
        "CKV_GCP_100",
        Emitted("VertexBatchPrediction", "gcp:bigquery/iamMember:IamMember", "full"),
        {"member": "allUsers"},
    ),
    Case("CKV_AZURE_42", _VAULT, {"properties.enablePurgeProtection": ABSENT}),
    Case("CKV_AZURE_109", _VAULT, {"properties.networkAcls.defaultAction": "Allow"}),
    Case("CKV_AZURE_110", _VAULT, {"properties.enablePurgeProtection": False}),
    Case("CKV_AZURE_111", _VAULT, {"properties.enableSoftDelete": False}),
    Case("CKV_AZURE_189", _VAULT, {"properties.publicNetworkAccess": "Enabled"}),
    Case(
        "CKV_AZURE_112",
        Emitted("AksCluster", "azure-native:keyvault:Key"),
        {"properties.kty": "RSA"},
    ),
    Case(
        "CKV_AZURE_12",
        Emitted("AzurePrivateNetwork", "azure-native:network:FlowLog", "full"),
        {"retentionPolicy.days": 30},
    ),
    _azure_port("CKV_AZURE_9", "3389"),
    _azure_port("CKV_AZURE_10", "22"),
    _azure_port("CKV_AZURE_160", "80"),
    Case(
        "CKV_AZURE_39",
        Emitted(_BATCH, "azure-native:authorization:RoleDefinition", "scheduled"),
        {"permissions": [{"actions": ["*"]}], "assignableScopes": ["/subscriptions/abc"]},
    ),
    Case("CKV_AZURE_142", _COMPUTE, {"properties.disableLocalAuth": False}),
    Case("CKV_AZURE_150", _COMPUTE, {"properties.properties.scaleSettings.minNodeCount": 1}),
    *_apps({"httpsOnly": False}, "14 70 153", "70 153"),
    *_apps({"siteConfig.minTlsVersion": "1.0"}, "15 145", "145"),
    *_apps({"siteConfig.remoteDebuggingEnabled": True}, "72 155", "155"),
    *_apps({"siteConfig.http20Enabled": False}, "18 67", "67"),
    *_apps({"siteConfig.cors.allowedOrigins": ["*"]}, "57 62"),
    *_apps({"identity": ABSENT}, "16 71"),
    *_apps({"publicNetworkAccess": "Enabled"}, "222", "222"),
    *_apps({"siteConfig.healthCheckPath": ABSENT}, "", "213"),
    Case("CKV_AZURE_213", _PREMIUM_APP, {"siteConfig.healthCheckPath": ABSENT}),
    Case("CKV_AZURE_78", _PREMIUM_APP, {"siteConfig.ftpsState": "AllAllowed"}),
    Case("CKV_AZURE_3", _ACCOUNT, {"enableHttpsTrafficOnly": False}),
    Case("CKV_AZURE_35", _ACCOUNT, {"networkRuleSet.defaultAction": "Allow"}),
    Case("CKV_AZURE_36", _ACCOUNT, {"networkRuleSet.bypass": "None"}),
    Case("CKV_AZURE_44", _ACCOUNT, {"minimumTlsVersion": "TLS1_0"}),
    Case("CKV_AZURE_59", _ACCOUNT, {"publicNetworkAccess": "Enabled"}),
    Case("CKV_AZURE_34", _CONTAINER, {"publicAccess": "Container"}),
    Case("CKV_AZURE_182", _AZURE_NETWORK, {"dhcpOptions.dnsServers": ["10.0.0.4"]}),
    Case("CKV_AZURE_183", _AZURE_NETWORK, {"dhcpOptions.dnsServers": ["8.8.8.8", "8.8.4.4"]}),
)
# Rules that pass on what the components make and that nothing said there can break, and why.
_GONE = "the attribute that it reads is gone from the provider"
_ELSEWHERE = "it is about what is connected with it, and no component makes that"
UNPROVED: Final[Mapping[tuple[str, str], str]] = {
    ("CKV2_AWS_35", "aws_route"): _GONE,
    ("CKV2_AWS_35", "aws_route_table"): _GONE,
    ("CKV_AZURE_8", "azurerm_kubernetes_cluster"): _GONE,
    ("CKV2_AWS_51", "aws_apigatewayv2_stage"): "it is about REST APIs and WebSockets",
    ("CKV2_AWS_75", "aws_lambda_function"): _ELSEWHERE,
    ("CKV2_AWS_77", "aws_apigatewayv2_api"): _ELSEWHERE,
    ("CKV2_GCP_4", "google_logging_project_sink"): _ELSEWHERE,
    ("CKV2_GCP_6", "google_kms_crypto_key"): "by who is granted the key, as CKV_GCP_112 judges",
    ("CKV2_GCP_8", "google_kms_key_ring"): _ELSEWHERE,
    ("CKV_AWS_168", "aws_sqs_queue"): "policies of queues are resources of their own here",
}
