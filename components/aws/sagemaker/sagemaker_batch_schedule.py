"""Runs of batch transform by a schedule, and who is told when one fails."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.place import Place, place
from components.aws.sagemaker.sagemaker_batch_settings import Settings
from facts import sagemaker_batch

__all__ = ["schedule", "tell_failures"]

# Replaced by the id of each attempt: a name is taken for ever.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_EXECUTION: Final = "<aws.scheduler.execution-id>"
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
_CREATE: Final = "aws-sdk:sagemaker:createTransformJob"
_RETRIES: Final = 10
# To let SageMaker have the volumes' key, and to decrypt the schedule's request:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
_KEY_ACTIONS: Final = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey")


def schedule(  # noqa: PLR0917
    settings: Settings,
    run: pulumi.Output[dict[str, Any]],
    key_arn: pulumi.Input[str] | None,
    dead_letter_queue_arn: pulumi.Input[str] | None,
    parent: pulumi.Resource,
    before: list[pulumi.Resource],
) -> aws.scheduler.Schedule:
    """A schedule that begins a job of its own each time.

    `run` is in the words of facts/sagemaker_batch.py; `key_arn` is of volumes and of the schedule.
    """
    child = pulumi.ResourceOptions(parent=parent)
    name, tags = settings.name, settings.aws_tags()
    where = place(parent)
    role = aws.iam.Role(
        f"{name}-schedule-role",
        description=f"Begins the runs of {settings.physical_name}",
        assume_role_policy=where.apply(
            lambda here: iam.trust("scheduler.amazonaws.com", here.account_id)
        ),
        tags=tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-schedule-role-policy",
        role=role.name,
        policy=pulumi.Output.all(
            where,
            [key_arn] if key_arn is not None else [],
            [dead_letter_queue_arn] if dead_letter_queue_arn is not None else [],
        ).apply(lambda known: _rights(settings, *known)),
        opts=child,
    )
    asked = run.apply(
        lambda words: json.dumps(
            sagemaker_batch.request(
                words,
                f"{settings.prefix}-{_EXECUTION}",
                settings.aws_tags(settings.model_version),
            ),
            sort_keys=True,
        )
    )
    return aws.scheduler.Schedule(
        f"{name}-schedule",
        description=f"Batch transform of {settings.physical_name}",
        schedule_expression=settings.schedule or "",
        schedule_expression_timezone=settings.time_zone,
        state="DISABLED" if settings.suspended else "ENABLED",
        flexible_time_window={"mode": "OFF"},
        # Of the request; what it is encrypted by, the role decrypts.
        kms_key_arn=key_arn,
        target=aws.scheduler.ScheduleTargetArgs(
            arn=where.apply(lambda here: f"arn:{here.partition}:scheduler:::{_CREATE}"),
            role_arn=role.arn,
            input=asked,
            # What SageMaker does not take, for its quota as an example, is asked again.
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=settings.late_seconds,
                maximum_retry_attempts=_RETRIES,
            ),
            dead_letter_config=(
                aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=dead_letter_queue_arn)
                if dead_letter_queue_arn is not None
                else None
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy, *before]),
    )


def _rights(settings: Settings, here: Place, keys: list[str], queues: list[str]) -> str:
    """To begin and to tag jobs of this name alone; the model has its role from who made it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    """
    jobs = here.arn("sagemaker", f"transform-job/{settings.prefix}-*")
    return iam.document(
        iam.allow("BeginRuns", ["sagemaker:CreateTransformJob", "sagemaker:AddTags"], [jobs]),
        *([iam.allow("UseKey", _KEY_ACTIONS, keys)] if keys else []),
        *([iam.allow("KeepLostRuns", ["sqs:SendMessage"], queues)] if queues else []),
    )


def tell_failures(
    settings: Settings,
    topic_arn: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """An event for each run that fails or is stopped, to a topic that takes them from EventBridge.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    rule = aws.cloudwatch.EventRule(
        f"{settings.name}-failures",
        description=f"Runs of {settings.physical_name} that did not end well",
        event_pattern=json.dumps(
            {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Transform Job State Change"],
                "detail": {
                    "TransformJobName": [{"prefix": f"{settings.prefix}-"}],
                    "TransformJobStatus": ["Failed", "Stopped"],
                },
            },
            sort_keys=True,
        ),
        tags=dict(tags),
        opts=child,
    )
    aws.cloudwatch.EventTarget(
        f"{settings.name}-failures-topic", rule=rule.name, arn=topic_arn, opts=child
    )
