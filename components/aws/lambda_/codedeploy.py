"""Shifting a Lambda alias to a new version by AWS CodeDeploy."""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.lambda_.lambda_deployment import LambdaDeployment
from components.checks import Checks
from components.serving import Core
from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA

_ALL_AT_ONCE: Final = "all_at_once"
# What a deployment takes beside its shift: to begin, to look at alarms, to be taken back.
_MARGIN_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Shift:
    """A predefined CodeDeploy configuration, and how long it takes."""

    config: str
    seconds: int


def configuration(checks: Checks, core: Core) -> Shift | None:
    """The predefined CodeDeploy configuration of the shift; None for all at once.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    shift = checks.choice("shift", _ALL_AT_ONCE, (_ALL_AT_ONCE, *CODEDEPLOY_LAMBDA))
    if shift == _ALL_AT_ONCE:
        return None
    steps = CODEDEPLOY_LAMBDA[shift]
    size = checks.whole("shift_size_percent", 10, 1, 99)
    wait = checks.whole("shift_wait_seconds", min(seconds for _, seconds in steps), 0, 3600)
    if (size, wait) not in steps:
        known = ", ".join(f"{percent} % each {seconds} s" for percent, seconds in steps)
        checks.problem("shift", f"{shift}: {size} % each {wait} s", known)
    if core.candidate_version is not None:
        checks.problem(
            "shift", shift, "all_at_once beside a candidate: CodeDeploy would move the same alias"
        )
    minutes = wait // 60
    if shift == "canary":
        return Shift(f"CodeDeployDefault.LambdaCanary{size}Percent{minutes}Minutes", wait)
    plural = "Minute" if minutes == 1 else "Minutes"
    config = f"CodeDeployDefault.LambdaLinear{size}PercentEvery{minutes}{plural}"
    return Shift(config, wait * (100 // size))


def deployment(
    core: Core,
    shift: Shift,
    *,
    function: aws.lambda_.Function,
    alias: aws.lambda_.Alias,
    alarms: list[aws.cloudwatch.MetricAlarm],
    child: pulumi.ResourceOptions,
) -> None:
    """The newest version, shifted to by CodeDeploy and stopped by the alarms."""
    name = core.name
    role = aws.iam.Role(
        f"{name}-codedeploy-role",
        description=f"How CodeDeploy moves the alias of {core.physical_name}",
        assume_role_policy=iam.trust("codedeploy.amazonaws.com"),
        tags=core.aws_tags(),
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-codedeploy-role-policy",
        role=role.name,
        policy=alias.arn.apply(
            lambda arn: iam.document(
                iam.allow(
                    "MoveAlias",
                    [
                        "lambda:GetAlias",
                        "lambda:GetProvisionedConcurrencyConfig",
                        "lambda:UpdateAlias",
                    ],
                    [arn, arn.rpartition(":")[0]],
                ),
                # DescribeAlarms of several names knows no resource.
                iam.allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], ["*"]),
            )
        ),
        opts=child,
    )
    application = aws.codedeploy.Application(
        f"{name}-application", compute_platform="Lambda", tags=core.aws_tags(), opts=child
    )
    group = aws.codedeploy.DeploymentGroup(
        f"{name}-deployment-group",
        app_name=application.name,
        deployment_group_name=core.physical_name,
        service_role_arn=role.arn,
        deployment_config_name=shift.config,
        deployment_style={
            "deployment_option": "WITH_TRAFFIC_CONTROL",
            "deployment_type": "BLUE_GREEN",
        },
        auto_rollback_configuration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
        alarm_configuration={"enabled": True, "alarms": [alarm.name for alarm in alarms]},
        tags=core.aws_tags(),
        opts=child,
    )
    LambdaDeployment(
        f"{name}-deployment",
        application_name=application.name,
        deployment_group_name=group.deployment_group_name,
        function_name=alias.function_name,
        alias_name=alias.name,
        target_version=function.version,
        timeout_seconds=shift.seconds + _MARGIN_SECONDS,
        # CodeDeploy moves the alias by the role, from the first minute on.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[policy])),
    )
