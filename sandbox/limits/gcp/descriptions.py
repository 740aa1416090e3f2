"""Bounds that Google's API descriptions state in fixed words; anything looser is not read.

A sentence counts only if it is one of the forms below and has no condition, no exception and no
unit other than the field's own. What is stated twice and differently does not count at all.
"""

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["bounds", "words"]

_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"
_TO = r"\s*(?:to|and|through|-)\s*"
_UNITS = r"minutes|hours|days|weeks|GB|GiB|MB|MiB|KB|KiB|bytes|if\b|for\b|when\b"
_END = rf"(?=$|[.;,)]?(?:$|\s(?!{_UNITS})))"
_RANGES = (
    rf"must be(?: a value| a number| an integer)? (?:between|from) {_NUMBER}{_TO}{_NUMBER}",
    rf"in the range(?: of)? {_NUMBER}{_TO}{_NUMBER}",
    rf"(?:in|within) the range(?: of)? ?\[{_NUMBER}, ?{_NUMBER}\]",
    rf"(?:can be|is) a (?:value|number) between {_NUMBER}{_TO}{_NUMBER}",
    rf"(?:valid|acceptable|allowed) (?:range|values?)(?: is| are|:) {_NUMBER}{_TO}{_NUMBER}",
    rf"percentage of [\w ]+ between {_NUMBER}{_TO}{_NUMBER}%",
)
_LEAST = (
    rf"minimum (?:allowed )?value(?: for this field)?(?: allowed)? is {_NUMBER}",
    rf"must be (?:greater than or equal to|at least|>=) {_NUMBER}",
    rf"cannot be less than {_NUMBER}",
)
_MOST = (
    rf"maximum (?:allowed )?value(?: for this field)?(?: allowed)? is {_NUMBER}",
    rf"must be (?:less than or equal to|at most|<=) {_NUMBER}",
    rf"(?:cannot|must not) (?:be (?:more|greater) than|exceed) {_NUMBER}",
)
# Of google.type.Date and google.type.TimeOfDay, whose texts are the same in every API.
# https://github.com/googleapis/googleapis/tree/master/google/type
_PARTS_OF_TIME = {
    "Year of the date.": 9999,
    "Month of a year.": 12,
    "Day of a month.": 31,
    "Hours of a day in 24 hour format.": 24,
    "Minutes of an hour.": 59,
    "Minutes of hour of day.": 59,
    "Seconds of a minute.": 60,
    "Seconds of minutes of the time.": 60,
    "Fractions of seconds, in nanoseconds.": 999_999_999,
    "Fractions of seconds in nanoseconds.": 999_999_999,
}
_COUNT = re.compile(
    r"((optional|required)\. )?((specifies )?the )?((maximum|minimum|total|max|min) )*number of\b",
    re.IGNORECASE,
)
# Words that a text lists after one of these, quoted or at the start of each item.
_WORDS = re.compile(
    r"(?:following values are allowed\.|(?:allowed|possible|valid) values are:"
    r"|in following scopes:)((?: \* (?:\"[\w-]+\"|[a-z-]+(?=:| )).*?)+)$",
    re.IGNORECASE,
)
_WORD = re.compile(r" \* (?:\"([\w-]+)\"|([a-z-]+))(?=:| )")
_LENGTHS = (
    r"(?:be|is|contain|have|long:) (?:between )?(\d+)(?:-| to | and )(\d+) characters",
    r"length (?:must be|of) (?:between )?(\d+)(?:-| to | and )(\d+) characters",
)
_LONGEST = (
    r"up to (\d+) (?:\S+-8 |unicode |ascii )?characters",
    r"(?:no more|not more|no longer) than (\d+) (?:utf-8 |unicode )?characters",
    r"at most (\d+) (?:utf-8 |unicode )?characters",
    r"(?:must|can|may) ?not exceed (\d+) (?:utf-8 |unicode )?characters",
    r"maximum (?:character )?length (?:is|of) (\d+) (?:utf-8 |unicode )?characters",
    r"has a (\d+)-character limit",
    r"limited to (?:a maximum of )?(\d+) (?:utf-8 |unicode )?characters",
    r"must be (\d+) characters or (?:less|fewer)",
)
_SHORTER = (r"(?:fewer|less) than (\d+) characters",)
_CONDITION = re.compile(
    r"\b(if|when|unless|sum|total|combined|each|otherwise|octal|except for|labels?|keys?|recommend"
    r"|default (?:is|value)|where|should|typically|or 0|a URL|valid ports|coerced)\b",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(
    r"(?:match(?:es)?|matching|follow|comply with|conform to|satisfy)(?: the)?(?: following)?"
    r"(?: regular ?expression| regex| pattern)s?:? ?[`']([^`']+)[`']",
    re.IGNORECASE,
)
# A range of letters, which is none outside of brackets.
_RANGE = re.compile(r"a-z|A-Z|0-9")
# Bounds that hold for one kind of disk are stated of all.
_ONE_KIND = "Extreme persistent disk"
# https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1 in lower case, as Compute Engine reads it.
_RFC1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_RFC1123 = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def bounds(text: str, *, number: bool) -> dict[str, Any]:
    """What is stated of a field's value.

    Returns:
        `minimum` and `maximum` of a number; `min_length`, `max_length` and `pattern` of a text.
    """
    plain = re.sub(r"\s+", " ", text)
    return dict(_numbers(plain) if number else _texts(plain))


def words(text: str) -> tuple[str, ...]:
    """The allowed words that a text lists, each as an item of its own; none if it lists none."""
    plain = " ".join(text.split())
    listed = _WORDS.search(f"{plain} ")
    return tuple(quoted or plain for quoted, plain in _WORD.findall(listed[1])) if listed else ()


def _numbers(text: str) -> Iterator[tuple[str, Any]]:
    if _ONE_KIND in text:
        return
    for start, most in _PARTS_OF_TIME.items():
        if text.startswith(start):
            yield from (("minimum", 0.0), ("maximum", float(most)))
            return
    low, high = _pairs(text, _RANGES)
    if low is None:
        low, high = _one(text, _LEAST), _one(text, _MOST)
    if low is None and _COUNT.match(text) and "-1" not in text:
        low = 0.0
    if low is not None:
        yield "minimum", low
    if high is not None:
        yield "maximum", high


def _texts(text: str) -> Iterator[tuple[str, Any]]:
    if re.search(r"projects/|folders/|organizations/|URL of", text):
        return  # The whole name, of which an input may be the end only, or the other way round.
    low, high = _pairs(text, _LENGTHS)
    if high is None:
        high = _one(text, _LONGEST)
    if high is None and (shorter := _one(text, _SHORTER)) is not None:
        high = shorter - 1
    pattern = _pattern(text)
    if low is not None:
        yield "min_length", int(low)
    if high is not None:
        yield "max_length", int(high)
    elif pattern == _RFC1123:
        yield "max_length", 63
    if pattern:
        yield "pattern", pattern


def _pattern(text: str) -> str:
    found = set(_EXPRESSION.findall(text))
    if not found and not re.search(r"\bor\b[^.]*\b(URL|URI|IP)\b", text):
        if re.search(r"must be 1-63 characters long,? and comply with ?RFC ?1035\.?$", text):
            return _RFC1035
        if re.search(r"specified as a DNS_LABEL \(RFC 1123\)", text):
            return _RFC1123
    if len(found) != 1:
        return ""
    # A full stop behind it ends the sentence.
    pattern = re.sub(r"\?\.$", "?", found.pop().strip()).removeprefix("^").removesuffix("$")
    return pattern if _is_whole(pattern) and _compiles(pattern) else ""


def _is_whole(pattern: str) -> bool:
    """Whether a pattern came into the document as it was written, and is one of a whole input.

    A slash is part of a resource's whole name, of which an input may be the end only; brackets get
    lost on the way; Python knows no classes such as `[:space:]`.
    """
    outside = re.sub(r"\[[^\]]*\]", "", pattern)
    lost = outside == pattern or _RANGE.search(outside)
    return not lost and not re.search(r"/|\\\\|\[:", pattern)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.:;])\s+(?=[A-Z*-])", text)
    return [part for part in parts if not _CONDITION.search(part)]


def _pairs(text: str, forms: tuple[str, ...]) -> tuple[float | None, float | None]:
    found = {
        (_float(match[1]), _float(match[2]))
        for sentence in _sentences(text)
        for form in forms
        for match in re.finditer(form + _END, sentence, re.IGNORECASE)
    }
    return found.pop() if len(found) == 1 else (None, None)


def _one(text: str, forms: tuple[str, ...]) -> float | None:
    found = {
        _float(match[1])
        for sentence in _sentences(text)
        for form in forms
        for match in re.finditer(form + _END, sentence, re.IGNORECASE)
    }
    return found.pop() if len(found) == 1 else None


def _float(text: str) -> float:
    return float(text.replace(",", ""))
