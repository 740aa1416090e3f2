"""Safe access to a resource's properties: unknown, absent and secret values are values, not traps.

What arrives is Pulumi's wire form: plain JSON in which an unknown is one of seven marker strings
and a secret is an object with a signature. https://github.com/pulumi/pulumi/blob/master/sdk/go/
common/resource/plugin/rpc.go and .../resource/properties.go name both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret.
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_MARKERS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
_LONGEST_SHOWN: Final = 120
_SHAPES: Final[Mapping[type, str]] = {
    str: "a text",
    list: "a list",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


class _Marker:
    """One of two values that JSON does not have."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN: Final = _Marker("unknown until the update")
ABSENT: Final = _Marker("nothing")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that rules judge and messages never print."""

    value: object


class MalformedError(Exception):
    """A property has a shape that no rule can judge; the message never holds the value."""

    def __init__(self, path: str, found: str, expected: str) -> None:
        super().__init__(f"{path}: found {found}; expected {expected}")
        self.path, self.found, self.expected = path, found, expected


@dataclass(frozen=True, slots=True)
class Fault:
    """What one rule found at one place. `urn` only where a stack rule points at a resource."""

    path: str
    found: str
    expected: str
    urn: str = ""


def decode(wire: object) -> object:
    """Wire form to plain values: markers become UNKNOWN, signed objects become Secret."""
    # Most values are one of these, and asking an abstract class costs ten times as much.
    if wire is None or isinstance(wire, str | int | float):
        return UNKNOWN if wire in UNKNOWN_MARKERS else wire
    if isinstance(wire, Mapping):
        signed = cast("Mapping[str, object]", wire)
        signature = signed.get(SIGNATURE_KEY)
        if signature == SECRET_SIGNATURE:
            return Secret(decode(signed.get("value")))
        if signature == OUTPUT_SIGNATURE:
            inner = decode(signed["value"]) if "value" in signed else UNKNOWN
            return Secret(inner) if signed.get("secret") else inner
        return {key: decode(value) for key, value in signed.items()}
    if isinstance(wire, Sequence) and not isinstance(wire, bytes):
        return [decode(value) for value in cast("Sequence[object]", wire)]
    return wire


# Not frozen, as nothing else here changes one: that would make each three times as dear, and rules
# make hundreds of them for a resource.
@dataclass(slots=True)
class Property:
    """One place in a resource's properties, present or not.

    `unread` collects the paths of unknown values that somebody asked for, so that the frame knows
    when a rule could not decide.
    """

    path: str
    raw: object
    secret: bool = False
    unread: list[str] = field(default_factory=list[str])

    def get(self, *keys: str) -> "Property":
        """The property below; of an absent one absent, of an unknown one unknown."""
        here = self
        for key in keys:
            here = here._child(key)
        return here

    def _child(self, key: str) -> "Property":
        path = f"{self.path}.{key}" if self.path else key
        raw = self.raw
        if raw is ABSENT or raw is UNKNOWN:
            return Property(path, raw, self.secret, self.unread)
        return self._at(path, self._map().get(key))

    def _map(self) -> dict[str, object]:
        raw: object = self.raw
        if not isinstance(raw, dict):
            # Not the value: what should be a map of variables may be secret as a whole.
            raise MalformedError(self.path, _SHAPES.get(type(raw), "no map"), "a map")
        return cast("dict[str, object]", raw)

    def _at(self, path: str, value: object) -> "Property":
        secret = self.secret
        while isinstance(value, Secret):
            secret, value = True, value.value
        return Property(path, ABSENT if value is None else value, secret, self.unread)

    @property
    def unknown(self) -> bool:
        """The value is decided by the update. Asking is not judging: the rule has seen it."""
        return self.raw is UNKNOWN

    @property
    def absent(self) -> bool:
        """Nothing is set. False for an unknown value, which is noted as not judged."""
        self._note()
        return self.raw is ABSENT

    def _note(self) -> bool:
        if self.raw is UNKNOWN:
            self.unread.append(self.path)
            return True
        return False

    def items(self) -> "list[Property]":
        """The elements of a list; none where absent or unknown.

        An object stands for a list of one: Pulumi flattens lists that hold at most one element.
        """
        if self._note() or self.raw is ABSENT:
            return []
        raw: object = self.raw
        if isinstance(raw, dict):
            return [self]
        if not isinstance(raw, list):
            raise MalformedError(self.path, self.shown, "a list")
        return [
            self._at(f"{self.path}[{index}]", value)
            for index, value in enumerate(cast("list[object]", raw))
        ]

    def entries(self) -> "Iterator[tuple[str, Property]]":
        """The entries of a map; none where absent or unknown."""
        if self._note() or self.raw is ABSENT:
            return
        for key in self._map():
            yield key, self._child(key)

    def values(self) -> dict[str, object]:
        """The plain values of a map, secrets unwrapped, unknown ones as UNKNOWN; {} for no map.

        For values that are only looked at, such as tags: nothing counts as not judged.
        """
        raw: object = self.raw
        if not isinstance(raw, dict):
            return {}
        return {
            key: value.value if isinstance(value, Secret) else value
            for key, value in cast("dict[str, object]", raw).items()
        }

    def number(self) -> float | None:
        """A number, also where the wire has it as text. None: absent or unknown."""
        if self._note() or self.raw is ABSENT:
            return None
        if isinstance(self.raw, int | float) and not isinstance(self.raw, bool):
            return float(self.raw)
        if isinstance(self.raw, str):
            try:
                return float(self.raw)
            except ValueError:
                pass
        raise MalformedError(self.path, self.shown, "a number")

    def text(self) -> str | None:
        """A text. None: absent or unknown."""
        if self._note() or self.raw is ABSENT:
            return None
        if isinstance(self.raw, str):
            return self.raw
        raise MalformedError(self.path, self.shown, "a text")

    def says(self, *words: str) -> bool:
        """Whether it is one of these words, in capitals or not, as Azure takes them."""
        text = self.text()
        return text is not None and text.casefold() in {word.casefold() for word in words}

    def flag(self) -> bool | None:
        """A boolean, also where the wire has it as text. None: absent or unknown."""
        if self._note() or self.raw is ABSENT:
            return None
        if isinstance(self.raw, bool):
            return self.raw
        if self.raw in ("true", "false"):
            return self.raw == "true"
        raise MalformedError(self.path, self.shown, "true or false")

    @property
    def off(self) -> bool:
        """A boolean that is absent or false; an unknown one is not, and is noted."""
        return self.absent or self.flag() is False

    def plain(self) -> Any:  # noqa: ANN401 - JSON.
        """The value as it is, without checks; ABSENT and UNKNOWN are possible."""
        self._note()
        return self.raw

    @property
    def shown(self) -> str:
        """For messages: short, on one line, never a secret."""
        if self.secret or _holds_secret(self.raw):
            return "[secret]"
        return show(self.raw)

    @property
    def holds_secret(self) -> bool:
        """Whether it is a secret, or one is somewhere in it."""
        return self.secret or _holds_secret(self.raw)

    def fault(self, expected: str, found: str | None = None) -> Fault:
        """A finding here. `found` says it in other words, which a secret is never put into."""
        shown = self.shown if found is None or self.secret else found
        return Fault(self.path, shown, expected)


def _holds_secret(value: object) -> bool:
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(_holds_secret(inner) for inner in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(_holds_secret(inner) for inner in cast("list[object]", value))
    return False


def show(value: object) -> str:
    """A value for people: whole floats as integers, no control characters, at most 120 long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = (value or '""') if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
