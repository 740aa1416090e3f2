"""Questions of a gate to CloudWatch: GetMetricData of one region, by AWS' own login.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["answer", "client_of"]

_PERIOD: Final = timedelta(minutes=5)
# Points of a minute come some seconds after it.
_LATE: Final = timedelta(minutes=1)
_SECONDS: Final = 10
_PARTIAL: Final = frozenset({"Forbidden", "InternalError"})


def answer(region: str, query: str, now: datetime | None = None) -> float | None:
    """The value of the last whole five minutes; None where there were no requests.

    Raises:
        Failure: there is no login, or CloudWatch refuses.
    """
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    end = _period_end(now or datetime.now(UTC))
    try:
        found = client_of(region).get_metric_data(
            MetricDataQueries=json.loads(query), StartTime=end - _PERIOD, EndTime=end
        )
    except (BotoCoreError, ClientError) as error:
        raise _refused(region, str(error)) from None
    results = cast("Sequence[dict[str, Any]]", found["MetricDataResults"])
    # Half of the data is no measurement.
    if any(each.get("StatusCode") in _PARTIAL for each in results):
        told = [message for each in results for message in each.get("Messages", ())]
        said = "; ".join(str(message.get("Value", "")) for message in told)
        raise _refused(region, said or "not all of it could be read")
    values = [float(value) for each in results for value in each.get("Values", ())]
    # What is not a number is no measurement.
    return None if any(map(math.isnan, values)) else max(values, default=None)


def client_of(region: str) -> Any:  # noqa: ANN401 - boto3 has no types
    """The vendor's client; late, as it takes a second to import."""
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS)
    return make("cloudwatch", region_name=region, config=config)


def _period_end(now: datetime) -> datetime:
    """CloudWatch's periods begin at whole multiples of their length."""
    seconds = _PERIOD.total_seconds()
    at = (now - _LATE).timestamp()
    return datetime.fromtimestamp(at - at % seconds, UTC)


def _refused(region: str, said: str) -> Failure:
    return Failure(
        f"CloudWatch in {region} cannot be asked: {said}\n"
        "  fix: log in to the account of the environment, with cloudwatch:GetMetricData",
        Exit.ERROR,
    )
