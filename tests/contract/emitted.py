"""Every Kubernetes object that the project emits: of the components, and of the example models."""

import functools
import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

from tests.contract.component_table import COMPONENTS, ROOT, word
from tests.unit.component_mocks import Recorded, record, record_program

__all__ = ["ENVIRONMENTS", "KUBERNETES", "Emitted", "examples", "of", "plain", "variants"]

KUBERNETES = sorted(
    name
    for name, component in COMPONENTS.items()
    if component.__module__.startswith(("components.kubernetes.", "components.aws.karpenter_"))
)
ENVIRONMENTS = ("dev", "prod")
# By which key the wire tells a secret: pulumi/sdk/proto, "special signatures".
_SECRET = "4dabf18193072939515e22adb298388d"
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Emitted:
    """One object: which arguments it comes from, and what the engine is told of it."""

    variant: str
    resource: str
    token: str
    object: Object

    @property
    def label(self) -> str:
        """For messages."""
        return f"{self.variant}: {self.object.get('kind')} {self.resource}"


def variants(name: str) -> dict[str, Mapping[str, Any]]:
    """Arguments to make a component with, by the names that its unit test gives them.

    `MINIMAL` is there; `FULL`, and a table `MANIFESTS` from label to whole arguments, may be.
    """
    test = importlib.import_module(f"tests.unit.test_{word(name)}")
    found: dict[str, Mapping[str, Any]] = {"MINIMAL": test.MINIMAL}
    if full := getattr(test, "FULL", None):
        found["FULL"] = full
    return found | getattr(test, "MANIFESTS", {})


@functools.cache
def of(name: str) -> tuple[Emitted, ...]:
    """The objects of a component, by all its variants."""
    return tuple(
        each
        for label, args in variants(name).items()
        for each in _objects(label, record(COMPONENTS[name], word(name).replace("_", "-"), args))
    )


def _objects(variant: str, recorded: Recorded) -> Iterator[Emitted]:
    for name, token in recorded.types.items():
        # A release of a chart is no object: the provider renders it.
        if token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh/"):
            yield Emitted(variant, name, token, cast("Object", plain(recorded.inputs[name])))


def plain(value: object) -> object:
    """What the provider is sent: whole numbers as such, and secrets as their values.

    Pulumi's wire has only one kind of number; what is a secret to the engine is none to the API.
    """
    if isinstance(value, dict):
        if _SECRET in value:
            return plain(cast("Object", value)["value"])
        return {key: plain(item) for key, item in cast("Object", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@functools.cache
def examples(environment: str) -> tuple[Emitted, ...]:
    """The objects of the whole program, as the settings in this repository ask for them."""
    document = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text(encoding="utf-8"))
    config = {key: _text(value) for key, value in document["config"].items()}
    recorded = record_program("stacks", environment, config)
    return tuple(_objects(environment, recorded))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
