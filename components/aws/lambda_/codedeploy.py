"""Shifting a Lambda alias to a new version by AWS CodeDeploy."""

import math
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.lambda_.lambda_deployment import LambdaDeployment
from components.checks import Checks
from components.serving import Core
from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA
from facts.lambda_serving import SHIFT_SECONDS, wrong_steps

_ALL_AT_ONCE: Final = "all_at_once"
# What a deployment takes beside its shift: to begin, to look at alarms, to be taken back.
_MARGIN_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Shift:
    """The steps of a shift; `predefined` is AWS's own configuration of them, or empty."""

    kind: str
    size_percent: int
    wait_seconds: int
    predefined: str

    @property
    def seconds(self) -> int:
        """How long it takes from the first step to the last."""
        steps = 1 if self.kind == "canary" else math.ceil(100 / self.size_percent)
        return steps * self.wait_seconds


def configuration(checks: Checks, core: Core) -> Shift | None:
    """The shift of the traffic; None for all at once.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
    """
    shift = checks.choice("shift", _ALL_AT_ONCE, (_ALL_AT_ONCE, *CODEDEPLOY_LAMBDA))
    if shift == _ALL_AT_ONCE:
        return None
    steps = CODEDEPLOY_LAMBDA[shift]
    size = checks.whole("shift_size_percent", 10, 1, 99)
    longest = int(SHIFT_SECONDS.maximum or 0)
    wait = checks.whole("shift_wait_seconds", min(each for _, each in steps), 60, longest)
    if wrong := wrong_steps(shift, size, wait):
        checks.problem("shift", f"{shift}: {size} % each {wait} s", wrong)
    if core.candidate_version is not None:
        checks.problem(
            "shift", shift, "all_at_once beside a candidate: CodeDeploy would move the same alias"
        )
    return Shift(shift, size, wait, _predefined(shift, size, wait))


def _predefined(shift: str, size: int, wait: int) -> str:
    if (size, wait) not in CODEDEPLOY_LAMBDA[shift]:
        return ""
    minutes = wait // 60
    if shift == "canary":
        return f"CodeDeployDefault.LambdaCanary{size}Percent{minutes}Minutes"
    plural = "Minute" if minutes == 1 else "Minutes"
    return f"CodeDeployDefault.LambdaLinear{size}PercentEvery{minutes}{plural}"


def _configuration_name(
    core: Core, shift: Shift, child: pulumi.ResourceOptions
) -> pulumi.Input[str]:
    """AWS's own, or one that is made: it cannot be changed, so its name says its steps."""
    if shift.predefined:
        return shift.predefined
    minutes = shift.wait_seconds // 60
    routing: aws.codedeploy.DeploymentConfigTrafficRoutingConfigArgsDict = (
        {
            "type": "TimeBasedCanary",
            "time_based_canary": {"interval": minutes, "percentage": shift.size_percent},
        }
        if shift.kind == "canary"
        else {
            "type": "TimeBasedLinear",
            "time_based_linear": {"interval": minutes, "percentage": shift.size_percent},
        }
    )
    made = aws.codedeploy.DeploymentConfig(
        f"{core.name}-shift-config",
        deployment_config_name=(
            f"{core.physical_name}-{shift.kind}-{shift.size_percent}-percent-{minutes}-minutes"
        ),
        compute_platform="Lambda",
        traffic_routing_config=routing,
        # The deployment group goes to the new one before the old one can go.
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(delete_before_replace=False)
        ),
    )
    return made.deployment_config_name


def deployment(
    core: Core,
    shift: Shift,
    *,
    version: pulumi.Output[str],
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
        deployment_config_name=_configuration_name(core, shift, child),
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
        target_version=version,
        timeout_seconds=shift.seconds + _MARGIN_SECONDS,
        # CodeDeploy moves the alias by the role, from the first minute on.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[policy])),
    )
