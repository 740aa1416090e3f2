"""Questions of a gate to a Prometheus, or to what speaks its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import http.client
import json
import math
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["TOKEN", "answer", "gap", "last_answer"]

TOKEN: Final = "MODEL_SERVING_METRICS_TOKEN"  # noqa: S105 - the name of a variable
"""Bearer token for the metrics' address, where it needs one."""
_SECONDS: Final = 10
_OTHER: Final = "no answer of Prometheus' API"
# A rate over five minutes shows one request for these less one scrape. A range has 11,000 points at
# most: https://github.com/prometheus/prometheus/blob/main/web/api/v1/api.go
_STEP: Final = timedelta(minutes=1)
_RANGE: Final = timedelta(days=6)
# An hour without a target that is up is a gap and no restart.
_GAP: Final = timedelta(hours=1)


def answer(metrics: str, query: str) -> float | None:
    """The largest value of the answer; None without one, or for what is no number.

    Raises:
        Failure: nobody answers there.
    """
    data = _data(metrics, "query", {"query": query})
    try:
        series = data["result"]
        if data.get("resultType") == "scalar":
            series = [{"value": series}]
        values = [float(each["value"][1]) for each in series]
    except (ValueError, KeyError, TypeError, IndexError):
        raise _unreachable(metrics, _OTHER) from None
    # What is not a number is no measurement, and no reason to think well of a version.
    if not values or any(math.isnan(each) for each in values):
        return None
    return max(values)


def last_answer(metrics: str, query: str, since: datetime, until: datetime) -> datetime | None:
    """When the query last had a value, to a minute; None where it had none.

    Raises:
        Failure: nobody answers there, or not with all that there is.
    """
    end = until
    while end > since:
        start = max(since, end - _RANGE)
        if times := _times(metrics, query, start, end):
            return max(times)
        end = start
    return None


def gap(metrics: str, namespace: str, since: datetime, until: datetime) -> datetime | None:
    """Since when no target in a namespace was up for an hour or more; None where there was none.

    Raises:
        Failure: nobody answers there, or not with all that there is.
    """
    seen, start = [since], since
    while start < until:
        end = min(until, start + _RANGE)
        seen += _times(metrics, f'count(up{{namespace="{namespace}"}} == 1)', start, end)
        start = end
    seen.append(until)
    return next((one for one, after in pairwise(sorted(seen)) if after - one > _GAP), None)


def _times(metrics: str, query: str, since: datetime, until: datetime) -> list[datetime]:
    asked = {
        "query": query,
        "start": f"{since.timestamp():.0f}",
        "end": f"{until.timestamp():.0f}",
        "step": f"{_STEP.total_seconds():.0f}",
        # Of Thanos, whose answers leave out what it cannot reach.
        "partial_response": "false",
    }
    data = _data(metrics, "query_range", asked)
    try:
        return [
            datetime.fromtimestamp(float(time), UTC)
            for series in data["result"]
            for time, value in series["values"]
            if not math.isnan(float(value))
        ]
    except (ValueError, KeyError, TypeError):
        raise _unreachable(metrics, _OTHER) from None


def _data(metrics: str, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
    address = f"{metrics.rstrip('/')}/api/v1/{path}"
    if not address.lower().startswith(("http://", "https://")):
        raise Failure(
            f"--metrics: got {metrics!r}; use an address that begins with http:// or https://, or "
            "the word cloudwatch"
        )
    try:
        request = urllib.request.Request(  # noqa: S310 - http or https, see above
            f"{address}?{urllib.parse.urlencode(asked)}",
            headers={"Accept": "application/json", "User-Agent": "model-serving"},
        )
        if token := os.environ.get(TOKEN):
            # Not for whoever is redirected to.
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - as above
            told = json.load(response)
        if warnings := told.get("warnings"):
            raise _unreachable(metrics, f"it warns: {'; '.join(map(str, warnings))}")
        return dict(told["data"])
    except urllib.error.HTTPError as error:
        error.close()
        raise _unreachable(metrics, f"status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(metrics, str(getattr(error, "reason", error))) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _unreachable(metrics, _OTHER) from None


def _unreachable(metrics: str, said: str) -> Failure:
    return Failure(
        f"the metrics at {metrics} cannot be asked: {said}\n"
        f"  fix: give the address of a Prometheus; a token goes into {TOKEN}",
        Exit.ERROR,
    )
