"""Whether a request is signed by a key that is known here: AWS's Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import datetime as dt
import hashlib
import hmac
import re
import urllib.parse
from typing import Any

from sandbox.api.http import Request
from sandbox.serving.keys import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from sandbox.store import Store

__all__ = ["caller", "signer"]

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,]+)/(?P<scope>(?P<day>\d{8})/(?P<region>[^/]+)"
    r"/(?P<service>[^/]+)/aws4_request),\s*SignedHeaders=(?P<names>[^,]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_SKEW = dt.timedelta(minutes=5)


def signer(store: Store, request: Request, service: str, region: str) -> str:
    """The access key that signed a request for this service and region; empty when none did.

    The signature itself is checked for the sandbox's own key. Of a further account's key
    (`access_key_id` of the account) nobody has told the secret here.
    """
    found = _HEADER.fullmatch(request.headers.get("authorization", "").strip())
    if found is None or (found["service"], found["region"]) != (service, region):
        return ""
    names = found["names"].split(";")
    at = request.headers.get("x-amz-date", "")
    if not {"host", "x-amz-date"} <= set(names) or not _is_now(at) or at[:8] != found["day"]:
        return ""
    known = {str(each.details.get("access_key_id")) for each in store.identities("aws_account")}
    if found["key"] in known:
        return found["key"]
    if found["key"] != ACCESS_KEY_ID:
        return ""
    expected = _signature(request, names, at, found["scope"])
    return found["key"] if hmac.compare_digest(expected, found["signature"]) else ""


def caller(key: str, account: str) -> dict[str, Any]:
    """What an event's `authorizer` says of who signed."""
    return {
        "iam": {
            "accessKey": key,
            "accountId": account,
            "callerId": key,
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": f"arn:aws:iam::{account}:user/{key}",
            "userId": key,
        }
    }


def _is_now(text: str) -> bool:
    try:
        moment = dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return False
    return abs(dt.datetime.now(tz=dt.UTC) - moment) <= _SKEW


def _signature(request: Request, names: list[str], at: str, scope: str) -> str:
    path, _, query = request.path.partition("?")
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    arguments = sorted((_quoted(name, ""), _quoted(value, "")) for name, value in pairs)
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join(
        [
            request.method,
            _quoted(path, "/"),
            "&".join(f"{name}={value}" for name, value in arguments),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            ";".join(names),
            request.headers.get("x-amz-content-sha256", body),
        ]
    )
    told = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{SECRET_ACCESS_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{told}"
    return hmac.digest(key, signed.encode(), "sha256").hex()


def _quoted(text: str, safe: str) -> str:
    return urllib.parse.quote(text, safe=f"{safe}-_.~")
