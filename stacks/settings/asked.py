"""What a rule over settings gets to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stacks.settings.environment import NAMESPACE, Environment
from stacks.settings.layers import ENVIRONMENT_ENTRY, MODEL_FILE
from stacks.settings.merge import Origin
from stacks.settings.models import AnySettings, ModelSettings
from stacks.settings.problems import Problem
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted


@dataclass(frozen=True, slots=True)
class Asked:
    """A model's settings, and where each of them is written.

    Reading a setting that is wrong or missing raises `NotKnown`, which ends the rule. Where even
    the target is wrong, `settings.target` raises it. `site` is None where the environment itself is
    wrong, which its own problems say. `name` is the model's.
    """

    settings: ModelSettings
    where: PlaceOf
    site: Environment | None = None
    origins: Mapping[KeyPath, Origin] = field(default_factory=dict[KeyPath, Origin])
    name: str = ""

    def of_its_own(self, path: KeyPath) -> bool:
        """Whether the model's file or its entry says it, and no default for all models does."""
        origin = self.origins.get(path)
        return origin is not None and origin.layer in {MODEL_FILE, ENVIRONMENT_ENTRY}


@dataclass(frozen=True, slots=True)
class AskedOfEnvironment:
    """An environment, the file it is written in, and the models whose target is known."""

    file: str
    site: Environment
    models: Mapping[str, AnySettings]
    where: PlaceOf

    def problem(
        self,
        path: KeyPath,
        code: str,
        message: str,
        *,
        key: bool = False,
        allowed: str = "",
        nearest: str = "",
        fix: str = "",
    ) -> Problem:
        """A problem of the value at this path, or of its `key`."""
        name = f"{NAMESPACE}:{dotted(path)}"
        place = self.where(path, key=key)
        return Problem(place, code, name, message, allowed=allowed, nearest=nearest, fix=fix)
