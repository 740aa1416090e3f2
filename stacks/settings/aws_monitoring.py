"""What an environment says of monitoring on AWS: which alarms, who is told, what people read."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facts.alerts import RUNBOOK_URL
from facts.cloudwatch import RUNBOOK_URL_LENGTH
from stacks.settings.fields import Closed, Truth

__all__ = ["AwsMonitoring", "TopicArn"]

TopicArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$"),
    Field(json_schema_extra={"allowed": "its ARN: arn:aws:sns:region:account:name"}),
]


class AwsMonitoring(Closed):
    """What watches each model on SageMaker and Lambda, beside the alarms that stop its rollouts."""

    alarms: Literal["burn_rate", "symptoms"] = "burn_rate"
    """burn_rate: alarms on how fast the error budget of each objective goes, and on what is full.
    symptoms: none beside those that stop rollouts."""
    dashboards: Truth = True
    """Whether each model has a dashboard at CloudWatch."""
    page_topic_arn: TopicArn | None = None
    """SNS topic that is told when somebody has to be woken. Default: the topic of the other
    alarms, `alarm_topic_arn` of `sagemaker` and of `lambda_function`."""
    runbook_url: (
        Annotated[
            str,
            StringConstraints(
                pattern=f"^{RUNBOOK_URL}$", max_length=int(RUNBOOK_URL_LENGTH.maximum or 0)
            ),
            Field(
                json_schema_extra={
                    "allowed": "a URL, with {alert} where goes what the alarm means, such as "
                    "https://wiki.corp/runbooks/{alert}"
                }
            ),
        ]
        | None
    ) = None
    """Where people on call read what to do, in the alarms' descriptions; `{alert}` becomes what
    the alarm means (docs/monitoring-aws.md). Default: none."""
