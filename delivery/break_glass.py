"""One update of one model goes on although mandatory guardrails stop it: with a reason, recorded.

A preview says which guardrails stop the model; the update gets an exemption for each of them, in a
configuration of the guardrails that is thrown away with the run. So the next update is stopped
again, and the project's own configuration is as it was. The program records it in the outputs.
"""

import getpass
import json
import os
import socket
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from delivery import engine, project
from delivery.disk import telling, write_whole
from delivery.exits import Exit
from delivery.failure import Failure
from stacks.break_glass import VARIABLE
from stacks.settings.files import model_names

__all__ = ["REPORTS", "VARIABLE", "Glass", "broken", "of_model", "unbroken"]

REPORTS: Final = Path(".out")
_CONFIGURATION: Final = "--policy-pack-config"
_OURS: Final = "model-serving:index:"
_COPY: Final = "serving:index:"
# Who started the run, where a pipeline did.
_ACTORS: Final = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Glass:
    """What an update is run with instead."""

    policy_flags: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@contextmanager
def unbroken(policy_flags: Sequence[str]) -> Generator[Glass]:
    """An update as any other."""
    yield Glass(policy_flags)


@contextmanager
def broken(
    folder: Path,
    environment: str,
    model: str | None,
    reason: str,
    *,
    flags: Sequence[str],
    policy_flags: Sequence[str],
    variables: Mapping[str, str],
) -> Generator[Glass]:
    """What lets this update of the model go on.

    `flags` and `variables` are those of the update itself.

    Raises:
        Failure: no reason, no model, or a guardrail stops what is not the model's.
    """
    model = _asked(model, reason, policy_flags)
    found = engine.stopping(folder, [*flags, *policy_flags], variables)
    others = model_names(folder)
    elsewhere = [each for each in found if not of_model(str(each["urn"]), model, others)]
    if elsewhere:
        raise Failure(
            f"guardrails stop what is not {model!r}'s, and glass is broken for it alone:\n"
            + "\n".join(f"  {each['said']}" for each in elsewhere),
            Exit.POLICY,
        )
    if not found:
        print("No mandatory guardrail stops this update: nothing is broken.", file=sys.stderr)
        yield Glass(policy_flags)
        return
    record = _record(environment, model, reason, found)
    _report(folder, record)
    with tempfile.TemporaryDirectory(prefix="serving-") as temporary:
        file = Path(temporary) / "guardrails.json"
        own = folder / project.guardrails_file(environment)
        given: dict[str, Any] = json.loads(own.read_text(encoding="utf-8")) if own.is_file() else {}
        file.write_text(json.dumps(_exempting(given, record)), encoding="utf-8")
        kept = list(policy_flags)
        if _CONFIGURATION in kept:
            at = kept.index(_CONFIGURATION)
            del kept[at : at + 2]
        said = {key: value for key, value in record.items() if key != "environment"}
        yield Glass([*kept, _CONFIGURATION, str(file)], {VARIABLE: json.dumps(said)})


def _asked(model: str | None, reason: str, policy_flags: Sequence[str]) -> str:
    if not reason.strip() or len(reason) > _LONGEST or not reason.isprintable():
        raise Failure(
            f"--break-glass: got {reason[:40]!r}; use a sentence on one line, of at most "
            f"{_LONGEST} characters, that says why"
        )
    if model is None:
        raise Failure("--break-glass is for one model\n  fix: name it by --only")
    if not policy_flags:
        raise Failure("--break-glass: no guardrails are asked\n  fix: leave --no-policies out")
    return model


def of_model(urn: str, model: str, models: Sequence[str]) -> bool:
    """Whether a resource is the model's: by its component's type, and a name that is nobody else's.

    Names of what belongs to a model begin with the model's, and a dash or a dot.
    """
    above, _, name = urn.rpartition("::")
    types = above.rpartition("::")[2]
    if not types.startswith((_OURS, _COPY)):
        return False
    owners = [each for each in models if name == each or name.startswith((f"{each}-", f"{each}."))]
    return bool(owners) and max(owners, key=len) == model


def _record(
    environment: str, model: str, reason: str, found: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "environment": environment,
        "model": model,
        "who": _who(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "reason": reason.strip(),
        "expires": "with this update",
        "guardrails": [
            {"rule": rule, "urn": urn}
            for rule, urn in dict.fromkeys((str(e["rule"]), str(e["urn"])) for e in found)
        ],
    }


def _who() -> str:
    for name in _ACTORS:
        if actor := os.environ.get(name):
            return actor
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def _exempting(given: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The environment's configuration with an exemption for each guardrail of the record."""
    exemptions = dict(given.get("exemptions") or {})
    # The file is gone long before; it is the engine's run that may go past midnight.
    last_day = (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011 - as the guardrails
    exemptions["granted"] = [
        *(exemptions.get("granted") or []),
        *(
            {
                **each,
                "reason": f"glass broken: {record['reason']}",
                "owner": record["who"],
                "expires": last_day,
            }
            for each in record["guardrails"]
        ),
    ]
    return {**given, "exemptions": exemptions}


def _report(folder: Path, record: Mapping[str, Any]) -> None:
    """Say it, and keep it beside the other reports."""
    name = f"break-glass-{record['environment']}-{record['model']}.json"
    text = json.dumps({"schema_version": 1, **record}, indent=2) + "\n"
    with telling(REPORTS / name):
        write_whole(folder / REPORTS / name, text.encode())
    lines = [
        f"GLASS BROKEN for {record['model']} in {record['environment']}, for this update alone",
        f"  by {record['who']} at {record['when']}: {record['reason']}",
        *(f"  {each['rule']}: {each['urn']}" for each in record["guardrails"]),
        f"  recorded in the stack's outputs and in {REPORTS / name}",
    ]
    print("\n".join(lines), file=sys.stderr)
