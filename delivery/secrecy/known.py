"""The secret values that `serving` knows of a run: where each comes from, and what it costs.

| source | how | cost |
|---|---|---|
| environment | by the names of the variables | nothing |
| configuration | `pulumi config --show-secrets`, where the file has a secret | a command |
| state: what was secret before, of clouds too | `pulumi stack export --show-secrets` | a command |
| program, and what clouds answer it | the program tells; see told.py | nothing |

The commands run beside the engine's start. Whoever has read the state as it is kept, and seen that
nothing in it is encrypted, does without the last one.

Nothing is printed before all that was asked has been answered, or a minute has passed.
"""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import yaml

from delivery.secrecy.told import hearing
from facts.masking import Mask, leaves, unpacked, without_repeated_labels

__all__ = ["Engine", "Known", "in_environment", "knowing"]

# Pulumi's mark of a special value in a state, and its value for secrets.
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
# By the end of a variable's name; `…_FILE`, `…_ID` and `…_URL` are none.
_NAME: Final = re.compile(
    r"(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|ACCESS_?KEY|ACCOUNT_KEY"
    r"|PRIVATE_KEY|SIGNING_KEY|CONNECTION_STRING|SAS|IDENTITY_HEADER)$",
    re.IGNORECASE,
)
# Shorter ones of the environment are words as often as not: a passphrase `sandbox`.
_SHORTEST_OF_ENVIRONMENT: Final = 8
_OF_FILES: Final = ("--config-file", "--config-path")
_HAS_SECRETS: Final = re.compile(
    r"^\s*(?:-\s*)?['\"]?(?:secure|environment)['\"]?\s*:", re.MULTILINE
)
_SECONDS: Final = 60.0


@dataclass
class Known:
    """Secret values, more of which may come while they are looked for."""

    mask: Mask = field(default_factory=Mask)
    notes: list[str] = field(default_factory=list[str])
    """What could not be asked, and so is not hidden."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asking: list[threading.Thread] = field(default_factory=list[threading.Thread])

    @classmethod
    def of_environment(cls) -> "Known":
        """With the credentials of this process's environment."""
        known = cls()
        known.add(list(in_environment(os.environ)))
        return known

    def add(self, value: object) -> None:
        """A value of JSON: all texts and numbers in it are secret."""
        found = list(leaves(value))
        if isinstance(value, list | dict):
            # What makes a list or a map secret is one value of it; words beside it are none.
            found = [leaf for leaf in found if len(leaf) >= _SHORTEST_OF_ENVIRONMENT]
        with self._lock:
            self.mask.add(found)

    def text(self, text: str) -> str:
        """The text without any of them."""
        with self._lock:
            waited_for = list(self._asking)
        for asking in waited_for:
            asking.join(_SECONDS)
            if asking.is_alive():
                self.note(
                    f"the engine did not tell within {_SECONDS:.0f} s what is secret in the "
                    "configuration or the state, and serving has not hidden that above"
                )
        with self._lock:
            # Once: what hangs would make each later text wait as long. An answer is still taken.
            self._asking = [each for each in self._asking if each not in waited_for]
            return self.mask.text(text)

    def note(self, text: str) -> None:
        """Say once what could not be asked."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)

    def unfinished(self, text: str) -> int:
        """As the mask's."""
        with self._lock:
            return self.mask.unfinished(text)

    def ask(self, engine: "Engine", *, of_state: bool = True) -> None:
        """Ask the engine for what configuration and state hold; until then nothing is printed."""
        if not engine.stack:
            return
        questions = [_of_state] if of_state else []
        if _has_secrets(engine.configuration):
            questions.append(_of_configuration)
        for question in questions:
            thread = threading.Thread(target=question, args=(self, engine), daemon=True)
            thread.start()
            self._asking.append(thread)


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine in a project's folder, as a run's arguments have it."""

    pulumi: str
    folder: Path
    arguments: Sequence[str]

    @property
    def stack(self) -> str:
        """The stack of the run; empty where the engine chooses."""
        return _value(self.arguments, "--stack", "-s")

    @property
    def configuration(self) -> Path:
        """The stack's file."""
        named = _value(self.arguments, *_OF_FILES)
        return self.folder / (named or f"Pulumi.{self.stack.rpartition('/')[2]}.yaml")


