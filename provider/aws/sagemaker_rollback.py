"""What a user reads when SageMaker went back to what was live before.

Sources: DescribeEndpoint (FailureReason) and DescribeAlarms in botocore's models;
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from provider.aws.sagemaker_live_state import Live

__all__ = ["rolled_back", "still"]

_WAY_OUT: Final = (
    "What served before serves on. Fix the model (its container's log says why it does not start) "
    "and run `up` again, or go back with `serving rollback <model>`"
)


def still(live: Live) -> str:
    """SageMaker's own reason, if it gives one."""
    if live.reason:
        return f"FailureReason: {live.reason.rstrip('.')}"
    return "SageMaker gives no FailureReason"


def rolled_back(
    name: str, asked: str, live: Live, alarms: Sequence[Mapping[str, Any]], began: float
) -> str:
    """What was asked, what is live, why, and the way out.

    `alarms` are those that could roll the update back, as DescribeAlarms has them; told are the
    ones that are in alarm, or came out of it since `began` (epoch).
    """
    spoke = [text for alarm in alarms if (text := _spoke(alarm, began))]
    return (
        f"endpoint {name} still serves configuration {live.config_name}; asked: {asked}. "
        f"SageMaker rolled the update back. {still(live)}. "
        f"{''.join(f'{text}. ' for text in spoke)}{_WAY_OUT}"
    )


def _spoke(alarm: Mapping[str, Any], began: float) -> str:
    state, at = alarm.get("StateValue"), alarm.get("StateTransitionedTimestamp")
    since = at.timestamp() if isinstance(at, datetime) else 0.0
    reason = " ".join(str(alarm.get("StateReason", "")).split()).rstrip(".")
    if state == "ALARM":
        return f"Alarm {alarm['AlarmName']} is in ALARM: {reason}"
    if state == "OK" and since >= began:
        return f"Alarm {alarm['AlarmName']} came back to OK since the update began: {reason}"
    return ""
