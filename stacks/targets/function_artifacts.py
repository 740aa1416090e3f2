"""Packages that functions run, and models in them, looked at before anything is registered."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from facts.model_content.archives import TooLargeError
from facts.model_content.readable import LocalFile
from facts.model_content.why_unsafe import why_unsafe
from stacks.artifacts import folder, model_path, sha256
from stacks.settings.artifacts import versions
from stacks.settings.common import Artifact, Candidate
from stacks.settings.load import Settings
from stacks.settings.problems import Problem, shown

__all__ = ["not_as_meant"]

_PackageOf: TypeAlias = Callable[[Artifact | Candidate], Path]


def not_as_meant(  # noqa: PLR0917 - what is looked at, and who makes it
    root: Path, settings: Settings, name: str, package_of: _PackageOf, options: str, more: str = ""
) -> Iterator[Problem]:
    """Packages of a model that set-up has not made, and artifacts of other bytes than were meant.

    `options` are those of `python -m runtime.package`, and `more` a way out beside it where a model
    is of this machine.
    """
    for key, artifact in versions(settings.models[name]):
        is_here = artifact.uri.startswith("file:")
        package = package_of(artifact)
        path = model_path(root, artifact) if is_here else package
        missing = next((p for p in (path, package) if not p.is_file()), None)
        command = f".venv/bin/python -m runtime.package {options}"
        if missing is not None:
            yield Problem(
                settings.place(name, (key, "uri")),
                "MS0209",
                f"{key}.uri",
                f"{missing.relative_to(folder(root).parent)} is not in the cache",
                fix=f"put the model there and run `{command}`{more}"
                if is_here
                else f"run `{command} --without-model`",
            )
        elif is_here and (actual := sha256(path)) != artifact.digest:
            yield Problem(
                settings.place(name, (key, "digest")),
                "MS0211",
                f"{key}.digest",
                f"got {artifact.digest}, and the file has {actual}",
                fix="find out which of the two is meant before anything is deployed",
            )
        elif is_here and (unsafe := _unsafe(path)) is not None:
            yield Problem(
                settings.place(name, (key, "uri")),
                "MS0564",
                f"{key}.uri",
                f"got {shown(artifact.uri)}, and {unsafe}",
                allowed="an ONNX model, which is all that the function's runtime loads",
                fix=f"convert the model, put it there and run `{command}`",
            )


def _unsafe(path: Path) -> str | None:
    try:
        return why_unsafe(path.name, LocalFile(path), pickles=False)
    except TooLargeError as error:
        return f"{path.name} is packed: {error}"
