"""Where the definitions of custom resources come from: Go modules of the projects that make them.

Versions are those of facts/versions.toml; go.sum beside this file pins what is in them. Another
version needs its two lines there: `go mod download` in an empty module prints the digests.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOLDER", "MODULES", "Module", "versions"]

FOLDER = Path(__file__).resolve().parent
_FACTS = FOLDER.parent.parent / "facts" / "versions.toml"


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module with definitions in YAML.

    Attributes:
        fact: name of its version in facts/versions.toml.
        path: the module's path.
        definitions: globs of files in it.
        version: where facts/versions.toml does not name it.
    """

    fact: str
    path: str
    definitions: tuple[str, ...]
    version: str = ""

    def pinned(self) -> str:
        """The module's version, such as `v0.20.0`."""
        return self.version or f"v{versions()[self.fact]}"


MODULES = (
    Module(
        "kserve",
        "github.com/kserve/kserve",
        ("config/crd/full/**/*.yaml", "config/runtimes/*.yaml"),
    ),
    Module("knative_serving", "knative.dev/serving", ("config/core/300-resources/*.yaml",)),
    Module("istio_api", "istio.io/api", ("kubernetes/customresourcedefinitions.gen.yaml",)),
    # The experimental channel has all of the standard one, with the fields that are on trial.
    Module("gateway_api", "sigs.k8s.io/gateway-api", ("config/crd/experimental/*.yaml",)),
    Module(
        "prometheus_operator",
        "github.com/prometheus-operator/prometheus-operator",
        ("example/prometheus-operator-crd/*.yaml",),
    ),
    Module("keda", "github.com/kedacore/keda/v2", ("config/crd/bases/*.yaml",)),
    Module("cert_manager", "github.com/cert-manager/cert-manager", ("deploy/crds/*.yaml",)),
    Module(
        "karpenter", "github.com/aws/karpenter-provider-aws", ("pkg/apis/crds/karpenter*.yaml",)
    ),
    # Its releases have a number that Go modules cannot have: a commit of release 25.3.
    Module(
        "nvidia_gpu_operator",
        "github.com/NVIDIA/gpu-operator",
        ("config/crd/bases/*.yaml",),
        version="v0.0.0-20250917190837-d73a0086a6ba",
    ),
)


def versions() -> dict[str, str]:
    """The versions of what runs in a cluster."""
    return tomllib.loads(_FACTS.read_text(encoding="utf-8"))["kubernetes"]


def pinned() -> Iterator[tuple[Module, str]]:
    """Every module with its version."""
    return ((module, module.pinned()) for module in MODULES)
