"""A small project on a sandbox of its own, and what must hold of its state whatever happened."""

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.console.drift import removed
from sandbox.store import Row
from tests.judges.crashes import estate
from tests.judges.crashes.estate import STACK, Run
from tests.judges.random_walk.plan import MODELS

__all__ = [
    "STACK_TYPE",
    "Estate",
    "Settings",
    "key",
    "mistakes",
    "pending",
    "resources",
    "stack_outputs",
]

STACK_TYPE: Final = "pulumi:pulumi:Stack"
Settings = Mapping[str, Mapping[str, Any]]
# What the environment says beside its targets: models are the walk's own.
_LEFT_OUT: Final = ("models", "defaults", "platform", "follow_aliases")


class Estate(estate.Estate):
    """The project in a folder, whose models are files that the walk writes."""

    def __init__(self, folder: Path, warm: Mapping[str, str]) -> None:
        """`warm` are the variables by which programs and plugins are forks of a loaded Python."""
        super().__init__(folder, warm)
        file = self.root / f"Pulumi.{STACK}.yaml"
        environment = yaml.safe_load(file.read_text("utf-8"))
        for name in _LEFT_OUT:
            environment["config"].pop(f"model-serving:{name}", None)
        file.write_text(yaml.safe_dump(environment))
        self.write({})
        self._succeeds(self.pulumi("preview"))
        self._empty = folder / "empty"
        self.keep(self._empty)
        self.seeded = {key(row) for row in self.rows()}

    def write(self, models: Settings) -> None:
        """The models' files; those that are not named go."""
        place = self.root / "stacks" / "models"
        for file in place.iterdir():
            file.unlink()
        for name, settings in models.items():
            given = {each: value for each, value in settings.items() if value is not None}
            (place / f"{name}.yaml").write_text(json.dumps(given))

    def begin(self, models: Collection[str], *, deployed: bool) -> None:
        """These models as they are at first; what was made once is put back the next time."""
        self.write({name: MODELS[name] for name in models})
        if not deployed:
            self.put_back(self._empty)
            return
        place = self.folder / f"deployed-{'-'.join(sorted(models))}"
        if place.exists():
            self.put_back(place)
            return
        self.put_back(self._empty)
        self._succeeds(self.serving("up"))
        self.keep(place)

    def up(self, *flags: str, only: str | None = None) -> Run:
        """`serving up`; `flags` are the engine's."""
        words = self.serving_command("up", *(("--only", only) if only else ()))
        return self.run([*words, *flags])

    def made(self) -> list[Row]:
        """What the clouds hold that they did not begin with."""
        return [row for row in self.rows() if key(row) not in self.seeded]

    def lose(self, row: Row) -> None:
        """Somebody deletes it in its cloud."""
        with self.store() as store:
            removed(store, row)

    def unknown(self) -> list[Row]:
        """What the clouds hold and no state knows."""
        known = {(str(each["type"]), each.get("id")) for each in resources(self.state())}
        return [row for row in self.made() if (row.token, row.id) not in known]

    def close(self) -> None:
        """Forget all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _succeeds(run: Run) -> None:
        if run.code:
            raise RuntimeError(f"the walks cannot begin\n{run.said[-4000:]}")


def key(row: Row) -> tuple[str, ...]:
    """What is one object of the clouds."""
    return (row.provider, row.account, row.region, row.parent, row.token, row.id)


def resources(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of a state; none before the first update."""
    return state.get("resources") or []


def pending(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Operations that began and are not known to have ended."""
    return state.get("pending_operations") or []


def stack_outputs(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the stack exports."""
    for each in resources(state):
        if each["type"] == STACK_TYPE:
            return each.get("outputs") or {}
    return {}


def mistakes(state: Mapping[str, Any]) -> Iterator[str]:
    """What must not be in a state, whatever happened."""
    known, live = set[str](), set[str]()
    for each in resources(state):
        urn = str(each["urn"])
        named: set[str | None] = {
            each.get("parent"),
            each.get("deletedWith"),
            *(each.get("dependencies") or ()),
        }
        by_property: Mapping[str, list[str] | None] = each.get("propertyDependencies") or {}
        named |= {one for those in by_property.values() for one in those or ()}
        if missing := sorted(str(one) for one in named if one and one not in known):
            yield f"{urn} stands before {missing}"
        provider = str(each.get("provider") or "").rpartition("::")[0]
        if provider and provider not in known:
            yield f"{urn} has no provider {provider}"
        if urn in live and not each.get("delete"):
            yield f"{urn} is there twice"
        known.add(urn)
        if not each.get("delete"):
            live.add(urn)
