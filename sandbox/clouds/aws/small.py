"""AWS types whose identity is the main thing about them: keys, logs, queues, buckets."""

import json
import uuid
from typing import Any

from sandbox.check import Problem, nearest
from sandbox.clouds.aws import schedules
from sandbox.clouds.aws.inference_components import scaled_references
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.lambda_ import ALIAS, FUNCTION
from sandbox.clouds.aws.references import exists, lookup, role_for
from sandbox.clouds.aws.sagemaker import CONFIGURATION, ENDPOINT
from sandbox.clouds.base import Call, Naming, letters
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["KINDS"]

KEY = "aws:kms/key:Key"
_LOCAL = "{region}:{account}:"
BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"


def _profile_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    kept = call.previous.outputs if call.previous else {}
    version = kept.get("version") or letters(10)
    return {"version": version, "versionArn": f"{identity.arn}/{version}"}


def _key_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "isEnabled": True,
        "keyUsage": "ENCRYPT_DECRYPT",
        "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "multiRegion": False,
    }
    given = {name: value for name, value in defaults.items() if name not in call.inputs}
    return {"keyId": identity.id, **given}


def _alias_references(call: Call) -> list[Problem]:
    return exists(call, "targetKeyId", KEY, call.inputs.get("targetKeyId"), arn=True)


def _alias_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    target = str(call.inputs.get("targetKeyId", ""))
    key = target.rpartition("/")[2]
    return {"targetKeyArn": f"arn:aws:kms:{identity.region}:{identity.account}:key/{key}"}


def _bucket_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    name = identity.name
    return {
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{identity.region}.amazonaws.com",
        "bucketRegion": identity.region,
        "hostedZoneId": "Z1BKCTXD74EZPE",  # S3's zone in eu-west-1.
    }


def _on_bucket(call: Call) -> list[Problem]:
    return exists(call, "bucket", BUCKET, call.inputs.get("bucket"))


def _target_references(call: Call) -> list[Problem]:
    """What is scaled is there: a variant of an endpoint, versions of a function."""
    resource = call.inputs.get("resourceId")
    if not isinstance(resource, str):
        return []
    if call.inputs.get("serviceNamespace") == "lambda":
        return _concurrency_references(call, resource)
    if str(call.inputs.get("scalableDimension")).startswith("sagemaker:variant:"):
        return _variant_references(call, resource)
    if call.inputs.get("scalableDimension") == "sagemaker:inference-component:DesiredCopyCount":
        return scaled_references(call, resource)
    return []


def _variant_references(call: Call, resource: str) -> list[Problem]:
    """`endpoint/<endpoint>/variant/<variant>` names what is live."""
    parts = resource.split("/")
    if len(parts) != 4 or parts[0] != "endpoint" or parts[2] != "variant":  # noqa: PLR2004
        return [
            Problem("resourceId", f'got "{resource}"; use endpoint/<endpoint>/variant/<variant>')
        ]
    row = call.store.by_name(
        "aws", ENDPOINT, parts[1], account=call.scope.account, region=call.region
    )
    if row is None:
        return exists(call, "resourceId", ENDPOINT, parts[1])
    names = [variant["name"] for variant in row.live.get("variants", [])]
    if parts[3] in names:
        return _zero_instances(call, row)
    meant = nearest(parts[3], names)
    hint = f"; did you mean {meant}?" if meant else ""
    return [
        Problem(
            "resourceId",
            f"endpoint {parts[1]} has no variant {parts[3]}, it has {', '.join(names)}{hint}",
        )
    ]


def _zero_instances(call: Call, endpoint: Row) -> list[Problem]:
    """Only asynchronous endpoints follow a queue down to nothing by their variant.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
    """
    name = str(endpoint.live.get("endpoint_config_name") or "-")
    configuration = lookup(call, CONFIGURATION, name)
    if call.inputs.get("minCapacity") != 0 or configuration is None:
        return []
    if configuration.inputs.get("asyncInferenceConfig"):
        return []
    reason = (
        f"ValidationException: endpoint {endpoint.name} is neither asynchronous nor hosts it "
        "inference components: its variant keeps at least 1 instance"
    )
    return [Problem("minCapacity", reason)]


def _concurrency_references(call: Call, resource: str) -> list[Problem]:
    """`function:<function>:<alias or version>` has published versions."""
    _, name, qualifier = f"{resource}::".split(":")[:3]
    row = lookup(call, FUNCTION, name)
    if row is None:
        return exists(call, "resourceId", FUNCTION, name)
    arn = f"{row.outputs.get('arn')}:{qualifier}"
    if qualifier in row.live.get("versions", []) or lookup(call, ALIAS, arn) is not None:
        return []
    return [Problem("resourceId", f"function {name} has no version or alias {qualifier}")]


