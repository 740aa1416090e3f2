"""Questions of a gate to CloudWatch: GetMetricData of one region, by AWS' own login.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["account", "answer", "client_of", "last_answer"]

_PERIOD: Final = timedelta(minutes=5)
# Points of a minute come some seconds after it.
_LATE: Final = timedelta(minutes=1)
_SECONDS: Final = 10
_PARTIAL: Final = frozenset({"Forbidden", "InternalError"})
# The rest of what is partial is on another page, if there is one: of an expression there is none.
_NOT_ALL: Final = _PARTIAL | {"PartialData"}


def answer(region: str, query: str, now: datetime | None = None) -> float | None:
    """The value of the last whole five minutes; None where there were no requests.

    Raises:
        Failure: there is no login, or CloudWatch refuses.
    """
    end = _period_end(now or datetime.now(UTC))
    results = list(_results(region, query, end - _PERIOD, end))
    values = [float(value) for each in results for value in each.get("Values", ())]
    # What is not a number is no measurement.
    return None if any(map(math.isnan, values)) else max(values, default=None)


def last_answer(region: str, query: str, since: datetime, until: datetime) -> datetime | None:
    """When the query last had a value, to five minutes; None where it had none.

    Raises:
        Failure: there is no login, or CloudWatch refuses.
    """
    times = [
        time
        for each in _results(region, query, _period_end(since), _period_end(until))
        for time, value in zip(each.get("Timestamps", ()), each.get("Values", ()), strict=True)
        if not math.isnan(value)
    ]
    return max(times, default=None)


def _results(
    region: str, query: str, since: datetime, until: datetime
) -> Iterator[Mapping[str, Any]]:
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    asked: dict[str, Any] = {
        "MetricDataQueries": json.loads(query),
        "StartTime": since,
        "EndTime": until,
    }
    client: Any = None
    while True:
        try:
            client = client or client_of(region)
            found: dict[str, Any] = client.get_metric_data(**asked)
        except (BotoCoreError, ClientError) as error:
            raise _refused(region, str(error)) from None
        results = cast("Sequence[dict[str, Any]]", found["MetricDataResults"])
        # Half of the data is no measurement.
        more = found.get("NextToken")
        if any(each.get("StatusCode") in (_PARTIAL if more else _NOT_ALL) for each in results):
            told = [message for each in results for message in each.get("Messages", ())]
            said = "; ".join(str(message.get("Value", "")) for message in told)
            raise _refused(region, said or "not all of it could be read")
        yield from results
        if not more:
            return
        asked["NextToken"] = more


def account() -> str:
    """Of the login by which CloudWatch is asked.

    Raises:
        Failure: there is none.
    """
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    try:
        return str(make("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise Failure(
            f"AWS does not say whose login this is: {error}\n"
            "  fix: log in to the account of the environment",
            Exit.ERROR,
        ) from None


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
