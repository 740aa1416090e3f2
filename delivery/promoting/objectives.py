"""Whether a version keeps its objectives: the queries of a rollout's gate, asked where it says."""

import http.client
import json
import math
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.promoting import cloudwatch

__all__ = ["TOKEN", "Objective", "asked"]

TOKEN: Final = "MODEL_SERVING_METRICS_TOKEN"  # noqa: S105 - the name of a variable
"""Bearer token for the metrics' address, where it needs one."""
CLOUDWATCH: Final = "cloudwatch"
_SECONDS: Final = 10
_COMPONENT: Final = "model-serving:index:"


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective of a version. `answer`: times its budget, or the unit of `limit`."""

    objective: str
    verdict: Literal["kept", "missed", "not measured"]
    limit: float
    answer: float | None = None
    why: str = ""

    def __str__(self) -> str:
        if self.answer is None:
            return f"{self.objective}: {self.verdict} ({self.why})"
        return f"{self.objective}: {self.verdict} ({self.answer:.3g} of {self.limit:g})"

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "objective": self.objective,
            "verdict": self.verdict,
            "answer": self.answer,
            "limit": self.limit,
            "why": self.why or None,
        }


def asked(
    resources: Sequence[Mapping[str, Any]],
    model: str,
    role: str,
    version: str,
    metrics: Sequence[str],
) -> list[Objective]:
    """What is known of the objectives of a deployed version; nothing where nothing can be asked.

    `metrics` are who is asked: the address of a Prometheus, or of what speaks its API, and the word
    cloudwatch for what is asked there, by the login of the environment.

    Raises:
        Failure: nobody answers there.
    """
    addresses = [each for each in metrics if each != CLOUDWATCH]
    if len(addresses) > 1:
        raise Failure(
            f"--metrics: got {' and '.join(addresses)}\n"
            f"  allowed: one address of a Prometheus, and beside it {CLOUDWATCH}"
        )
    ways: dict[str, Callable[[str, str], float | None]] = {}
    if addresses:
        ways["promql"] = lambda _at, text: _answer(addresses[0], text)
    if CLOUDWATCH in metrics:
        ways["cloudwatch"] = cloudwatch.answer
    found: list[Objective] = []
    for query in _queries(resources, model):
        if query.get("role") != role or query.get("version") not in {"", version}:
            continue
        limit = float(query.get("limit", 1))
        name = str(query["objective"])
        language = str(query.get("language"))
        if (ask := ways.get(language)) is None:
            found.append(Objective(name, "not measured", limit, why=_not_asked(language)))
        elif role == "candidate" and not query.get("version"):
            why = "requests do not tell versions apart"
            found.append(Objective(name, "not measured", limit, why=why))
        else:
            answer = ask(str(query.get("at")), str(query["query"]))
            if answer is None:
                why = "no requests in the last minutes"
                found.append(Objective(name, "not measured", limit, why=why))
            else:
                verdict = "kept" if answer <= limit else "missed"
                found.append(Objective(name, verdict, limit, answer))
    return found


def _not_asked(language: str) -> str:
    who = {"promql": "--metrics http://…", "cloudwatch": f"--metrics {CLOUDWATCH}"}.get(language)
    if who is None:
        return f"a question in {language}, which --metrics does not ask"
    return f"nobody was asked: {who}"


def _queries(resources: Sequence[Mapping[str, Any]], model: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for each in resources:
        of_model = str(each.get("urn", "")).rpartition("::")[2] == model
        if not of_model or not str(each.get("type", "")).startswith(_COMPONENT):
            continue
        queries = cast("Mapping[str, Any]", each.get("outputs") or {}).get("gate_queries")
        found += queries if isinstance(queries, list) else []
    return found


def _answer(metrics: str, query: str) -> float | None:
    """The largest value of the answer; None without one, or for what is no number."""
    address = f"{metrics.rstrip('/')}/api/v1/query"
    if not address.lower().startswith(("http://", "https://")):
        raise Failure(
            f"--metrics: got {metrics!r}; use an address that begins with http:// or https://, or "
            f"the word {CLOUDWATCH}"
        )
    try:
        request = urllib.request.Request(  # noqa: S310 - http or https, see above
            f"{address}?{urllib.parse.urlencode({'query': query})}",
            headers={"Accept": "application/json", "User-Agent": "model-serving"},
        )
        if token := os.environ.get(TOKEN):
            # Not for whoever is redirected to.
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 - as above
            told = json.load(response)
        series = told["data"]["result"]
        if told["data"].get("resultType") == "scalar":
            series = [{"value": series}]
        values = [float(each["value"][1]) for each in series]
    except urllib.error.HTTPError as error:
        error.close()
        raise _unreachable(metrics, f"status {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(metrics, str(getattr(error, "reason", error))) from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise _unreachable(metrics, "no answer of Prometheus' API") from None
    # What is not a number is no measurement, and no reason to think well of a version.
    if not values or any(math.isnan(each) for each in values):
        return None
    return max(values)


def _unreachable(metrics: str, said: str) -> Failure:
    return Failure(
        f"the metrics at {metrics} cannot be asked: {said}\n"
        f"  fix: give the address of a Prometheus; a token goes into {TOKEN}",
        Exit.ERROR,
    )
