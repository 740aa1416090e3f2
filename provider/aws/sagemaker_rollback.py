"""What a user reads when SageMaker went back to what was live before, or kept a part of it.

Sources: DescribeEndpoint (FailureReason) and DescribeAlarms in botocore's models;
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from provider.aws.sagemaker_live_state import Live, captured
from provider.aws.sagemaker_update import Configuration
from provider.errors import ProviderError

__all__ = ["rang_before", "require_capture", "rolled_back", "still"]

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


def rang_before(alarms: Sequence[Mapping[str, Any]], made: float) -> set[str]:
    """Names of the alarms that have been in alarm since before a configuration was made (epoch).

    They speak of what serves already. Since they watch old and new instances alike, SageMaker would
    end every update by them, the one that puts things right too.
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    return {
        str(alarm["AlarmName"])
        for alarm in alarms
        if alarm.get("StateValue") == "ALARM" and _changed(alarm) < made
    }


def require_capture(name: str, asked: Configuration, live: Live) -> None:
    """Raise unless requests are kept as the configuration says: an update may retain the capture.

    VariantProperty in SageMaker's API model: excluding DataCaptureConfig is not supported yet.
    """
    wanted = captured(asked.capture, "InitialSamplingPercentage")
    if live.capture == wanted:
        return
    raise ProviderError(
        f"endpoint {name} serves configuration {asked.name}, but keeps {_kept(live.capture)}; "
        f"asked: {_kept(wanted)}. SageMaker retained the capture of data with the instance counts. "
        f"`aws sagemaker update-endpoint --endpoint-name {name} --endpoint-config-name "
        f"{asked.name}`, which takes instance counts and weights back to the configuration's too, "
        "takes it over; then run `up` again"
    )


def _kept(capture: tuple[float, str] | None) -> str:
    if capture is None:
        return "no requests"
    percent, uri = capture
    return f"{percent:g} % of the requests in {uri}"


def _spoke(alarm: Mapping[str, Any], began: float) -> str:
    state = alarm.get("StateValue")
    reason = " ".join(str(alarm.get("StateReason", "")).split()).rstrip(".")
    if state == "ALARM":
        return f"Alarm {alarm['AlarmName']} is in ALARM: {reason}"
    if state == "OK" and _changed(alarm) >= began:
        return f"Alarm {alarm['AlarmName']} came back to OK since the update began: {reason}"
    return ""


def _changed(alarm: Mapping[str, Any]) -> float:
    at = alarm.get("StateTransitionedTimestamp")
    return at.timestamp() if isinstance(at, datetime) else 0.0
