"""What Pulumi's providers change of Terraform's schemas.

Source: `provider/resources.go` and `provider/resource_overrides.go` of pulumi-aws and pulumi-gcp.
Neither overrides `ForceNew` of any property of a resource.
"""

from collections.abc import Mapping

__all__ = ["CASES", "DEFAULTS", "DELETE_FIRST", "RENAMED", "TOKENS", "TRANSFORMED"]

_REST_API = {"rest_api_id": "restApi"}

# Terraform type: attribute path: Pulumi's name, where it is not the attribute's name in camel case,
# in the plural for a list.
RENAMED: Mapping[str, Mapping[str, str]] = {
    "aws_api_gateway_authorizer": _REST_API,
    "aws_api_gateway_base_path_mapping": {"api_id": "restApi"},
    "aws_api_gateway_deployment": _REST_API,
    "aws_api_gateway_integration": _REST_API,
    "aws_api_gateway_integration_response": _REST_API,
    "aws_api_gateway_method": _REST_API,
    "aws_api_gateway_method_response": _REST_API,
    "aws_api_gateway_method_settings": _REST_API,
    "aws_api_gateway_model": _REST_API,
    "aws_api_gateway_request_validator": _REST_API,
    "aws_api_gateway_resource": _REST_API,
    "aws_api_gateway_stage": {**_REST_API, "deployment_id": "deployment"},
    "aws_api_gateway_vpc_link": {"target_arns": "targetArn"},
    "aws_autoscaling_group": {"tag": "tags"},
    "aws_cloudwatch_log_subscription_filter": {"log_group_name": "logGroup"},
    "aws_cloudwatch_metric_alarm": {"alarm_name": "name"},
    "aws_elastic_beanstalk_environment": {"version_label": "version"},
    "aws_lambda_function": {"function_name": "name", "filename": "code"},
    "aws_lambda_layer_version": {"filename": "code"},
    "aws_lambda_permission": {"function_name": "function"},
    "aws_s3_bucket_website_configuration": {
        "routing_rules": "routingRuleDetails",
        "routing_rule": "routingRules",
    },
    "aws_sns_topic_subscription": {"topic_arn": "topic"},
}

# Terraform types whose token does not follow from their name.
TOKENS: Mapping[str, str] = {
    "aws_account_alternate_contact": "aws:account/alternativeContact:AlternativeContact",
    "aws_alb": "aws:alb/loadBalancer:LoadBalancer",
    "aws_alb_listener": "aws:alb/listener:Listener",
    "aws_alb_listener_certificate": "aws:alb/listenerCertificate:ListenerCertificate",
    "aws_alb_listener_rule": "aws:alb/listenerRule:ListenerRule",
    "aws_alb_target_group": "aws:alb/targetGroup:TargetGroup",
    "aws_alb_target_group_attachment": "aws:alb/targetGroupAttachment:TargetGroupAttachment",
    "aws_codeartifact_domain_permissions_policy": (
        "aws:codeartifact/domainPermissions:DomainPermissions"
    ),
    "aws_codedeploy_app": "aws:codedeploy/application:Application",
    "aws_dx_hosted_transit_virtual_interface_accepter": (
        "aws:directconnect/hostedTransitVirtualInterfaceAcceptor"
        ":HostedTransitVirtualInterfaceAcceptor"
    ),
    "aws_rds_instance_state": "aws:rds/instanceDesiredState:InstanceDesiredState",
    "aws_s3_bucket_replication_configuration": (
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    ),
    "aws_s3_object": "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws_vpc_encryption_control": "aws:ec2/vpcEncryptionControl:VpcEncryptionControl",
}

# `DeleteBeforeReplace` of the provider.
DELETE_FIRST = frozenset(
    {
        "aws_api_gateway_integration",
        "aws_cloudwatch_log_subscription_filter",
        "aws_ec2_transit_gateway_vpc_attachment",
        "aws_ecr_lifecycle_policy",
        "aws_efs_mount_target",
        "aws_iam_account_alias",
        "aws_iam_group_policy_attachment",
        "aws_iam_policy_attachment",
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_security_group_rule",
        "google_bigquery_table",
        "google_project_iam_member",
        "google_project_iam_policy",
    }
)

_DESCRIPTION = {"description": "Managed by Pulumi"}

# Defaults that Pulumi's provider fills in, in Pulumi's names.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "aws_api_gateway_api_key": _DESCRIPTION,
    "aws_appsync_api_key": _DESCRIPTION,
    "aws_db_option_group": {"optionGroupDescription": "Managed by Pulumi"},
    "aws_db_parameter_group": _DESCRIPTION,
    "aws_db_subnet_group": _DESCRIPTION,
    "aws_docdb_subnet_group": _DESCRIPTION,
    "aws_elasticache_parameter_group": _DESCRIPTION,
    "aws_elasticache_subnet_group": _DESCRIPTION,
    "aws_media_package_channel": _DESCRIPTION,
    "aws_neptune_subnet_group": _DESCRIPTION,
    "aws_rds_cluster_parameter_group": _DESCRIPTION,
    "aws_redshift_parameter_group": _DESCRIPTION,
    "aws_redshift_subnet_group": _DESCRIPTION,
    "aws_route53_zone": {"comment": "Managed by Pulumi"},
    "aws_security_group": _DESCRIPTION,
}

# Documents that the provider brings into one form before it compares them.
TRANSFORMED: Mapping[str, tuple[str, ...]] = {
    "aws_cloudwatch_log_resource_policy": ("policyDocument",),
    "aws_ecr_lifecycle_policy": ("policy",),
    "aws_ecr_registry_policy": ("policy",),
    "aws_ecr_repository_policy": ("policy",),
    "aws_elasticsearch_domain": ("accessPolicies",),
    "aws_elasticsearch_domain_policy": ("accessPolicies",),
    "aws_iam_group_policy": ("policy",),
    "aws_iam_policy": ("policy",),
    "aws_iam_role": ("assumeRolePolicy",),
    "aws_iam_role_policy": ("policy",),
    "aws_iam_user_policy": ("policy",),
    "aws_s3_bucket": ("policy",),
    "aws_s3_bucket_policy": ("policy",),
    "aws_sns_topic_policy": ("policy",),
    "aws_sqs_queue_policy": ("policy",),
}

_OWNER = {"expectedBucketOwner": "changes"}

# What `CustomizeDiff` of Terraform's types decides, in Pulumi's paths: a change makes a new
# resource when the property `goes`, `falls` (a number becomes smaller, a switch is turned off),
# `changes` once it is there, or `comes_or_goes`.
CASES: Mapping[str, Mapping[str, str]] = {
    "aws_eks_cluster": {"encryptionConfig": "goes"},
    "aws_lambda_function": {"durableConfig": "comes_or_goes"},
    "aws_s3_bucket_acl": _OWNER,
    "aws_s3_bucket_cors_configuration": _OWNER,
    "aws_s3_bucket_logging": _OWNER,
    "aws_s3_bucket_server_side_encryption_configuration": _OWNER,
    "aws_s3_bucket_versioning": _OWNER,
    "aws_s3_bucket_website_configuration": _OWNER,
    "aws_sagemaker_notebook_instance": {"volumeSize": "falls"},
    "google_compute_disk": {"size": "falls"},
    "google_compute_region_disk": {"size": "falls"},
    "google_container_cluster": {
        "enableFqdnNetworkPolicy": "falls",
        "enableL4IlbSubsetting": "falls",
    },
    "google_storage_bucket": {"retentionPolicy.isLocked": "falls"},
    "google_vpc_access_connector": {"maxInstances": "falls", "minInstances": "falls"},
}
