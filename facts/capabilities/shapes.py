"""What a target takes, and one ask that it cannot honour."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """What one target takes. Shifts are the vendor's own, when the stable model changes."""

    name: str
    title: str
    uri_schemes: tuple[str, ...]
    frameworks: tuple[str, ...]
    shifts: tuple[str, ...]
    source: str
    checked: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One ask that a target cannot honour."""

    code: str
    name: str
    reason: str
    nearest: str
    source: str
    checked: str | None = None
    of_key: bool = False
    """Whether a target without such a key says it to whoever writes the key: its name is
    `<target>/<key>`. Others are about values, whatever they are called."""

    @property
    def advice(self) -> str:
        """What works, why the ask does not, and the page that says so."""
        return f"{self.nearest}: {self.reason} ({self.source})"
