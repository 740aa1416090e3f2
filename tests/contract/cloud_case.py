"""One rule of a scanner, and what of a component breaks it: the data of `cloud_mistakes.py`."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.clouds.azure.paths import path_of
from sandbox.schema import Library
from tests.contract.emitted_clouds import of
from tests.judges.scanners import azurerm, karpenter
from tests.judges.scanners.plan import Made, terraform_type

__all__ = ["ABSENT", "Case", "Change", "Emitted", "changed"]

ABSENT: Final = object()
Change = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Emitted:
    """The first resource of a type that a component makes, by a set of arguments."""

    component: str
    token: str
    label: str = "MINIMAL"

    def made(self) -> Made:
        """That resource."""
        return next(each for each in of(self.component, self.label) if each.token == self.token)


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, what of a component it is about, and what is changed so that it is broken.

    `good` is changed first, on both sides: what the rule wants and the component does not have.
    `arm`: in ARM's words where there are Terraform's too; `silent`: the rule says nothing of what
    is good.
    """

    id: str
    emitted: Emitted
    bad: Change
    good: Change = field(default_factory=dict[str, object])
    arm: bool = False
    silent: bool = False

    @property
    def kind(self) -> str:
        """The type by which a scanner speaks of it."""
        token = self.emitted.token
        if token == karpenter.CLASS:
            return "aws_launch_template"
        if not token.startswith("azure-native:"):
            return terraform_type(token)
        if token in azurerm.TYPES and not self.arm:
            return azurerm.TYPES[token]
        return path_of(token, Library("azure-native").resource(token)).kind

    def made(self, *, bad: bool) -> Made:
        """The component's resource, changed."""
        own = self.emitted.made()
        inputs = changed(own.inputs, self.good)
        return replace(own, inputs=changed(inputs, self.bad) if bad else inputs)


def changed(inputs: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Inputs with other values at paths, such as `vpcConfig.endpointPublicAccess`."""
    found: dict[str, Any] = copy.deepcopy(dict(inputs))
    for path, value in change.items():
        *above, last = path.split(".")
        place: Any = found
        for name in above:
            place = place[int(name)] if name.isdigit() else place.setdefault(name, {})
        if value is ABSENT:
            place.pop(last, None)
        else:
            place[last] = value
    return found