@contextmanager
def knowing() -> Generator[tuple[Known, dict[str, str]]]:
    """What is secret in a run of the engine, and variables for it; `ask` for more.

    What could not be asked is said at the end of the run.
    """
    known = Known.of_environment()
    try:
        with hearing(known.add) as variables:
            yield known, variables
    finally:
        for note in known.notes:
            print(f"note: {note}", file=sys.stderr)


def in_environment(variables: Mapping[str, str]) -> Iterator[str]:
    """Values of variables that hold credentials by their name, and passwords in addresses."""
    for name, value in variables.items():
        if "://" in value:
            try:
                password = urllib.parse.urlsplit(value).password
            except ValueError:
                password = None
            if password and len(password) >= _SHORTEST_OF_ENVIRONMENT:
                yield password
                yield urllib.parse.unquote(password)
        # A path tells where something is.
        if (
            len(value) >= _SHORTEST_OF_ENVIRONMENT
            and _NAME.search(name)
            and not value.startswith(("/", "~", "http://", "https://"))
        ):
            yield value


def _of_state(known: Known, engine: Engine) -> None:
    exported = _asked(known, engine, "stack", "export", "--show-secrets")
    for value in _plain(exported):
        known.add(value)


def _of_configuration(known: Known, engine: Engine) -> None:
    file = engine.configuration
    asked = ("config", "--json", "--show-secrets", "--config-file", str(file))
    found = _asked(known, engine, *asked)
    secret: Any = _written(file)
    for key, entry in cast("dict[str, Any]", found or {}).items():
        if not isinstance(entry, Mapping):
            continue
        told = cast("Mapping[str, Any]", entry)
        value = told.get("objectValue", told.get("value"))
        if told.get("secret"):
            _add_secure(known, secret.get(key), unpacked(key.rpartition(":")[2], value))


def _add_secure(known: Known, written: object, value: object) -> None:
    """What the file has encrypted; of a key that it does not have, all."""
    if isinstance(written, Mapping) and set(cast("Mapping[str, Any]", written)) != {"secure"}:
        for key, each in cast("Mapping[str, Any]", written).items():
            if isinstance(value, Mapping):
                _add_secure(known, each, cast("Mapping[str, Any]", value).get(key))
    elif isinstance(written, list) and isinstance(value, list):
        pairs = zip(cast("list[object]", written), cast("list[object]", value), strict=False)
        for each, found in pairs:
            _add_secure(known, each, found)
    elif written is None or isinstance(written, Mapping):
        known.add(value)


def _asked(known: Known, engine: Engine, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """What the engine answers; None where it cannot, which it says itself when it runs."""
    done = subprocess.run(
        [engine.pulumi, *arguments, "--stack", engine.stack, "--non-interactive"],
        cwd=engine.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        if "passphrase" in done.stderr:
            known.note(
                "without the passphrase in PULUMI_CONFIG_PASSPHRASE (or …_FILE) serving cannot know"
                " the secrets of the state, and has not hidden them above"
            )
        return None
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def _plain(value: object) -> Iterator[object]:
    """The values of the secrets in a state that was exported with them."""
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        text = found.get("plaintext")
        if _SIGNATURE in found and isinstance(text, str):
            try:
                yield json.loads(text)
            except ValueError:
                yield text
            return
        for key, each in found.items():
            told = without_repeated_labels(found.get("type"), each) if key == "outputs" else each
            yield from (unpacked(key, secret) for secret in _plain(told))
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _plain(each)


def _has_secrets(file: Path) -> bool:
    try:
        return _HAS_SECRETS.search(file.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def _written(file: Path) -> dict[str, Any]:
    try:
        found: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    config = cast("dict[str, Any]", found).get("config") if isinstance(found, dict) else None
    return cast("dict[str, Any]", config) if isinstance(config, dict) else {}


def _value(arguments: Sequence[str], *names: str) -> str:
    for position, argument in enumerate(arguments):
        for name in names:
            if argument == name:
                return next(iter(arguments[position + 1 :]), "")
            if argument.startswith(f"{name}="):
                return argument.partition("=")[2]
    return ""
