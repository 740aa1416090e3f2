"""Models that a team has loaded although they run code: by digest, for a time, for a reason."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from stacks.settings.deprecation import Day
from stacks.settings.fields import Closed, OneLine, Text

__all__ = ["AllowedCode"]


class AllowedCode(Closed):
    """One model, as the guardrails' exemptions are written."""

    digest: Annotated[
        str,
        StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
        Field(json_schema_extra={"allowed": "sha256: and 64 lower-case hexadecimal digits"}),
    ]
    """Digest that the refusal names: of the file, or of what `sha256sum` prints of a folder's."""
    reason: Text
    """Why it may run code."""
    owner: OneLine
    """Who answers for it."""
    expires: Day
    """Last day on which it may."""

    def holds(self, today: date) -> bool:
        """Whether its last day is not over."""
        return today <= date.fromisoformat(self.expires)

    def __str__(self) -> str:
        return f"until {self.expires}, by {self.owner}: {self.reason}"
