"""The hidden line by which a comment is known again, and of which commit it tells."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

__all__ = ["Marker", "of"]

# No `--` inside: an HTML comment may not hold it. https://spec.commonmark.org/0.31.2/#html-comment
_LINE: Final = re.compile(r"^<!-- model-serving preview (\{[^\n]*\}) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Marker:
    """`key` is the repository and the workflow: one comment of each on a pull request."""

    key: str
    commit: str
    committed: str
    """When, in UTC, as 2026-11-27T07:00:00+00:00."""
    run: int
    """Number of the workflow's run, which tells two of the same commit apart."""

    def line(self) -> str:
        """As it stands in the comment."""
        told = json.dumps(asdict(self)).replace("-", "\\u002d").replace(">", "\\u003e")
        return f"<!-- model-serving preview {told} -->"

    @property
    def order(self) -> tuple[datetime, int]:
        """Later ones may overwrite earlier ones."""
        try:
            when = datetime.fromisoformat(self.committed)
        except ValueError:
            when = datetime.min.replace(tzinfo=UTC)
        return (when if when.tzinfo else when.replace(tzinfo=UTC), self.run)


def of(body: str) -> Marker | None:
    """The marker on the first line of a comment; None where it is none of ours."""
    found = _LINE.match(body.partition("\n")[0].strip())
    if found is None:
        return None
    try:
        told: object = json.loads(found[1])
        fields = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        return Marker(
            str(fields["key"]), str(fields["commit"]), str(fields["committed"]), int(fields["run"])
        )
    except (ValueError, KeyError, TypeError):
        return None
