"""Field types shared by the settings: what is coerced, what is refused, and how each is described.

`pulumi config set --path` writes whole numbers and truth values typed, but fractions as text; so a
number may come as text. A truth value is never a number, and a number is never text.
"""

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from facts.addresses import HOST_NAME, SERVER_URL
from facts.pods import PINNED_IMAGE

# More digits than any setting has; Python refuses to convert far longer ones.
_NUMBER: Final = re.compile(
    r"\s*[-+]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][-+]?\d{1,3})?\s*", re.ASCII
)
_LARGEST: Final = 1e15


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticCustomError("not_a_number", "a truth value is not a number")
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise PydanticCustomError("not_a_number", "text is not a number")
        value = float(value)
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            raise PydanticCustomError("not_finite", "not a finite number")
        if abs(value) > _LARGEST:
            raise PydanticCustomError("too_large", "larger than any setting")
        return int(value) if isinstance(value, float) and value.is_integer() else value
    return value


def _truth(value: object) -> object:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    if not isinstance(value, bool):
        raise PydanticCustomError("not_a_truth_value", "not true or false")
    return value


def _account(value: object) -> object:
    # `config set --path` turns twelve digits into a number; where that lost a 0 they are too few.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _tag_value(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return str(value)
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Number = Annotated[float, BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2048, strip_whitespace=True)]
OneLine = Annotated[
    str,
    # Owners and teams become tags.
    StringConstraints(min_length=1, max_length=256, pattern=r"^[\w .:/=+\-@]+$"),
    Field(
        json_schema_extra={
            "allowed": "one line of letters, digits, spaces and . : / = + - @ _, "
            "at most 256 characters"
        }
    ),
]
# Where regions of AWS and Google Cloud lie, by the last of their words: so eu-wset-1 is none, and
# one that is new today is.
COMPASS: Final = "(central|(north|south)?(east|west)|north|south)"
DnsLabel = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Field(
        json_schema_extra={"allowed": "a DNS label: lower-case letters, digits and `-`, at most 63"}
    ),
]
AccountId = Annotated[
    str,
    BeforeValidator(_account),
    StringConstraints(pattern=r"^[0-9]{12}$"),
    Field(json_schema_extra={"allowed": "twelve digits in quotes; a number loses its first 0"}),
]
KubernetesVersion = Annotated[
    str,
    StringConstraints(pattern=r"^1\.[0-9]{2}$"),
    Field(json_schema_extra={"allowed": 'a minor version in quotes, such as "1.34"'}),
]
HttpPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=256),
    Field(json_schema_extra={"allowed": "a path that begins with /, such as /v2/health/ready"}),
]
HostName = Annotated[
    str,
    StringConstraints(pattern=rf"^{HOST_NAME}$"),
    Field(json_schema_extra={"allowed": "a host name, such as fraud.example.com"}),
]
Url = Annotated[
    str,
    StringConstraints(pattern=rf"^{SERVER_URL}$"),
    Field(
        json_schema_extra={
            "allowed": "a URL with its http:// or https://, such as http://service.namespace:9090"
        }
    ),
]
PinnedImage = Annotated[
    str,
    StringConstraints(pattern=rf"^{PINNED_IMAGE}$"),
    Field(json_schema_extra={"allowed": "registry/name@sha256: and 64 hexadecimal digits"}),
]
TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$")]
TagValue = Annotated[
    str,
    BeforeValidator(_tag_value),
    # What AWS, and after re-spelling Kubernetes and Google, can hold.
    StringConstraints(max_length=256, pattern=r"^[\w .:/=+\-@]*$"),
    Field(
        json_schema_extra={
            "allowed": "letters, digits, spaces and . : / = + - @ _, at most 256 characters"
        }
    ),
]
Tags = dict[TagKey, TagValue]


class NotKnown(AttributeError):  # noqa: N818 - no mistake of the reader's
    """The value was read of a setting that is wrong or missing; see `salvage.py`."""


class Closed(BaseModel):
    """Frozen, and closed to keys that it does not know; `descriptions.py` has what each is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        # A check of one model needs few of the classes; each is built when it is first used.
        defer_build=True,
        hide_input_in_errors=True,
    )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - never returns a setting
            # Not `model_fields`, of which Pydantic looks each time who asks.
            if name in type(self).__pydantic_fields__:
                raise NotKnown(name)
            return super().__getattr__(name)
