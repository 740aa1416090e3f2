"""Sends one HTTP request, by another address where the host itself is out of reach."""

import http.client
import os
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked

__all__ = ["VIA", "post"]

# Scheme, host and port that requests are sent to, with the deployed URL's own host in them.
VIA: Final = "MODEL_SERVING_INVOKE_VIA"


class _AsItIs(urllib.request.HTTPErrorProcessor):
    """Every status is an answer; and a request with credentials follows no redirect."""

    def http_response(
        self,
        request: urllib.request.Request,  # noqa: ARG002 - as inherited
        response: http.client.HTTPResponse,
    ) -> http.client.HTTPResponse:
        return response

    https_response = http_response


def post(asked: Asked, url: str, headers: Mapping[str, str], *, unreachable: str = "") -> Answer:
    """Send the body to a URL.

    Raises:
        Failure: Nothing came back; `unreachable` says how this target is reached.
    """
    address, host = _address(url, asked.via or os.environ.get(VIA))
    _check_signs({"Content-Type": asked.body.content_type, **headers})
    request = urllib.request.Request(  # noqa: S310 - http or https, see _address
        address,
        data=asked.body.content,
        method="POST",
        headers={
            "Accept": "*/*",
            "Content-Type": asked.body.content_type,
            "User-Agent": "model-serving",
            **headers,
            "Host": host,
        },
    )
    opener = urllib.request.build_opener(_AsItIs)
    begun = time.monotonic()
    try:
        with opener.open(request, timeout=asked.timeout_seconds) as answer:
            return _answer(answer.status, answer.read(), answer.headers, begun)
    except (OSError, http.client.HTTPException) as error:
        other = urllib.parse.urlsplit(address).netloc
        where = host if other == host else f"{host} (by way of {other})"
        raise _failure(error, where, asked.timeout_seconds, unreachable) from None


def _answer(status: int, body: bytes, headers: Message, begun: float) -> Answer:
    lower = {name.lower(): value for name, value in headers.items()}
    return Answer(status, body, lower, time.monotonic() - begun)


def _check_signs(headers: Mapping[str, str]) -> None:
    """Headers are lines of ASCII; what one holds may be a secret, and is not told."""
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise Failure(
                f"the header {name} would hold a line break or other signs that HTTP does not take"
                "\n  fix: look at what --token, MODEL_SERVING_TOKEN or --content-type gives"
            )


def _address(url: str, via: str | None) -> tuple[str, str]:
    """Where the request is sent, and the host that it is for."""
    target = urllib.parse.urlsplit(url)
    if not via:
        return url, target.netloc
    try:
        other = urllib.parse.urlsplit(via)
        known = other.scheme in {"http", "https"} and other.hostname and other.port != 0
    except ValueError:
        other, known = target, False
    if not known:
        raise Failure(f"--via: got {via!r}; use an address such as http://127.0.0.1:8080")
    moved = target._replace(scheme=other.scheme, netloc=other.netloc)
    return urllib.parse.urlunsplit(moved), target.netloc


def _failure(error: Exception, host: str, seconds: float, unreachable: str) -> Failure:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    hint = f"\n  fix: {unreachable}" if unreachable else ""
    if isinstance(reason, TimeoutError):
        return Failure(
            f"{host} did not answer within {seconds:g} s\n"
            "  fix: give it longer by --timeout, or look into the model's log",
            Exit.TIMEOUT,
        )
    if isinstance(reason, socket.gaierror):
        return Failure(f"{host} is not known from here{hint}", Exit.ERROR)
    if isinstance(reason, ConnectionRefusedError):
        return Failure(f"nobody listens at {host}{hint}", Exit.ERROR)
    if isinstance(reason, ssl.SSLError):
        return Failure(f"{host}: no trusted connection: {reason}", Exit.ERROR)
    return Failure(f"{host} did not answer: {reason}{hint}", Exit.ERROR)
