"""The updates that are killed: the whole dev stack made, and a change in its life."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from tests.judges.crashes.estate import STACK, Estate

__all__ = ["SCENES", "Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """An update: what is there before it, and what is asked for then."""

    prepare: Callable[[Estate], None]
    change: Callable[[Estate], None]


def _nothing(estate: Estate) -> None:
    """A stack without resources; a preview makes it."""
    done = estate.pulumi("preview")
    if done.code:
        raise RuntimeError(done.said)


def _deployed(estate: Estate) -> None:
    _nothing(estate)
    done = estate.pulumi("up")
    if done.code:
        raise RuntimeError(done.said)


def _changed(estate: Estate) -> None:
    """A candidate's share moves, an endpoint's machines are replaced, a model goes."""
    models = estate.root / "stacks" / "models"
    (models / "ranker.yaml").unlink()
    for name, settings in {"fraud": {"instance_type": "ml.m5.xlarge"}}.items():
        file = models / f"{name}.yaml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **settings}))
    file = estate.root / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["model-serving:models"]["fraud"]["canary_percent"] = 20
    file.write_text(yaml.safe_dump(content, sort_keys=False))


SCENES: Final[Mapping[str, Scene]] = {
    "dev": Scene(_nothing, lambda _: None),
    "life": Scene(_deployed, _changed),
}
