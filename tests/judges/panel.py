"""What is judged of each provider, and what is asked of the figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.kinds.modules import FOLDER
from sandbox.schema import Library
from tests.judges.corpora import azure, kubernetes, sdk
from tests.judges.corpora.cache import cached
from tests.judges.corpora.model import Corpus
from tests.judges.corpora.samples import samples
from tests.judges.go.types import AzureTypes, go_types
from tests.judges.knowledge import Declared, Knowledge

__all__ = ["EXCEPTIONS", "KUBERNETES", "LEAST", "PANEL", "PROGRAMS", "Judged"]


# What decides of the examples: how they are read, and the modules' versions.
AZURE = [Path(__file__).parent / "corpora" / f"{name}.py" for name in ("azure", "golang")]
# What decides of the manifests: how they are read, and the modules' versions.
KUBERNETES = [
    Path(__file__).parent / "corpora" / "kubernetes.py",
    FOLDER / "modules.py",
    FOLDER.parents[1] / "facts" / "versions.toml",
]


@dataclass(frozen=True, slots=True)
class Judged:
    """One provider: its examples, how many there must be, and the provider's settings.

    Attributes:
        truth: the truth tables' name for the provider.
        knowledge: what is known of its types.
        third: the table of limits that the sandbox reads no source of.
        vendors: The least share of mistakes that the vendor's models catch alone.
        config: of the engine's stack, for whole programs; none are run without it.
    """

    corpus: Callable[[], Corpus]
    examples: int
    mutants: int
    truth: str
    knowledge: Callable[[Library], Knowledge]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    third: str = ""
    vendors: float = 0.0


PANEL: dict[str, Judged] = {
    "aws": Judged(
        lambda: sdk.corpus("aws"),
        examples=400,
        mutants=2000,
        truth="aws",
        knowledge=lambda library: Declared(library, "aws"),
        config={"aws:region": "eu-west-1"},
        third="limits_aws",
        vendors=0.83,
    ),
    "gcp": Judged(
        lambda: sdk.corpus("gcp"),
        examples=200,
        mutants=1000,
        truth="gcp",
        knowledge=lambda library: Declared(library, "gcp"),
        config={
            "gcp:project": "example-models",
            "gcp:region": "europe-west1",
            "gcp:zone": "europe-west1-b",
        },
        vendors=0.95,
    ),
    "kubernetes": Judged(
        lambda: samples(cached("kubernetes", KUBERNETES, kubernetes.corpus)),
        examples=100,
        mutants=1000,
        truth="kubernetes",
        knowledge=lambda _: go_types(),
        config={"kubernetes:context": "serving-dev"},
    ),
    "azure-native": Judged(
        lambda: cached("azure", AZURE, azure.corpus),
        examples=50,
        mutants=500,
        truth="azure",
        knowledge=AzureTypes,
    ),
}
# Shares that must be exceeded; exceptions are a share of the examples that must not be.
LEAST = {"shape": 0.95, "limits": 0.80, "replace": 0.90}
EXCEPTIONS = 0.02
# Examples that are run as whole programs, of each provider that has them.
PROGRAMS = 120
