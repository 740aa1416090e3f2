"""The project that a command works on, its environments and models, without loading settings."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.files import MODELS_FOLDER, environments, model_names

GUARDRAILS: Final = Path("policies")


def root() -> Path:
    """The nearest folder upwards that holds Pulumi.yaml and model files; else this checkout."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / MODELS_FOLDER).is_dir():
            return folder
    return Path(__file__).resolve().parent.parent


def known_environment(folder: Path, name: str) -> str:
    """The name, when there is such an environment.

    Raises:
        Failure: names the nearest one.
    """
    return _known("environment", name, environments(folder), f"Pulumi.{name}.yaml")


def known_model(folder: Path, name: str) -> str:
    """The name, when there is such a model.

    Raises:
        Failure: names the nearest one.
    """
    return _known("model", name, model_names(folder), f"{MODELS_FOLDER.as_posix()}/{name}.yaml")


def _known(kind: str, name: str, names: Iterable[str], file: str) -> str:
    known = list(names)
    if name in known:
        return name
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"\n  did you mean: {close[0]}?" if close else ""
    raise Failure(
        f"there is no {kind} {name!r}{hint}\n  known: {', '.join(known) or 'none'}\n"
        f"  fix: name one of these, or add {file}"
    )


def read(folder: Path) -> Mapping[str, Any]:
    """What is in Pulumi.yaml.

    Raises:
        Failure: it is no YAML mapping.
    """
    try:
        found: object = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Failure(f"Pulumi.yaml cannot be read: {error}", Exit.CONFIGURATION) from None
    if not isinstance(found, dict):
        raise Failure("Pulumi.yaml is no mapping", Exit.CONFIGURATION)
    return cast("dict[str, Any]", found)


def program(folder: Path) -> Path | None:
    """Where Pulumi.yaml says that the program is; None where there is none."""
    path = folder / str(read(folder).get("main") or ".")
    return path if (path / "__main__.py").is_file() or path.suffix == ".py" else None


def guardrails_file(environment: str) -> Path:
    """Where the guardrails of an environment are configured, in the project's folder."""
    return GUARDRAILS / "config" / f"{environment}.json"


def name(folder: Path) -> str:
    """The Pulumi project's name."""
    for line in (folder / "Pulumi.yaml").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key == "name":
            return value.partition("#")[0].strip().strip("'\"")
    raise Failure("Pulumi.yaml has no name")
