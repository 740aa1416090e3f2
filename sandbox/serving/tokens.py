"""What a JWT authorizer of an HTTP API lets through, but for the signature.

The issuer's keys are on its own server, which is not asked from here; who issued a token, for whom
and until when is checked as API Gateway does:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any, cast

from sandbox.api.http import Request
from sandbox.values import listed, mapped

__all__ = ["claims"]


def claims(request: Request, authorizer: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claims of a request's token; None where there is none that counts."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    parts = (token if scheme.lower() == "bearer" else scheme).split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(found, dict):
        return None
    said = cast("dict[str, Any]", found)
    configuration = mapped(authorizer.get("jwtConfiguration"))
    audience = said.get("aud", said.get("client_id"))
    audiences = set(map(str, listed(audience) or [audience]))
    now = time.time()
    valid = (
        said.get("iss") == configuration.get("issuer")
        and audiences & set(map(str, listed(configuration.get("audiences"))))
        and float(said.get("exp") or 0) > now
        and float(said.get("nbf") or 0) <= now
    )
    return said if valid else None
