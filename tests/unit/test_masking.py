"""Secret values are hidden however they are spelt, and nothing else is."""

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.masking import HIDDEN, Mask, leaves

SECRET = 'P@ss wörd/&<1>"é\\-canary-0123456789+'
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nkqhkiG9w0BAQEFAASCBKcwggSj\n-----"
SPELT = {
    "as it is": SECRET,
    "JSON": json.dumps(SECRET),
    "JSON with its letters": json.dumps(SECRET, ensure_ascii=False),
    "JSON in JSON": json.dumps(json.dumps({"a": SECRET})),
    "Go's JSON": json.dumps(SECRET)
    .replace("<", "\\u003c")
    .replace(">", "\\u003e")
    .replace("&", "\\u0026"),
    "Python": repr(SECRET),
    "XML": html.escape(SECRET),
    "a URL's path": urllib.parse.quote(SECRET),
    "a URL's parameter": urllib.parse.quote(SECRET, safe=""),
    "a form": urllib.parse.quote_plus(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of URLs": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "after a user": base64.b64encode(b"user:" + SECRET.encode()).decode(),
    "after another": base64.b64encode(b"admin:" + SECRET.encode() + b"\n").decode(),
    "cut off": SECRET[:25],
    "cut off early": f"{SECRET[:7]}…",
    "cut off with dots": f"{SECRET[:7]}...",
}


def shown(text: str, secret: str) -> str:
    """The longest run of the secret that a text still has, in any of its characters' spellings."""
    return max(
        (secret[i:j] for i in range(len(secret)) for j in range(i, len(secret) + 1)
         if secret[i:j] in text),
        key=len,
    )  # fmt: skip


@pytest.mark.parametrize("text", SPELT.values(), ids=SPELT)
def test_each_spelling_is_hidden(text: str) -> None:
    masked = Mask([SECRET]).text(f"before {text} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert HIDDEN in masked
    # What is left of base64 are characters that the secret shares with its neighbours.
    assert len(masked) <= len(f"before '{HIDDEN}' after") + 22
    assert len(shown(masked, SECRET)) <= 2


def test_longer_lines_of_a_secret_are_hidden_one_by_one() -> None:
    masked = Mask([KEY]).text(KEY.replace("\n", "\n    | "))
    assert "MIIE" not in masked
    assert "ggSj" not in masked
    assert Mask([KEY]).text(json.dumps({"key": KEY})) == f'{{"key": "{HIDDEN}"}}'


def test_what_is_in_a_secret_document_is_hidden() -> None:
    document = json.dumps({"user": "serving", "token": "canary-0123456789"})
    assert "canary" not in Mask([document]).text("token=canary-0123456789")


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        ("abc", "abc abc", "abc abc"),
        ("hunt", "hunt hunter hunt", f"{HIDDEN} hunter {HIDDEN}"),
        ("true", "true", "true"),
        ("5432", "port 5432", "port 5432"),
        ("", "nothing", "nothing"),
        ("longer-secret", "longer words are no secret", "longer words are no secret"),
    ],
)
def test_short_and_common_values_do_not_blank_out_what_is_not_secret(
    secret: str, text: str, masked: str
) -> None:
    assert Mask([secret]).text(text) == masked


def test_the_longest_of_values_that_begin_alike_is_hidden() -> None:
    mask = Mask(["https://user:pw@host/a", "https://user:pw@host/a/longer"])
    assert mask.text("to https://user:pw@host/a/longer, then") == f"to {HIDDEN}, then"
    assert mask.text("to https://user:pw@host/a, then") == f"to {HIDDEN}, then"


def test_the_beginning_of_a_secret_at_the_end_is_told() -> None:
    mask = Mask(["canary-0123456789"])
    assert mask.unfinished("say canary-01") == len("canary-01")
    assert mask.unfinished("say canary-02") == 0
    assert mask.unfinished("say can") == 0


@pytest.mark.parametrize("code", [0xDCFF, 0xD800], ids=["no UTF-8", "half of a pair"])
def test_what_is_no_unicode_is_hidden_too(code: int) -> None:
    """As a variable of the environment, or JSON, can have it."""
    secret = f"canary{chr(code)}-0123456789"
    assert Mask([secret]).text(f"say {secret}.") == f"say {HIDDEN}."


def test_leaves_are_texts_and_numbers() -> None:
    assert list(leaves({"a": ["x", 1, 2.5, True, None], "b": {"c": "y"}})) == ["x", "1", "2.5", "y"]


@given(
    st.text(min_size=8).filter(lambda text: len(text.strip()) >= 8 and not text.isdecimal()),
    st.text(max_size=50),
    st.text(max_size=50),
)
def test_no_secret_is_ever_left_whole(secret: str, before: str, after: str) -> None:
    masked = Mask([secret]).text(f"{before}{secret}{after}")
    assert secret.strip() not in masked.replace(HIDDEN, "\0")
