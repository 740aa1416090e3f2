"""Where the provider stands between a property and the member, so that a limit does not hold.

`provider.json` says so as far as the provider's schema does; its code says the rest, and what
botocore's model lacks.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.limits.model import ITEM, KEY, VALUE, Limit

__all__ = ["adjusted", "takes_empty"]

_TABLE = Path(__file__).with_name("provider.json")
# Words beyond the model's, by type and path: the service or the provider takes them.
_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
    ("aws:s3/bucket:Bucket", "acl"): ("aws-exec-read", "log-delivery-write"),
    ("aws:s3/bucketAcl:BucketAcl", "acl"): ("aws-exec-read", "log-delivery-write"),
    # For a bucket that was never versioned the provider sends nothing.
    ("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status"): ("Disabled",),
    # The provider makes a list of headers of it.
    (
        "aws:lightsail/distribution:Distribution",
        "cacheBehaviorSettings.forwardedHeaders.option",
    ): ("default",),
}
# By type and path: the lowest number, for one that stands for none.
_LOWEST: dict[tuple[str, str], float] = {
    ("aws:lambda/function:Function", "reservedConcurrentExecutions"): -1,
}
# The provider encodes the text, which the service limits encoded.
_ENCODED = {
    ("aws:ec2/instance:Instance", "userData"),
    ("aws:ec2/launchConfiguration:LaunchConfiguration", "userData"),
    ("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "userData"),
}
_NO_TEXT: dict[str, Any] = {"pattern": "", "published": "", "min_length": None, "max_length": None}


def takes_empty(token: str, path: str) -> bool:
    """Whether an empty value of what need not be given is taken for none."""
    return _plain(path) not in _facts(token).get("given", ())


def adjusted(token: str, path: str, limit: Limit) -> Limit:
    """The limit of a property, of that of the member."""
    plain = _plain(path)
    here, facts = (token, plain), _facts(token)
    if here in _ENCODED or plain in facts.get("rewritten", ()):
        limit = replace(limit, **_NO_TEXT)
    if path == f"tags.{KEY}" and "aws:" in limit.published:
        # The provider leaves out the tags that AWS keeps for itself, whatever a program gives.
        limit = replace(limit, pattern="", published="")
    if plain in facts.get("any_case", ()):
        limit = replace(limit, values=())
    if here in _WORDS:
        limit = replace(limit, values=(*limit.values, *_WORDS[here]))
    if here in _LOWEST:
        limit = replace(limit, minimum=_LOWEST[here])
    return limit


@functools.cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    document: dict[str, Any] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return document["types"]


def _facts(token: str) -> Mapping[str, Any]:
    return _table().get(token, {})


def _plain(path: str) -> str:
    """A path without the items of lists, as the tables write it."""
    return ".".join(part for part in path.split(".") if part not in (ITEM, VALUE, KEY))
