"""`serving env new`: an environment's file after the model of another one."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from delivery import engine, project
from delivery.asking import agreed
from delivery.disk import write_all_new
from delivery.editing.edit import Change, Remove, Set, edited
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.json_values import mapping
from stacks.settings.files import stack_file
from stacks.settings.load import load
from stacks.settings.problems import SettingsError, report
from stacks.settings.state_places import backend as wrong_backend
from stacks.settings.state_places import secrets_provider as wrong_provider
from stacks.settings.to_fill_in import CODE, fill_in
from stacks.settings.yaml_source import parse

__all__ = ["new"]

# As Pulumi takes names of stacks; a file's name too.
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,98}[a-z0-9])?")
_PROTECT: Final = ("config", "model-serving:protect")
_MAY_GO: Final = ("config", "model-serving:allow_deletion")
_TARGETS: Final = ("config", "model-serving:targets")
# Of the file's own encryption: another stack has another key.
_ENCRYPTION: Final = ("secretsprovider", "encryptedkey", "encryptionsalt")
# What says where something is: the same in another environment only if somebody says so.
_PLACES: Final = re.compile(
    r".*_(arn|arns|id|ids)|oidc_issuer_url|project|.*resource_group|network|subnetwork"
)
# What an environment serves of a model is decided by a promotion, not by its making.
_VERSIONS: Final = ("model", "candidate", "canary_percent")


def new(
    name: str,
    source: str,
    *,
    values: Sequence[str],
    backend: str | None,
    secrets_provider: str | None,
    init: bool,
    yes: bool,
) -> int:
    """Write the environment's file and its guardrails' configuration; say what is left to do.

    Raises:
        Failure: the name, an address or a value is wrong, or there is such an environment.
    """
    folder = project.root()
    project.known_environment(folder, source)
    files = _free(folder, name)
    _refuse_forms(backend, secrets_provider)
    said = _said(values)
    text = _settings(folder, source, name, said)
    written: dict[Path, bytes] = {files[0]: text}
    guardrails = folder / project.guardrails_file(source)
    if guardrails.is_file():
        written[files[1]] = _guardrails(guardrails)

    print(text.decode(), end="")
    if not (yes or agreed(f"Write {', '.join(map(str, written))}?", "--yes")):
        return Exit.CANCELLED
    write_all_new(folder, written)
    print(f"\nWritten: {', '.join(map(str, written))}", file=sys.stderr)
    left = _left(folder, name)
    if init:
        _init(folder, name, backend, secrets_provider)
    _tell(name, left, init=init, backend=backend, secrets_provider=secrets_provider)
    return Exit.OK


def _free(folder: Path, name: str) -> tuple[Path, Path]:
    if not _NAME.fullmatch(name):
        raise Failure(
            f"an environment is named by lower-case letters, digits and `-`, a letter first, at "
            f"most 100: got {name!r}"
        )
    files = Path(stack_file(name)), project.guardrails_file(name)
    for file in files:
        if (folder / file).exists():
            raise Failure(
                f"{file} is there already, and is not written over\n"
                f"  fix: take another name, or `serving check --env {name}` for what it lacks"
            )
    return files


def _refuse_forms(backend: str | None, provider: str | None) -> None:
    problems: list[str] = []
    if backend is not None and (use := wrong_backend(backend)):
        problems.append(f"--backend: got {backend!r}\n  allowed: {use}")
    if provider is not None and (use := wrong_provider(provider)):
        problems.append(f"--secrets-provider: got {provider!r}\n  allowed: {use}")
    if problems:
        raise Failure("\n".join(problems))


def _said(values: Sequence[str]) -> dict[tuple[str, ...], Any]:
    """The values given by `--set`, by their path below `model-serving:`."""
    found: dict[tuple[str, ...], Any] = {}
    for each in values:
        key, equals, value = each.partition("=")
        if not equals or not all(key.split(".")):
            raise Failure(
                f"--set: got {each!r}; use a path and a value: targets.aws.region=eu-west-1"
            )
        first, *rest = key.split(".")
        # As a file is read: an account of twelve digits, written without quotes, would be a number.
        read = parse(f"value: {value}\n".encode(), "--set").data.get("value")
        whole = isinstance(read, int) and rest and rest[-1].endswith("_id")
        found["config", f"model-serving:{first}", *rest] = value if whole else read
    return found


def _settings(folder: Path, source: str, name: str, said: Mapping[tuple[str, ...], Any]) -> bytes:
    file = stack_file(source)
    raw = (folder / file).read_bytes()
    data = parse(raw, file)
    if data.problems:
        raise Failure(report(data.problems))
    changes: list[Change] = [Remove((key,)) for key in _ENCRYPTION if key in data.data]
    config = mapping(data.data.get("config"))
    for path, value in _leaves(config, ("config",)):
        changes += _changed(path, value, source, name)
    models = mapping(config.get("model-serving:models"))
    changes += [
        Remove(("config", "model-serving:models", model, key))
        for model, entry in models.items()
        for key in _VERSIONS
        if key in mapping(entry)
    ]
    changes += [Set(path, value) for path, value in said.items()]
    return edited(raw, file, sorted(changes, key=lambda each: isinstance(each, Remove)))


def _changed(path: tuple[str, ...], value: object, source: str, name: str) -> Iterator[Change]:
    """A value of the source as it is in the new environment."""
    if _is_encrypted(value):
        # By the other stack's key.
        yield Remove(path)
    elif path == _MAY_GO or (path == _PROTECT and value is not True):
        # What may be lost there may not be lost here.
        yield Remove(path)
    elif path[:2] == _TARGETS and _PLACES.fullmatch(path[-1]):
        yield Set(path, fill_in(f"{path[-1]} of {name}"))
    elif isinstance(value, str) and (renamed := _renamed(value, source, name)) != value:
        yield Set(path, renamed)


def _renamed(value: str, source: str, name: str) -> str:
    """The text with the environment's name, where it is a word of it, in place of the source's."""
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(source)}(?![A-Za-z0-9])", name, value)


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    found = mapping(value)
    if set(found) == {"secure"}:
        yield path, found
        return
    for key, inner in found.items():
        if isinstance(inner, Mapping):
            yield from _leaves(cast("object", inner), (*path, str(key)))
        else:
            yield (*path, str(key)), inner


def _is_encrypted(value: object) -> bool:
    """Whether a value is a secret, or a list with one in it, which is nothing without it."""
    if isinstance(value, list):
        return any(map(_is_encrypted, cast("list[object]", value)))
    found = mapping(value)
    return set(found) == {"secure"} or any(map(_is_encrypted, found.values()))


def _guardrails(path: Path) -> bytes:
    """The source's configuration; its exemptions are for resources of its own."""
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "exemptions" in given:
        given["exemptions"] = {**given["exemptions"], "granted": []}
    return (json.dumps(given, indent=2) + "\n").encode()


