"""Hides secret values in text that others wrote, in all the ways in which messages spell them.

A value hides as it is, as JSON, Python, XML and URLs spell it, in base64 at any offset (as in
`Authorization: Basic`), each longer line of several, and cut off: a beginning of half its length,
or a shorter one before an ellipsis.
"""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

__all__ = ["HIDDEN", "SHORTEST", "Mask", "leaves", "unpacked", "without_repeated_labels"]

HIDDEN: Final = "[secret]"
SHORTEST: Final = 4
"""A shorter value is never hidden: it would blank out unrelated text."""

# Outputs that pulumi-gcp marks as secret in each resource. They repeat labels: what is secret of
# them is so too where it is set (`labels`, and `defaultLabels` of the provider); the rest are names
# of models and teams, and words that Google adds (`python312`).
_REPEATED_LABELS: Final = frozenset({"effectiveLabels", "pulumiLabels"})
_GOOGLE_CLOUD: Final = "gcp:"
# A map that a provider's inputs have as text.
_DEFAULT_LABELS: Final = "defaultLabels"

# A shorter one is hidden only where it stands by itself, as words do.
_ALONE: Final = 8
# By this many characters a value that was cut off is known; and of a long one by no more than this.
_CUT, _CUT_AT_MOST = 12, 32
# Lines of a value of several that are not worth hiding: `apiVersion: v1`.
_LINE: Final = 16
# In these the way in which a text is written says nothing, and they are everywhere.
_NO_SECRET: Final = re.compile(r"true|false|null|none|undefined|\d{1,7}", re.IGNORECASE)
_ELLIPSIS: Final = re.compile(r"…|\.\.\.")


class Mask:
    """Hides values that are known to be secret; more may be told at any time."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        # The longest first: one may begin as another, shorter one does.
        self._forms: list[str] = []
        self._whole: re.Pattern[str] | None = None
        # By the beginning by which it is known when it was cut off.
        self._cut: dict[str, list[str]] = {}
        self._lengths: set[int] = set()
        self._beginnings: re.Pattern[str] | None = None
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Hide these too."""
        new = set(values) - self._values
        spelt = {form for value in new for part in _parts(value) for form in _forms(part)}
        self._values |= new
        if not spelt.difference(self._forms):
            return
        self._forms = sorted(spelt.union(self._forms), key=lambda form: (-len(form), form))
        self._whole = re.compile("|".join(map(_expression, self._forms)))
        self._cut = {}
        for form in self._forms:
            least = min(_CUT_AT_MOST, max(_CUT, len(form) // 2))
            if least < len(form):
                self._cut.setdefault(form[:least], []).append(form)
        self._lengths = {len(each) for each in self._cut}
        starts = sorted(self._cut, key=lambda start: (-len(start), start))
        self._beginnings = re.compile("|".join(map(re.escape, starts))) if starts else None

    def text(self, text: str) -> str:
        """The text with `[secret]` in place of each."""
        if self._whole is None:
            return text
        return self._before_ellipses(self._beginnings_hidden(self._whole.sub(HIDDEN, text)))

    def unfinished(self, text: str, *, longest: int = 512) -> int:
        """How many of the last characters could be the beginning of a secret, four at least."""
        tail = text[-longest:]
        found = 0
        for form in self._forms:
            if len(form) < _ALONE:
                continue
            start = tail.find(form[:SHORTEST])
            while start >= 0:
                left = tail[start:]
                if len(left) < len(form) and form.startswith(left):
                    found = max(found, len(left))
                    break
                start = tail.find(form[:SHORTEST], start + 1)
        return found

    def _beginnings_hidden(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        while self._beginnings and (found := self._beginnings.search(text, position)):
            start = found.start()
            forms = [form for n in self._lengths for form in self._cut.get(found[0][:n], ())]
            parts += [text[position:start], HIDDEN]
            position = start + max(_common(text, start, form) for form in forms)
        return "".join([*parts, text[position:]])

    def _before_ellipses(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        for cut in _ELLIPSIS.finditer(text):
            before = text[position : cut.start()]
            hidden = max((_overlap(before, form) for form in self._forms), default=0)
            parts += [before[: len(before) - hidden], HIDDEN if hidden else "", cut[0]]
            position = cut.end()
        return "".join([*parts, text[position:]])


def leaves(value: object) -> Iterator[str]:
    """Texts, and numbers as text, below a value of JSON; a boolean tells nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield f"{value:.17g}" if isinstance(value, float) else str(value)
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, object]", value).values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in cast("list[object]", value):
            yield from leaves(item)


def without_repeated_labels(resource_type: object, outputs: object) -> object:
    """Outputs of a resource without those that only repeat, as secrets, what is set elsewhere."""
    if not (str(resource_type).startswith(_GOOGLE_CLOUD) and isinstance(outputs, Mapping)):
        return outputs
    found = cast("Mapping[str, object]", outputs)
    return {key: value for key, value in found.items() if key not in _REPEATED_LABELS}


def unpacked(key: str, secret: object) -> object:
    """A secret input of this name with the values in it, where a provider has them as one text."""
    if key != _DEFAULT_LABELS or not isinstance(secret, str):
        return secret
    try:
        found: object = json.loads(secret)
    except ValueError:
        return secret
    return [secret, cast("object", found)] if isinstance(found, Mapping) else secret


def _parts(value: str) -> Iterator[str]:
    """The value, what is in it when it is JSON itself, and its longer lines."""
    value = value.strip()
    if len(value) < SHORTEST or _NO_SECRET.fullmatch(value):
        return
    yield value
    if value[:1] in {"{", "["}:
        try:
            inner: object = json.loads(value)
        except ValueError:
            inner = None
        for leaf in leaves(inner):
            if len(leaf) >= _LINE:
                yield from _parts(leaf)
    lines = value.splitlines()
    if len(lines) > 1:
        for line in lines:
            if len(line.strip()) >= _LINE:
                yield line.strip()


def _forms(secret: str) -> Iterator[str]:
    yield secret
    if len(secret) < _ALONE:
        return
    escaped = json.dumps(secret)[1:-1]
    yield escaped
    yield json.dumps(escaped)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    # As Go's encoder writes what HTML could take for markup.
    yield re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", escaped)
    yield repr(secret)[1:-1]
    yield " ".join(secret.split())
    yield html.escape(secret)
    octets = _octets(secret)
    yield urllib.parse.quote(octets, safe="")
    yield urllib.parse.quote(octets)
    yield urllib.parse.quote_plus(octets)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # What lies before and after shares its first and last characters.
            text = encode(bytes(offset) + octets).decode().rstrip("=")
            end = len(text) - ((offset + len(octets)) % 3 > 0)
            yield text[-(-offset * 4 // 3) : end]


def _octets(text: str) -> bytes:
    try:
        # What Python reads of a variable's octets that are no UTF-8.
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        # JSON can write half of a pair: "\\ud800".
        return text.encode(errors="surrogatepass")


def _expression(form: str) -> str:
    if len(form) < _ALONE:
        return rf"(?<![\w.]){re.escape(form)}(?![\w.])"
    return re.escape(form)


def _common(text: str, start: int, form: str) -> int:
    """How many characters from there are those of the form."""
    length = 0
    for ours, theirs in zip(form, text[start : start + len(form)], strict=False):
        if ours != theirs:
            break
        length += 1
    return length


def _overlap(text: str, form: str) -> int:
    """How long a beginning of the form the text ends with, four characters at least."""
    for length in range(min(len(form), _CUT_AT_MOST, len(text)), SHORTEST - 1, -1):
        if text.endswith(form[:length]):
            return length
    return 0
