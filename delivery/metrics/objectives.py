"""Whether a version keeps its objectives: the queries of a rollout's gate, asked where it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from delivery.failure import Failure
from delivery.metrics import cloudwatch, prometheus

__all__ = ["CLOUDWATCH", "Objective", "address_of", "asked", "not_asked", "queries_of"]

CLOUDWATCH: Final = "cloudwatch"
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
    ways: dict[str, Callable[[str, str], float | None]] = {}
    if address := address_of(metrics):
        ways["promql"] = lambda _at, text: prometheus.answer(address, text)
    if CLOUDWATCH in metrics:
        ways["cloudwatch"] = cloudwatch.answer
    found: list[Objective] = []
    for query in queries_of(resources, model):
        if query.get("role") != role or query.get("version") not in {"", version}:
            continue
        limit = float(query.get("limit", 1))
        name = str(query["objective"])
        language = str(query.get("language"))
        if (ask := ways.get(language)) is None:
            found.append(Objective(name, "not measured", limit, why=not_asked(language)))
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


def address_of(metrics: Sequence[str]) -> str:
    """The one address among who is asked; empty without one.

    Raises:
        Failure: there is a second one.
    """
    addresses = [each for each in metrics if each != CLOUDWATCH]
    if len(addresses) > 1:
        raise Failure(
            f"--metrics: got {' and '.join(addresses)}\n"
            f"  allowed: one address of a Prometheus, and beside it {CLOUDWATCH}"
        )
    return addresses[0] if addresses else ""


def not_asked(language: str) -> str:
    """Why a question in a language has no answer."""
    who = {"promql": "--metrics http://…", "cloudwatch": f"--metrics {CLOUDWATCH}"}.get(language)
    if who is None:
        return f"a question in {language}, which --metrics does not ask"
    return f"nobody was asked: {who}"


def queries_of(resources: Sequence[Mapping[str, Any]], model: str) -> list[Mapping[str, Any]]:
    """The gate's questions about a model, of all its versions, as the stack's state has them."""
    found: list[Mapping[str, Any]] = []
    for each in resources:
        of_model = str(each.get("urn", "")).rpartition("::")[2] == model
        if not of_model or not str(each.get("type", "")).startswith(_COMPONENT):
            continue
        queries = cast("Mapping[str, Any]", each.get("outputs") or {}).get("gate_queries")
        found += queries if isinstance(queries, list) else []
    return found
