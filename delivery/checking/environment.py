"""The program of the project, as the stack of one environment runs it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from delivery import project
from delivery.checking.answers import Answers
from delivery.checking.program import Program, ProgramError, Recording, record
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.only import ONLY, TARGETED
from stacks.settings.files import stack_file
from stacks.settings.load import Settings
from stacks.settings.platforms.known_offers import known_offers
from stacks.settings.yaml_source import read

__all__ = ["configuration", "recorded"]

_STORES: Final = (("aws", "s3"), ("gcp", "gs"), ("azure", "azureml"))


def recorded(folder: Path, path: Path, settings: Settings, only: str | None) -> Recording:
    """What the program registers for these settings.

    Raises:
        Failure: it ended with a failure of its own.
    """
    name = settings.environment
    config, secrets = _config(folder, name)
    program = Program(
        path,
        project.name(folder),
        name,
        config,
        secrets,
        {ONLY: only, TARGETED: only} if only else {},
    )
    targets = settings.site.targets
    store = next((scheme for cloud, scheme in _STORES if getattr(targets, cloud)), "s3")
    answers = Answers(known_offers(folder, settings.site, None), store)
    try:
        return record(program, answers)
    except ProgramError as error:
        if error.refused:
            raise Failure(str(error), Exit.CONFIGURATION) from None
        raise Failure(
            f"{name}: the program failed without an engine, so no guardrail has judged it\n"
            f"  {error}\n"
            f"  fix: see whether `serving preview --env {name}` says the same; "
            "`--no-guardrails` checks the settings alone",
            Exit.ERROR,
        ) from None


def configuration(folder: Path, environment: str) -> dict[str, Any]:
    """The guardrails' configuration of an environment; empty where there is none.

    Raises:
        Failure: it is no JSON object.
    """
    file = project.guardrails_file(environment)
    if not (folder / file).is_file():
        return {}
    shown = file.as_posix()
    try:
        found: object = json.loads((folder / file).read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failure(f"{shown}: no JSON: {error}", Exit.CONFIGURATION) from None
    if not isinstance(found, dict):
        raise Failure(f"{shown}: got no object", Exit.CONFIGURATION)
    return cast("dict[str, Any]", found)


def _config(folder: Path, environment: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The stack's configuration over the project's, as texts; and which keys are secret."""
    values: dict[str, Any] = {}
    for key, entry in _mapping(project.read(folder).get("config")).items():
        said = _mapping(entry)
        if "value" in said or "default" in said:
            values[key] = said.get("value", said.get("default"))
        elif not isinstance(entry, dict):
            values[key] = entry
    file = stack_file(environment)
    values |= _mapping(read(folder / file, file, empty_is_problem=False).data.get("config"))
    secrets = tuple(key for key, value in values.items() if "secure" in _mapping(value))
    return {
        # Nobody here can read a secret.
        key: "" if key in secrets else value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }, secrets


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