def _left(folder: Path, name: str) -> str:
    """What is still to be filled in, or wrong."""
    try:
        load(folder, name)
    except SettingsError as error:
        if all(problem.code == CODE for problem in error.problems):
            lines = [f"  {each.place}: {each.key}" for each in error.problems]
            return "\n".join(["Still to be filled in; until then it is refused:", *lines])
        return report(error.problems)
    return ""


def _init(folder: Path, name: str, backend: str | None, provider: str | None) -> None:
    variables = {"PULUMI_BACKEND_URL": backend} if backend else {}
    flags = ["--secrets-provider", provider] if provider else []
    try:
        engine.make_stack(folder, name, flags, variables)
    except Failure as failure:
        raise Failure(
            f"the files are written, and the stack is not made: {failure}", failure.code
        ) from None


def _tell(
    name: str, left: str, *, init: bool, backend: str | None, secrets_provider: str | None
) -> None:
    lines = [left] if left else [f"serving check --env {name} finds nothing wrong."]
    if not init:
        before = f"PULUMI_BACKEND_URL='{backend}' " if backend else ""
        behind = f" --secrets-provider '{secrets_provider}'" if secrets_provider else ""
        lines.append(f"Next: {before}pulumi stack init {name}{behind}")
    lines.append(f"Then: serving preview --env {name}")
    print("\n".join(lines), file=sys.stderr)
