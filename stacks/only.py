"""One model alone: `serving up --only <model>`. See docs/adr/0005-only-one-model.md."""

import os
import time
from collections.abc import Mapping
from typing import Any, Final, cast

import pulumi

from stacks.stack_outputs import stack_outputs

ONLY: Final = "MODEL_SERVING_ONLY"
# Set by `serving` beside the engine's --target flags. Without them the engine would take the models
# that are not registered for models to delete.
TARGETED: Final = "MODEL_SERVING_ONLY_TARGETED"
# The engine is writing this very state while the program starts, and a state in a folder is not
# written in one piece: a reader may meet half a file.
_PAUSES_SECONDS: Final = (0.1, 0.3, 1.0, 3.0)


def the_only_model() -> str | None:
    """The one model to validate and register; None for all."""
    only = os.environ.get(ONLY) or None
    if only is not None and os.environ.get(TARGETED) != only:
        raise pulumi.RunError(
            f"{ONLY} is set, but not by `serving`: without the right --target flags the engine "
            f"would delete every other model.\n"
            f"  fix: run `serving up --env {pulumi.get_stack()} --only {only}`, or unset {ONLY}"
        )
    return only


def kept_outputs() -> dict[str, Any]:
    """What the last update exported: an invoke, which leaves no resource in the state."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    for pause in _PAUSES_SECONDS:
        try:
            return stack_outputs(name)
        # The SDK raises nothing narrower for an invoke that failed.
        except Exception:  # noqa: BLE001
            time.sleep(pause)
    return stack_outputs(name)


def over(kept: object, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - plain or an Output
    """The new values over those that are kept."""
    if not isinstance(kept, Mapping):
        return values
    return {**cast("Mapping[str, Any]", kept), **values}