def _target_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    unique = letters(36)
    arn = f"arn:aws:application-autoscaling:{identity.region}:{identity.account}"
    outputs = {"arn": before.get("arn") or f"{arn}:scalable-target/{unique}"}
    if "roleArn" not in call.inputs:
        service = call.inputs.get("serviceNamespace")
        outputs["roleArn"] = (
            f"arn:aws:iam::{identity.account}:role/aws-service-role/{service}"
            ".application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling"
        )
    return outputs


TARGET = "aws:appautoscaling/target:Target"


def _policy_references(call: Call) -> list[Problem]:
    resource, dimension = call.inputs.get("resourceId"), call.inputs.get("scalableDimension")
    rows = call.store.list("aws", TARGET, account=call.scope.account, region=call.region)
    for row in rows:
        if row.inputs["resourceId"] == resource and row.inputs["scalableDimension"] == dimension:
            return []
    return [
        Problem(
            "resourceId",
            f"ObjectNotFoundException: no scalable target is registered for {resource},"
            f" {dimension}",
        )
    ]


def _policy_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous else {}
    arn = (
        f"arn:aws:autoscaling:{identity.region}:{identity.account}:scalingPolicy:{uuid.uuid4()}"
        f":resource/{call.inputs.get('serviceNamespace')}/{call.inputs.get('resourceId')}"
        f":policyName/{identity.name}"
    )
    return {"arn": before.get("arn") or arn, "alarmArns": []}


def _group_references(call: Call) -> list[Problem]:
    return exists(call, "appName", APPLICATION, call.inputs.get("appName")) + role_for(
        call, "serviceRoleArn", "codedeploy.amazonaws.com", call.inputs.get("serviceRoleArn")
    )


def _application_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    outputs: dict[str, Any] = {
        "applicationId": identity.id.partition(":")[0],
        "linkedToGithub": False,
        "githubAccountName": "",
    }
    return outputs if "computePlatform" in call.inputs else {**outputs, "computePlatform": "Server"}


def _group_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    given = call.inputs
    outputs: dict[str, Any] = {
        "deploymentGroupId": identity.id,
        "computePlatform": "Lambda",
        "arn": f"arn:aws:codedeploy:{identity.region}:{identity.account}:deploymentgroup"
        f":{given.get('appName')}/{given.get('deploymentGroupName')}",
    }
    if "deploymentConfigName" not in given:
        outputs["deploymentConfigName"] = "CodeDeployDefault.LambdaAllAtOnce"
    return outputs


