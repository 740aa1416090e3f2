"""What a request gets that does not reach its function."""

import json

from sandbox.api.http import Response

__all__ = ["NotServedError", "RefusedError", "said"]


class NotServedError(Exception):
    """Deployed, and nothing here can answer for it; the text says what does not run and why."""


class RefusedError(Exception):
    """The gateway answers itself, in the vendor's words; `reason` is for its log alone."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    def response(self) -> Response:
        """What the caller gets."""
        return said(self.status, str(self))


def said(status: int, message: str) -> Response:
    """A gateway's own answer."""
    return Response(status, json.dumps({"message": message}).encode(), "application/json", {})
