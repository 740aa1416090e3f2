"""`serving status`: what is deployed, per model."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery import project, state
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.json_values import mapping
from delivery.table import columns, show, table, wrapped

SCHEMA_VERSION = 1
HEADS = ("model", "target", "version", "replicas", "canary", "slo", "owner", "url")
# What leaves the row of a narrow terminal, the longest first.
BELOW = ("url", "slo", "owner", "digest")
# As stacks/served.py and stacks/break_glass.py name them, whose import costs what settings do.
SERVED: Final = "served"
BREAK_GLASS: Final = "break_glass"
IN_FORCE: Final = "in_force"
# As people compare it: the beginning; JSON has all of it.
_DIGEST_CHARACTERS: Final = len("sha256:") + 12
_KINDS: Final = {"digest": "stable", "candidate_digest": "candidates"}


def status(environment: str, *, as_json: bool, plain: bool) -> int:
    """Print the deployed models of an environment."""
    folder = project.root()
    project.known_environment(folder, environment)
    resources = state.resources(folder, environment)
    found = state.from_state(resources)
    more = _Recorded(state.outputs(resources))
    if as_json:
        print(
            json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    "environment": environment,
                    "models": [
                        {
                            "name": item.model,
                            "url": item.url,
                            "endpoint_name": item.endpoint_name,
                            **item.status,
                            **more.of(item.model),
                        }
                        for item in found
                    ],
                },
                indent=2,
            )
        )
        return Exit.OK
    if not found:
        raise Failure(
            f"no model is deployed in {environment!r}\n  fix: run `serving up --env {environment}`",
            Exit.OK,
        )
    rows = [row(item) for item in found]
    digests = [str(more.of(item.model).get("digest") or "-") for item in found]
    heads, below = HEADS, BELOW[:-1]
    if any(each != "-" for each in digests):
        heads, below = (*HEADS[:-1], "digest", HEADS[-1]), BELOW
        for each, digest in zip(rows, digests, strict=True):
            each.insert(-1, digest[:_DIGEST_CHARACTERS])
    show(table(heads, rows, room=columns(sys.stdout), below=below), plain=plain)
    for item in found:
        if said := more.broken(item.model):
            print(wrapped(said, columns(sys.stdout)))
    return Exit.OK


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the stack's outputs have beside the components'."""

    outputs: Mapping[str, Any]

    def of(self, model: str) -> dict[str, Any]:
        """Digests of what is live, as far as the files say them, and a broken glass in force."""
        served = mapping(mapping(self.outputs.get(SERVED)).get(model))
        made: dict[str, Any] = {}
        for key, kind in _KINDS.items():
            live = [each for each in _list(served.get(kind)) if each.get("live")]
            if live and live[0].get("digest"):
                made[key] = live[0]["digest"]
        if glass := self._glass(model):
            made[BREAK_GLASS] = glass
        return made

    def broken(self, model: str) -> str:
        """A line for people; empty where no glass is broken."""
        glass = self._glass(model)
        if not glass:
            return ""
        rules = dict.fromkeys(str(each.get("rule")) for each in _list(glass.get("guardrails")))
        return (
            f"GLASS BROKEN for {model} by {glass.get('who')} at {glass.get('when')}: "
            f"{glass.get('reason')} ({', '.join(rules)})"
        )

    def _glass(self, model: str) -> dict[str, Any]:
        records = _list(mapping(self.outputs.get(BREAK_GLASS)).get(model))
        in_force = [dict(each) for each in records if each.get(IN_FORCE)]
        return in_force[0] if in_force else {}


def _list(value: object) -> Sequence[Mapping[str, Any]]:
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return [mapping(each) for each in listed]


def row(item: state.Deployed) -> list[str]:
    """One line of the table."""
    facts: dict[str, Any] = item.status
    candidate = facts.get("candidate_version")
    # A graph or a shared server has no version of its own, a model on one no replicas.
    version = str(facts.get("version", "-"))
    return [
        item.model,
        str(facts.get("target", "?")),
        f"{version} → {candidate}" if candidate else version,
        _range(facts.get("min_replicas"), facts.get("max_replicas")),
        _share(facts) if candidate else "none",
        str(facts.get("slo", "")),
        str(facts.get("owner", "")),
        item.url or "(not known yet)",
    ]


def _share(facts: dict[str, Any]) -> str:
    """What the file says; a share that somebody else walks is known to the live routes alone."""
    if facts.get("share_owner") == "rollout":
        return "a rollout's"
    return f"{_whole(facts.get('canary_percent', 0))} %"


def _range(low: object, high: object) -> str:
    return "-" if low is None and high is None else f"{_whole(low)}-{_whole(high)}"


def _whole(value: object) -> str:
    # The state keeps numbers as floats.
    return f"{value:g}" if isinstance(value, (int, float)) else "?"