def _redrive_references(call: Call) -> list[Problem]:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html."""
    try:
        policy = mapped(json.loads(str(call.inputs.get("redrivePolicy") or "{}")))
    except ValueError:
        return []
    missing = exists(call, "redrivePolicy", QUEUE, policy.get("deadLetterTargetArn"), arn=True)
    return [
        Problem(each.path, f"Dead letter target does not exist: {each.reason}") for each in missing
    ]


def _queue_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"url": identity.id}


def _repository_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    host = f"{identity.account}.dkr.ecr.{identity.region}.amazonaws.com"
    return {"registryId": identity.account, "repositoryUrl": f"{host}/{identity.name}"}


def _topic_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del call
    return {"owner": identity.account}


APPLICATION = "aws:codedeploy/application:Application"
KINDS = {
    KEY: Kind(arn="arn:aws:kms:" + _LOCAL + "key/{id}", id="{uuid}", name="", outputs=_key_outputs),
    "aws:signer/signingProfile:SigningProfile": Kind(
        arn="arn:aws:signer:" + _LOCAL + "/signing-profiles/{name}",
        naming=Naming("name", max_length=64, separator="_"),
        outputs=_profile_outputs,
    ),
    "aws:kms/alias:Alias": Kind(
        arn="arn:aws:kms:" + _LOCAL + "{name}",
        naming=Naming("name", max_length=256, prefix="alias/"),
        references=_alias_references,
        outputs=_alias_outputs,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        arn="arn:aws:logs:" + _LOCAL + "log-group:{name}", naming=Naming("name", max_length=512)
    ),
    "aws:cloudwatch/logStream:LogStream": Kind(
        parent="{input:logGroupName}", import_id="{input:logGroupName}:{id}"
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Kind(
        parent="{input:logGroupName}", import_id="{input:logGroupName}:{id}", overwrites=True
    ),
    "aws:autoscaling/tag:Tag": Kind(
        id="{input:autoscalingGroupName},{input:tag.key}", name="", overwrites=True
    ),
    "aws:cloudwatch/eventRule:EventRule": Kind(
        arn="arn:aws:events:" + _LOCAL + "rule/{name}",
        naming=Naming("name", max_length=64),
        overwrites=True,
        constraints=schedules.of_rule,
    ),
    "aws:scheduler/schedule:Schedule": Kind(
        arn="arn:aws:scheduler:" + _LOCAL + "schedule/{id}",
        id="{input:groupName|default}/{name}",
        naming=Naming("name", max_length=64),
        constraints=schedules.of_scheduler,
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Kind(
        arn="arn:aws:scheduler:" + _LOCAL + "schedule-group/{name}",
        naming=Naming("name", max_length=64),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Kind(
        id="{input:rule}-{name}",
        name="targetId",
        import_id="{input:rule}/{name}",
        overwrites=True,
    ),
    TARGET: Kind(
        id="{input:resourceId}",
        parent="{input:scalableDimension}",
        import_id="{input:serviceNamespace}/{id}/{input:scalableDimension}",
        overwrites=True,
        name="",
        references=_target_references,
        outputs=_target_outputs,
    ),
    "aws:appautoscaling/policy:Policy": Kind(
        parent="{input:resourceId}/{input:scalableDimension}",
        import_id="{input:serviceNamespace}/{input:resourceId}/{input:scalableDimension}/{name}",
        overwrites=True,
        references=_policy_references,
        outputs=_policy_outputs,
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Kind(
        id="{name}-{input:serviceNamespace}-{input:resourceId}",
        overwrites=True,
        references=_policy_references,
    ),
    APPLICATION: Kind(
        arn="arn:aws:codedeploy:" + _LOCAL + "application:{name}",
        id="{uuid}:{name}",
        import_id="{name}",
        unique=(),
        naming=Naming("name", max_length=100),
        outputs=_application_outputs,
    ),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": Kind(
        id="{uuid}",
        import_id="{input:appName}:{name}",
        unique=("appName",),
        name="deploymentGroupName",
        references=_group_references,
        outputs=_group_outputs,
    ),
    "aws:codedeploy/deploymentConfig:DeploymentConfig": Kind(name="deploymentConfigName"),
    **dict.fromkeys(
        (BUCKET, "aws:s3/bucketV2:BucketV2"),
        Kind(
            arn="arn:aws:s3:::{name}",
            name="bucket",
            naming=Naming("bucket", max_length=63, lower=True),
            outputs=_bucket_outputs,
            parts=("bucket",),
        ),
    ),
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": Kind(
            id="{input:bucket}", name="", overwrites=True, references=_on_bucket
        )
        for name in (
            "BucketLifecycleConfiguration",
            "BucketLogging",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketPublicAccessBlock",
            "BucketServerSideEncryptionConfiguration",
            "BucketVersioning",
        )
    },
    "aws:ecr/repository:Repository": Kind(
        arn="arn:aws:ecr:" + _LOCAL + "repository/{name}",
        naming=Naming("name", max_length=256, lower=True),
        outputs=_repository_outputs,
    ),
    "aws:sqs/redrivePolicy:RedrivePolicy": Kind(
        id="{input:queueUrl}", name="", overwrites=True, references=_redrive_references
    ),
    QUEUE: Kind(
        arn="arn:aws:sqs:" + _LOCAL + "{name}",
        id="https://sqs.{region}.amazonaws.com/{account}/{name}",
        naming=Naming("name", max_length=80),
        references=_redrive_references,
        outputs=_queue_outputs,
    ),
    "aws:sns/topic:Topic": Kind(
        arn="arn:aws:sns:" + _LOCAL + "{name}", id="{arn}", outputs=_topic_outputs
    ),
    "aws:dynamodb/table:Table": Kind(arn="arn:aws:dynamodb:" + _LOCAL + "table/{name}"),
    "aws:ssm/parameter:Parameter": Kind(arn="arn:aws:ssm:" + _LOCAL + "parameter/{name}"),
    "aws:secretsmanager/secret:Secret": Kind(
        arn="arn:aws:secretsmanager:" + _LOCAL + "secret:{name}-{letters6}", id="{arn}", unique=()
    ),
}
