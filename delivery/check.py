"""`serving check`: settings and capabilities of all environments, without engine or SDK."""

import json
from typing import Any

from delivery import project
from delivery.exits import Exit
from stacks.settings.load import load
from stacks.settings.problems import Problem, SettingsError, report

SCHEMA_VERSION = 1


def check(environment: str | None, *, only: str | None, as_json: bool) -> int:
    """Print every problem once, whichever environments it appears in."""
    folder = project.root()
    names = [project.known_environment(folder, environment)] if environment else []
    names = names or project.environments(folder)
    if only is not None:
        project.known_model(folder, only)
    found: list[Problem] = []
    results: list[dict[str, Any]] = []
    for name in names:
        try:
            models = sorted(load(folder, name, only=only).models)
            problems: tuple[Problem, ...] = ()
        except SettingsError as error:
            models, problems = [], error.problems
        found += [problem for problem in problems if problem not in found]
        results.append(
            {
                "environment": name,
                "ok": not problems,
                "models": models,
                "problems": [problem.as_json() for problem in problems],
            }
        )
    code = Exit.CONFIGURATION if found else Exit.OK
    if as_json:
        print(
            json.dumps(
                {"schema_version": SCHEMA_VERSION, "ok": not found, "environments": results},
                indent=2,
            )
        )
    elif found:
        print(report(sorted(found)))
    else:
        for result in results:
            count = len(result["models"])
            print(f"ok  {result['environment']}: {count} model{'s' * (count != 1)}")
    return code
