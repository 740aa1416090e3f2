r"""Go's regular expressions as Python reads them.

A provider's validator looks for its pattern anywhere in the text (`MatchString`), so that one
without `^` and `$` allows anything around it. In Go `$` is the very end of the text, a class such
as `\w` is ASCII's, and `\s` has no vertical tab. Source: https://pkg.go.dev/regexp/syntax
"""

import functools
import re
import warnings

__all__ = ["forbidding", "translated"]

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r\ "}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r\ ",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
    "print": r"\ -~",
    "graph": "!-~",
}
_TOKEN = re.compile(
    r"\[:\w+:\]|\\x\{[0-9a-fA-F]+\}|\\x[0-9a-fA-F]{2}|\\[pP](?:\{\^?\w+\}|\w)|\\.|.", re.DOTALL
)
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_SPECIAL = frozenset("\\]^-[&|~")
# Repeated without end within what is repeated, where Go's engine is linear and Python's is not.
_NESTED = re.compile(r"[+*}]\)(?:[+*]|\{\d+,\d*\})")
_ENDLESS = frozenset(
    {
        r"^[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*$",
        r"^([^:*\/]+\/?)*[^:*\/]+$",
    }
)
_LONGEST = 4000


class _Unreadable(ValueError):  # noqa: N818 - never leaves this file
    """Python has no pattern of this meaning."""


@functools.cache
def translated(pattern: str) -> str | None:
    """A pattern of Python's that as a whole matches every text in which Go finds the given one.

    Returns:
        None where Python cannot say it, or would take long to say no.
    """
    inner = _python(pattern)
    if inner is None:
        return None
    if _is_whole(pattern):
        return inner[2:-2]
    return f"(?s:.*?)(?:{inner})(?s:.*)"


@functools.cache
def forbidding(patterns: tuple[str, ...]) -> str | None:
    """One pattern of Python's, to be searched for, of patterns that must not be in the text."""
    found = [_python(pattern) for pattern in patterns]
    known = [f"(?:{pattern})" for pattern in found if pattern is not None]
    return "|".join(known) if len(known) == len(found) else None


def _is_whole(pattern: str) -> bool:
    """Whether it is anchored at both ends, with nothing beside it."""
    if not pattern.startswith("^") or not pattern.endswith("$") or pattern.endswith(r"\$"):
        return False
    depth = 0
    in_set = False
    for piece in (match[0] for match in _TOKEN.finditer(pattern)):
        in_set = (in_set or piece == "[") and piece != "]"
        depth += (piece == "(") - (piece == ")") if not in_set else 0
        if piece == "|" and depth == 0 and not in_set:
            return False
    return True


@functools.cache
def _python(pattern: str) -> str | None:
    if pattern in _ENDLESS or _NESTED.search(pattern):
        return None
    try:
        found = _rewritten(pattern)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(found)
    except (_Unreadable, re.error, Warning, OverflowError):
        return None
    return found if len(found) <= _LONGEST else None


def _rewritten(pattern: str) -> str:
    if pattern.startswith("(?i)"):
        return f"(?i:{_rewritten(pattern.removeprefix('(?i)'))})"
    out: list[str] = []
    members: list[str] | None = None  # Those of the set that is open.
    for match in _TOKEN.finditer(pattern):
        piece = match[0]
        if members is None and piece.startswith("[:"):
            raise _Unreadable(pattern)  # A set that begins with a colon: rare.
        if members is None and piece == "[":
            members = []
        elif members is None:
            out.append(_outside(piece))
        elif piece == "]" and members not in ([], ["^"]):
            out.append(_set(members))
            members = None
        else:
            members.append(piece)
    if members is not None or "{," in pattern:
        raise _Unreadable(pattern)
    return "".join(out)


def _outside(piece: str) -> str:
    if piece == "^":
        return r"\A"
    if piece in ("$", r"\z"):
        return r"\Z"
    if len(piece) == 1 or piece in (r"\A", r"\b", r"\B"):
        if piece in (r"\b", r"\B"):
            raise _Unreadable(piece)  # Of ASCII's words in Go.
        return piece
    kind = piece[1]
    if kind.lower() in _CLASSES:
        return f"[{'^' if kind.isupper() else ''}{_CLASSES[kind.lower()]}]"
    return re.escape(chr(_code(piece)))


def _set(members: list[str]) -> str:
    negated = members[0] == "^"
    rest = members[1:] if negated else members
    found = ""
    at = 0
    while at < len(rest):
        piece = rest[at]
        if piece.startswith("[:"):
            name = piece[2:-2]
            if name not in _POSIX:
                raise _Unreadable(piece)
            found += _POSIX[name]
            at += 1
        elif len(piece) == 2 and piece[1] in _CLASSES:  # noqa: PLR2004 - an escape
            found += _CLASSES[piece[1]]
            at += 1
        elif piece == r"\S" and len(rest) == 1 and not negated:
            return f"[^{_CLASSES['s']}]"
        elif rest[at + 1 : at + 2] == ["-"] and at + 2 < len(rest):
            found += f"{_character(_code(piece))}-{_character(_code(rest[at + 2]))}"
            at += 3
        else:
            found += _character(_code(piece))
            at += 1
    return f"[{'^' if negated else ''}{found}]"


def _code(token: str) -> int:
    if len(token) == 1:
        return ord(token)
    kind = token[1]
    if kind == "x" and len(token) > 2:  # noqa: PLR2004 - with digits
        return int(token[2:].strip("{}"), 16)
    if kind in _CONTROLS:
        return _CONTROLS[kind]
    if kind.isascii() and not kind.isalnum():
        return ord(kind)
    raise _Unreadable(token)


def _character(code: int) -> str:
    text = chr(code)
    if text in _SPECIAL:
        return f"\\{text}"
    if text.isascii():
        return text if code > 0x20 else f"\\x{code:02x}"  # noqa: PLR2004 - a space
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits
