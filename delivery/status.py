"""`serving status`: what is deployed, per model."""

import json
import sys
from typing import Any

from delivery import project, state
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.table import columns, show, table

SCHEMA_VERSION = 1
HEADS = ("model", "target", "version", "replicas", "canary", "slo", "owner", "url")
# What leaves the row of a narrow terminal, the longest first.
BELOW = ("url", "slo", "owner")


def status(environment: str, *, as_json: bool, plain: bool) -> int:
    """Print the deployed models of an environment."""
    folder = project.root()
    project.known_environment(folder, environment)
    found = state.deployed(folder, environment)
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
    show(table(HEADS, rows, room=columns(sys.stdout), below=BELOW), plain=plain)
    return Exit.OK


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
