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
from typing import Any, Final

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["TOKEN", "answer", "last_answer"]

TOKEN: Final = "MODEL_SERVING_METRICS_TOKEN"  # noqa: S105 - the name of a variable
"""Bearer token for the metrics' address, where it needs one."""
_STEP: Final = timedelta(minutes=5)
_SECONDS: Final = 10


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
    """When the query last had a value, to five minutes; None where it had none.

    Raises:
        Failure: nobody answers there.
    """
    asked = {
        "query": query,
        "start": f"{since.timestamp():.0f}",
        "end": f"{until.timestamp():.0f}",
        "step": f"{_STEP.total_seconds():.0f}",
    }
    data = _data(metrics, "query_range", asked)
    try:
        times = [
            float(time)
            for series in data["result"]
            for time, value in series["values"]
            if not math.isnan(float(value))
        ]
    except (ValueError, KeyError, TypeError):
        raise _unreachable(metrics, _OTHER) from None
    return datetime.fromtimestamp(max(times), UTC) if times else None


_OTHER: Final = "no answer of Prometheus' API"


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
        return dict(told["data"])
    except urllib.error.HTTPError as error:
        error.close()
        raise _unreachable(metrics, f"status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(metrics, str(getattr(error, "reason", error))) from None
    except (ValueError, KeyError, TypeError):
        raise _unreachable(metrics, _OTHER) from None


def _unreachable(metrics: str, said: str) -> Failure:
    return Failure(
        f"the metrics at {metrics} cannot be asked: {said}\n"
        f"  fix: give the address of a Prometheus; a token goes into {TOKEN}",
        Exit.ERROR,
    )
