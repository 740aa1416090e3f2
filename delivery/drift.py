"""`serving drift`: what somebody changed at the vendor since the last update; nothing is changed.

The engine reads every resource of the stack again (`pulumi refresh --preview-only`). Only the
places of the properties are told: a value that was changed by hand may be a secret.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from delivery import engine, of_others, project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.json_values import mapping
from delivery.reporting.whose import Whose, kind_of
from delivery.urn import type_of
from stacks.settings.files import model_names

SCHEMA_VERSION: Final = 1
FORMATS: Final = ("text", "json", "markdown")
# What the engine does with a resource that it read, when something differs.
_GONE: Final = "delete"
_CHANGED: Final = "update"


@dataclass(frozen=True, slots=True)
class Drifted:
    """A resource that is not as it was left; without `paths` it is gone."""

    urn: str
    model: str | None
    paths: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Such as `Endpoint`."""
        return kind_of(type_of(self.urn))

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


def drift(environment: str, *, form: str) -> int:
    """Print what drifted; the exit code is 7 when something did.

    Raises:
        Failure: no such environment or format; the engine cannot read the stack.
    """
    if form not in FORMATS:
        raise Failure(f"there is no format {form!r}\n  known: {', '.join(FORMATS)}")
    folder = project.root()
    project.known_environment(folder, environment)
    print(f"Reading what is live in {environment} …", file=sys.stderr)
    asked = ("refresh", "--preview-only", "--json", "--non-interactive", "--stack", environment)
    found = drifted(_steps(engine.read(folder, asked)), model_names(folder))
    print("\n".join(_FORMS[form](environment, found)))
    return Exit.CHANGES if found else Exit.OK


def drifted(steps: Sequence[Mapping[str, Any]], models: Iterable[str]) -> list[Drifted]:
    """What differs by the steps of a refresh, by model, what is of no model last."""
    whose = Whose((_state(each) for each in steps), tuple(models))
    found: list[Drifted] = []
    for each in steps:
        urn = str(each.get("urn"))
        if of_others.only_reads(urn):
            continue
        if each.get("op") == _GONE:
            found.append(Drifted(urn, whose(urn), ()))
        elif each.get("op") == _CHANGED:
            said = [str(path) for path in each.get("detailedDiff") or each.get("diffReasons") or ()]
            paths = of_others.without(_state(each), said)
            if paths or not said:
                found.append(Drifted(urn, whose(urn), tuple(sorted(paths)) or ("(all)",)))
    return sorted(found, key=lambda each: (each.model is None, each.model or "", each.urn))


def _state(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(step.get("oldState") or step.get("newState"))


def _steps(read: object) -> list[dict[str, Any]]:
    if isinstance(read, dict) and "steps" in read:
        return cast("dict[str, list[dict[str, Any]]]", read)["steps"] or []
    raise Failure("pulumi said nothing of what it read", Exit.ERROR)


def _text(environment: str, found: Sequence[Drifted]) -> list[str]:
    if not found:
        return [f"{environment}: everything is as the last update left it"]
    lines = [f"{environment}: {_count(found)} not as the last update left it"]
    for model, resources in _by_model(found):
        lines.append(f"  {model}")
        for each in resources:
            said = f"changed: {', '.join(each.paths)}" if each.paths else "gone"
            lines.append(f"    {'~' if each.paths else '-'} {each.kind} {each.name}: {said}")
    return [*lines, f"  go on: {_way_out(environment)}"]


def _markdown(environment: str, found: Sequence[Drifted]) -> list[str]:
    if not found:
        return [f"`{environment}`: everything is as the last update left it."]
    lines = [f"**`{environment}`: {_count(found)} not as the last update left it.**", ""]
    lines += ["| model | resource | what |", "|---|---|---|"]
    for model, resources in _by_model(found):
        for each in resources:
            said = "changed: " + ", ".join(map(_code, each.paths)) if each.paths else "**gone**"
            lines.append(f"| {_code(model)} | {each.kind} {_code(each.name)} | {said} |")
    return [*lines, "", f"To go on: {_way_out(environment, mark='`')}."]


def _json(environment: str, found: Sequence[Drifted]) -> list[str]:
    resources = [
        {
            "model": each.model,
            "urn": each.urn,
            "what": "changed" if each.paths else "gone",
            "paths": list(each.paths),
        }
        for each in found
    ]
    told = {"schema_version": SCHEMA_VERSION, "environment": environment, "resources": resources}
    return [json.dumps(told, indent=2)]


_FORMS: Final = {"text": _text, "json": _json, "markdown": _markdown}


def _by_model(found: Sequence[Drifted]) -> list[tuple[str, list[Drifted]]]:
    groups: dict[str, list[Drifted]] = {}
    for each in found:
        groups.setdefault(each.model or "(platform)", []).append(each)
    return list(groups.items())


def _count(found: Sequence[Drifted]) -> str:
    return "1 resource is" if len(found) == 1 else f"{len(found)} resources are"


def _way_out(environment: str, *, mark: str = "") -> str:
    up = f"{mark}serving up --env {environment} -- --refresh{mark}"
    return f"{up} puts back what the files say; or write the change into the files first"


def _code(text: str) -> str:
    """Text of a cloud in a cell: no way out of its quotes, and no cell more."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"
