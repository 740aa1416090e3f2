"""`serving touched`: the environments and models that a change can reach, by what git says of it.

A preview costs an engine run for each environment; a change of documentation needs none, and one
of a model's file needs that model alone. What is not known to be without effect reaches everything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

import yaml

from delivery import git, project
from delivery.exits import Exit
from stacks.settings.files import MODELS_FOLDER, environments, model_names, stack_file

SCHEMA_VERSION: Final = 1
# What no deployment is made of. A folder that is not named here reaches everything.
_WITHOUT_EFFECT: Final = ("docs/", "tests/", "benchmarks/", ".github/", ".ci/")
_FILES_WITHOUT_EFFECT: Final = frozenset(
    {".gitignore", ".pre-commit-config.yaml", "LICENSE", "Makefile", "README.md"}
)
_MODELS: Final = "model-serving:models"


@dataclass(slots=True)
class Reach:
    """What a change reaches in one environment.

    `models` are named where they can be looked at one by one; with `everything` they cannot.
    """

    environment: str
    everything: bool = False
    models: set[str] = field(default_factory=set[str])
    because: set[str] = field(default_factory=set[str])

    def __bool__(self) -> bool:
        return self.everything or bool(self.models)


def touched(base: str, *, as_json: bool) -> int:
    """Print what a change since `base` reaches.

    Raises:
        Failure: no repository, or no such commit in it.
    """
    folder = project.root()
    found = reach(folder, base)
    if as_json:
        print(json.dumps(_as_json(base, found), indent=2))
        return Exit.OK
    reached = [each for each in found if each]
    for each in reached:
        what = "everything" if each.everything else ", ".join(sorted(each.models))
        print(f"{each.environment}: {what} ({', '.join(sorted(each.because))})")
    if not reached:
        print(f"nothing that is deployed changed since {base}")
    return Exit.OK


def reach(folder: Path, base: str) -> list[Reach]:
    """What a change since `base` reaches in each environment that there is now.

    Raises:
        Failure: no repository, or no such commit in it.
    """
    since = git.merge_base(folder, base)
    found = {name: Reach(name) for name in environments(folder)}
    for file in git.changed(folder, since):
        _add(folder, since, file, found)
    return list(found.values())


def _add(folder: Path, since: str, file: str, found: Mapping[str, Reach]) -> None:
    path = PurePosixPath(file)
    if file.startswith(_WITHOUT_EFFECT) or file in _FILES_WITHOUT_EFFECT:
        return
    if path.parent == PurePosixPath(MODELS_FOLDER) and path.suffix in {".yaml", ".yml"}:
        known = model_names(folder)
        for each in found.values():
            _reach_model(each, path.stem, file, known=known)
        return
    for each in found.values():
        if file == stack_file(each.environment):
            _reach_settings(folder, since, each, file)
            return
        if file == project.guardrails_file(each.environment).as_posix():
            _reach_everything(each, file)
            return
    if _is_of_one_environment(file):
        # Of an environment that is gone, or of one that has no file yet.
        return
    for each in found.values():
        _reach_everything(each, file)


def _is_of_one_environment(file: str) -> bool:
    path = PurePosixPath(file)
    if path.parent == PurePosixPath(project.guardrails_file("any").parent):
        return path.suffix == ".json"
    return path.match("Pulumi.*.yaml") and len(path.parts) == 1


def _reach_model(each: Reach, model: str, file: str, *, known: list[str]) -> None:
    each.because.add(file)
    # A model whose file is gone cannot be looked at alone: it leaves the stack.
    if model in known:
        each.models.add(model)
    else:
        each.everything = True


def _reach_everything(each: Reach, file: str) -> None:
    each.everything = True
    each.because.add(file)


def _reach_settings(folder: Path, since: str, each: Reach, file: str) -> None:
    """An environment's file: the models whose entries differ, or everything."""
    before = _configuration(git.text(folder, since, file))
    after = _configuration((folder / file).read_text(encoding="utf-8"))
    if before is None or after is None:
        _reach_everything(each, file)
        return
    models = [_models(before), _models(after)]
    if before != after:
        _reach_everything(each, file)
    known = model_names(folder)
    for name in sorted(models[0].keys() | models[1].keys()):
        if models[0].get(name) != models[1].get(name):
            _reach_model(each, name, file, known=known)


def _configuration(text: str | None) -> dict[str, Any] | None:
    """The keys of a stack's file; None where it cannot be read, which its own check tells."""
    if text is None:
        return None
    try:
        loaded: object = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(loaded, dict):
        return None
    return cast("dict[str, Any]", loaded)


def _models(stack: dict[str, Any]) -> dict[str, Any]:
    """The entries of the models, taken out of what is compared as a whole."""
    config: object = stack.get("config")
    if not isinstance(config, dict):
        return {}
    found: object = cast("dict[str, Any]", config).pop(_MODELS, None)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _as_json(base: str, found: list[Reach]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "base": base,
        "environments": [
            {
                "name": each.environment,
                "everything": each.everything,
                "models": sorted(each.models),
                "because": sorted(each.because),
            }
            for each in found
            if each
        ],
    }
