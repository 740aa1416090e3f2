"""The end of a model: the day until which it is kept, and what callers are to use instead."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from facts import tags
from stacks.settings.fields import Closed, DnsLabel

__all__ = ["Day", "Deprecation", "deprecation_tags"]


def _day(value: object) -> object:
    # YAML reads a day without quotes as a date.
    text = value.isoformat() if isinstance(value, date) else value
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else text
    except ValueError:
        raise PydanticCustomError("not_a_day", "not a day") from None


Day = Annotated[
    str, BeforeValidator(_day), Field(json_schema_extra={"allowed": "a day as 2027-03-01"})
]


class Deprecation(Closed):
    """Until when a model is kept."""

    date: Day
    """First day on which the model should be gone: guardrails advise before it and block from it
    on."""
    replacement: DnsLabel | None = None
    """Model that callers use instead, by the name of its file. Default: nothing takes its place."""


def deprecation_tags(asked: Deprecation | None) -> dict[str, str]:
    """How a deprecated model says so on what serves it."""
    if asked is None:
        return {}
    replacement = {tags.REPLACEMENT: asked.replacement} if asked.replacement else {}
    return {tags.DEPRECATION_DATE: asked.date, **replacement}
