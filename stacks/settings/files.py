"""Which files there are: models by the names of their files, environments by theirs."""

import re
from pathlib import Path
from typing import Final

from facts.limits import MODEL_NAME_LENGTH
from stacks.settings.problems import Place, Problem, nearest, shown

MODELS_FOLDER: Final = Path("stacks/models")
_SUFFIXES: Final = (".yaml", ".yml")
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


def stack_file(environment: str) -> str:
    """Name of an environment's file in the project's root."""
    return f"Pulumi.{environment}.yaml"


def environments(root: Path) -> list[str]:
    """The environments that have a file, by name."""
    found = [path.name.split(".", 1)[1].rsplit(".", 1)[0] for path in root.glob("Pulumi.*.yaml")]
    return sorted(found)


def model_names(root: Path) -> list[str]:
    """The models that have a file, by name; not validated."""
    return sorted({path.stem for path in _model_files(root)})


def select(root: Path, only: str | None, problems: list[Problem]) -> dict[str, Path]:
    """The files to read, by model name; names that cannot be used or appear twice are problems."""
    files = _model_files(root)
    if only is not None:
        names = {path.stem for path in files}
        files = [path for path in files if path.stem == only]
        if not files:
            close = nearest(only, names)
            problems.append(
                Problem(
                    Place(MODELS_FOLDER.as_posix()),
                    "MS0108",
                    "",
                    f"there is no model {shown(only)}",
                    allowed=", ".join(sorted(names)),
                    nearest=close,
                )
            )
    chosen: dict[str, Path] = {}
    for path in files:
        name, place = path.stem, Place(str(path.relative_to(root)))
        if name in chosen:
            problems.append(
                Problem(
                    place,
                    "MS0005",
                    "",
                    f"a second file for the model {shown(name)}",
                    fix=f"keep this one or {chosen[name].name}, delete the other",
                )
            )
            continue
        if not _NAME.fullmatch(name) or len(name) > MODEL_NAME_LENGTH:
            problems.append(
                Problem(
                    place,
                    "MS0006",
                    "",
                    f"the file's name is the model's name: got {shown(name)}",
                    allowed="lower-case letters, digits and `-`, a letter first, at most "
                    f"{MODEL_NAME_LENGTH} characters (a DNS label with room for suffixes)",
                    fix=f"rename it, for example to {_label(name)}.yaml",
                )
            )
            continue
        chosen[name] = path
    return chosen


def _model_files(root: Path) -> list[Path]:
    folder = root / MODELS_FOLDER
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def _label(name: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:MODEL_NAME_LENGTH]
    return text.strip("-") or "my-model"
