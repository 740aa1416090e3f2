"""Whether a version may go on into another environment, and as what files name it there."""

from collections.abc import Mapping, Sequence
from typing import Any

from delivery.failure import Failure
from delivery.metrics.objectives import Objective
from delivery.promoting.standing import Standing, named
from facts.model_references import ASKED_AT_PREVIEW, MalformedReferenceError, parse
from stacks.served import Record, same

__all__ = [
    "is_of",
    "record_of",
    "refuse_misses",
    "refuse_one_environment",
    "refuse_without_reason",
    "wanted_of",
    "written_as",
]


def refuse_one_environment(source: str, target: str) -> None:
    """A version goes from one environment to another; raises `Failure`."""
    if source == target:
        raise Failure(
            f"{source!r} is both environments\n  fix: name where the version comes from, and then "
            "where it goes"
        )


def wanted_of(before: Standing) -> tuple[Record, str]:
    """What the source's settings say is next, and as what it is served there."""
    if before.candidate is not None:
        return before.candidate, "candidate"
    return before.stable, "stable"


def record_of(before: Standing, wanted: Record, role: str, recorded: Sequence[Record]) -> Record:
    """The record of a version that the source has served; a stable one may have been a candidate.

    Raises:
        Failure: it has not, or went back from it.
    """
    source, model = before.environment, before.model
    found = next((each for each in recorded if is_of(each, wanted)), None)
    if found is None:
        known = [named(each) for each in recorded]
        raise Failure(
            f"{source} has not served {model} {named(wanted)}\n"
            f"  got: {wanted['uri']}\n"
            f"  served there as {role}: {', '.join(known) or 'nothing'}\n"
            f"  fix: deploy it there first, `serving up --env {source} --only {model}`"
        )
    if "withdrawn" in found:
        raise Failure(
            f"{source} went back from {model} {named(wanted)} on {found['withdrawn']}\n"
            f"  fix: deploy it there again, if it is good after all"
        )
    if role == "candidate" and not found.get("percent"):
        raise Failure(
            f"{source} has deployed {model} {named(wanted)} as a candidate and sent it no request\n"
            f"  fix: raise canary_percent in {source}, `serving up`, and look at it"
        )
    return found


def is_of(record: Mapping[str, Any], wanted: Record) -> bool:
    """Whether a record is of what a file says: by what was asked, where a registry resolves it."""
    if "asked" not in record:
        return same(record, wanted)
    version = wanted["version"]
    return (
        record["asked"] == wanted["uri"]
        and version in {record["version"], ASKED_AT_PREVIEW}
        and record.get("image") == wanted.get("image")
    )


def written_as(record: Record) -> Record:
    """A version as a file names it: exactly, also where an alias led to it."""
    asked_for = str(record.get("asked", ""))
    try:
        reference = parse(asked_for) if asked_for else None
    except MalformedReferenceError:
        reference = None
    exact = reference is not None and not reference.moves
    return {**record, "uri": asked_for if exact else record["uri"]}


def refuse_without_reason(unmeasured: str | None) -> None:
    """An empty reason is none; raises `Failure`."""
    if unmeasured is not None and not unmeasured.strip():
        raise Failure("--unmeasured: got nothing; say why, in a sentence")


def refuse_misses(
    source: str,
    model: str,
    record: Record,
    objectives: Sequence[Objective],
    unmeasured: str | None,
) -> None:
    """A version that misses an objective stays; one of which nobody knows needs a reason.

    Raises:
        Failure: one of the two.
    """
    told = "\n".join(f"  {each}" for each in objectives)
    if any(each.verdict == "missed" for each in objectives):
        raise Failure(
            f"{model} {named(record)} does not keep its objectives in {source}\n{told}\n"
            f"  fix: find out why; `serving rollback {model} {source}` takes it back there"
        )
    if unmeasured is None and (
        not objectives or any(each.verdict != "kept" for each in objectives)
    ):
        raise Failure(
            f"whether {model} {named(record)} keeps its objectives in {source} is not measured\n"
            + (f"{told}\n" if told else "  nothing there asks about this model\n")
            + '  fix: name who measures it by --metrics, or say why not: --unmeasured "reason"'
        )
