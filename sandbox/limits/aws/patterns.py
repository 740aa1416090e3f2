r"""The patterns of AWS's models as Python reads them.

The models are written for Java's engine, and a service matches the whole value: SageMaker refuses
`a_b` by `^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}`, which finds a match at its beginning, and DynamoDB a
quoted name by `[a-zA-Z0-9_.-]+`. In Java `\w`, `\d` and `\s` are ASCII, in Python they are not.
"""

import functools
import re
import unicodedata
import warnings

__all__ = ["translated"]

# java.util.regex.Pattern: the classes that are not Unicode's categories are ASCII's.
_ASCII = {
    "w": "a-zA-Z0-9_",
    "d": "0-9",
    "s": r" \t\n\x0b\f\r",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Lower": "a-z",
    "Upper": "A-Z",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Space": r" \t\n\x0b\f\r",
    "ASCII": r"\x00-\x7f",
}
_PROPERTY = re.compile(r"\\([pP])(?:\{(?:Is)?(\w+)\}|([A-Z]))")
# Every character outside the first plane, as Java writes it in pairs of surrogates.
_ABOVE = re.compile(r"\\uD800\\uDC00-\\uDBFF\\uDFFF", re.IGNORECASE)
_TOKEN = re.compile(
    r"\\[pP](?:\{\w+\}|[A-Z])|\\x\{[0-9a-fA-F]+\}|\\U[0-9a-f]{8}|\\u[0-9a-fA-F]{4}"
    r"|\\x[0-9a-fA-F]{2}|\\.|.",
    re.DOTALL,
)
# Python's engine tries without end where they do not match.
_ENDLESS = frozenset(
    {
        r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*",
        r"^[ \t]*[^\x00-\x1F:\x7F]+([ \t]+[^\x00-\x1F:\x7F]+)*[ \t]*$",
        r"^[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*$",
        r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$",
        r"(?:[\._\-/#A-Za-z0-9]+|\$\{[A-Za-z]+(?:\.[A-Za-z]+){1,2}\})+",
        r"[ \t]*[\x20-\x7E]+([ \t]+[\x20-\x7E]+)*[ \t]*|(\$(\.[\w/_-]+(\[(\d+|\*)\])*)*)",
        r"[a-zA-Z](?:-?[a-zA-Z0-9]+)*",
        r"https://([.\-_a-zA-Z0-9]+/?){3,1016}",
    }
)
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "a": 7, "v": 11, "e": 27}
_LAST = 0x10FFFF
# Longer ones, of many categories, would cost more to read than they find.
_LONGEST = 8000


class _Unreadable(ValueError):  # noqa: N818 - never leaves this file
    """Python has no pattern of this meaning, or it is not certain what is meant."""


@functools.cache
def translated(pattern: str) -> str | None:
    """A pattern of Python's `re` that as a whole matches what the service takes.

    Args:
        pattern: As the model writes it.

    Returns:
        None where Python cannot say it, where what is meant is not certain, and where matching
        takes without end.
    """
    if pattern in _ENDLESS:
        return None
    try:
        found = _rewritten(pattern)
        with warnings.catch_warnings():
            # Such as a set within a set, which Java reads otherwise.
            warnings.simplefilter("error")
            re.compile(found)
    except (_Unreadable, re.error, Warning, OverflowError):
        return None
    return found if len(found) <= _LONGEST else None


def _rewritten(pattern: str) -> str:
    if pattern.startswith("/") and pattern.endswith("/"):
        # As other languages quote patterns, or meant so: not certain.
        raise _Unreadable(pattern)
    text = _ABOVE.sub(lambda _: r"\U00010000-\U0010ffff", pattern)
    # Groups with names.
    text = re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", text)
    out: list[str] = []
    members: list[str] | None = None  # Those of the set that is open.
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if members is None and piece == "[":
            members = []
        elif members is None:
            out.append(_outside(piece))
        elif piece == "]" and members not in ([], ["^"]):
            out.append(_set(members))
            members = None
        elif piece in ("[", "]"):
            # A set within a set to Java, a bracket to others.
            raise _Unreadable(pattern)
        else:
            members.append(piece)
    if members is not None:
        raise _Unreadable(pattern)
    return "".join(out)


def _outside(piece: str) -> str:
    name, negated = _named(piece)
    if name:
        return f"[{'^' if negated else ''}{_ranges(name)}]"
    if piece in (r"\Z", r"\z"):
        return r"\Z"
    if piece == ".":
        # Templates of many lines pass AppSync's `^.*$`: a line's end is a character like others.
        return r"[\s\S]"
    if piece == r"\\":
        # Most often a backslash too many, of a pattern that was quoted twice.
        raise _Unreadable(piece)
    if len(piece) > 1 and piece[1].isalpha() and piece[1] not in "AbB":
        return re.escape(chr(_code(piece)))
    return piece


