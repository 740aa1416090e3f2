"""What is judged of each provider, and what is asked of the figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.judges.corpora import sdk
from tests.judges.corpora.model import Corpus

__all__ = ["LEAST", "PANEL", "Judged"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One provider: its examples, how many there must be, and the provider's settings."""

    corpus: Callable[[], Corpus]
    examples: int
    mutants: int
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    # The truth tables' name for the provider.
    truth: str = ""


PANEL: dict[str, Judged] = {
    "aws": Judged(lambda: sdk.corpus("aws"), examples=400, mutants=2000, truth="aws"),
    "gcp": Judged(lambda: sdk.corpus("gcp"), examples=200, mutants=1000, truth="gcp"),
}
# Shares that must be exceeded; exceptions are a share of the examples that must not be.
LEAST = {"shape": 0.95, "limits": 0.80, "replace": 0.90}
EXCEPTIONS = 0.02