def _set(members: list[str]) -> str:
    negated = members[0] == "^"
    parts = _parts(members[1:] if negated else members)
    if not negated and parts == ["^s"]:
        return f"[^{_ASCII['s']}]"
    names = {part for part in parts if isinstance(part, str)}
    if any(name[0] == "^" for name in names):
        points = set[int]().union(*(_points(part) for part in parts))
        found = _spelt(points) if len(points) <= _LAST else r"\s\S"
    else:
        # Python's \w is what Unicode calls letters and numbers, and the underscore.
        is_word = {"L", "N"} <= names and (ord("_"), ord("_")) in parts
        covered = {"L", "N", "w", "d"} if is_word else set[str]()
        found = "\\w" if is_word else ""
        for part in parts:
            if isinstance(part, tuple):
                found += "" if is_word and part == (ord("_"), ord("_")) else _range(*part)
            elif part not in covered:
                found += _ranges(part)
    return f"[{'^' if negated else ''}{found}]"


def _parts(members: list[str]) -> list[str | tuple[int, int]]:
    """Classes, a complement with `^` before its name, and ranges by code points."""
    if "&&" in "".join(members):
        raise _Unreadable(members)
    found: list[str | tuple[int, int]] = []
    at = 0
    while at < len(members):
        name, negated = _named(members[at])
        is_range = members[at + 1 : at + 2] == ["-"] and at + 2 < len(members)
        if name and is_range:
            # A hyphen after a class is itself to some engines and an error to others.
            raise _Unreadable(members)
        if name:
            found.append(f"^{name}" if negated else name)
            at += 1
        elif is_range:
            found.append((_code(members[at]), _code(members[at + 2])))
            at += 3
        else:
            found.append((_code(members[at]), _code(members[at])))
            at += 1
    return found


def _named(token: str) -> tuple[str, bool]:
    """The class that an escape stands for, and whether it is the complement; else an empty name."""
    if match := _PROPERTY.fullmatch(token):
        return match[2] or match[3], match[1] == "P"
    if len(token) == 2 and token[0] == "\\" and token[1] in "wdshWDSH":  # noqa: PLR2004
        return token[1].lower(), token[1].isupper()
    return "", False


def _code(token: str) -> int:
    """The code point that a character or an escape of one stands for."""
    if len(token) == 1:
        return ord(token)
    kind = token[1]
    if kind in "xuU" and len(token) > 2:  # noqa: PLR2004 - with digits
        code = int(token[2:].strip("{}"), 16)
        if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - half of a character
            raise _Unreadable(token)
        return code
    if kind.isalnum() and kind not in _CONTROLS:
        raise _Unreadable(token)
    return _CONTROLS.get(kind, ord(kind))


@functools.cache
def _ranges(name: str) -> str:
    """The members of a class, as they stand between brackets."""
    return _ASCII[name] if name in _ASCII else _spelt(_category(name))


@functools.lru_cache(maxsize=4)
def _points(part: str | tuple[int, int]) -> frozenset[int]:
    if isinstance(part, tuple):
        return frozenset(range(part[0], part[1] + 1))
    if part[0] == "^":
        return frozenset(range(_LAST + 1)) - _points(part[1:])
    if part in _ASCII:
        members = re.compile(f"[{_ASCII[part]}]")
        return frozenset(code for code in range(0x3001) if members.match(chr(code)))
    return frozenset(_category(part))


def _spelt(points: set[int] | frozenset[int]) -> str:
    spans: list[list[int]] = []
    for code in sorted(points):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(_range(low, high) for low, high in spans)


def _range(low: int, high: int) -> str:
    return _character(low) if low == high else f"{_character(low)}-{_character(high)}"


def _character(code: int) -> str:
    text = chr(code)
    if text.isascii():
        return f"\\{text}" if text in r"\]^-[&|~" else text if code >= 0x20 else f"\\x{code:02x}"  # noqa: PLR2004 - a space
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _category(name: str) -> set[int]:
    found = _categories().get(name)
    if found is None:
        raise _Unreadable(name)
    return found


@functools.cache
def _categories() -> dict[str, set[int]]:
    """Code points by general category and its first letter."""
    found: dict[str, set[int]] = {}
    for code in range(_LAST + 1):
        category = unicodedata.category(chr(code))
        found.setdefault(category, set()).add(code)
        found.setdefault(category[0], set()).add(code)
    return found
