"""States of published versions: one with SnapStart is Pending while its snapshot is made.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-function-states
A function's row has them under `making` of its `live`, by version: since when, for how long, and
whether the version is Failed then, as it is where its code cannot be loaded.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import eventual
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["SNAPSHOT_SECONDS", "State", "has_snap_start", "making", "state"]

# Experience, of a small function: AWS says "minutes" without a figure.
SNAPSHOT_SECONDS: Final = 120
_FUNCTION: Final = "aws:lambda/function:Function"
_PUBLISHED: Final = "PublishedVersions"
# The operation whose rule `silent_rollback` makes the snapshot of the next version fail.
_PUBLISH: Final = "PublishVersion"


@dataclass(frozen=True, slots=True)
class State:
    """What GetFunctionConfiguration says of a version."""

    name: str
    code: str = ""
    reason: str = ""

    @property
    def update(self) -> str:
        """`LastUpdateStatus` of a version that has been published."""
        return {"Pending": "InProgress", "Failed": "Failed"}.get(self.name, "Successful")

    @property
    def refused(self) -> str:
        """What UpdateAlias says of a version that is Failed; one that is Pending it takes.

        https://github.com/hashicorp/terraform-provider-aws/issues/49904
        """
        told = "The operation cannot be performed at this time. The function is currently in the"
        return (
            f"ResourceConflictException: {told} following state: '{self.name}',"
            f" StateReasonCode: '{self.code}'"
        )


def has_snap_start(inputs: Mapping[str, Any]) -> bool:
    """Whether versions that are published with these inputs begin from a snapshot."""
    return at(inputs, "snapStart", "applyOn") == _PUBLISHED


def making(
    store: Store, name: str, before: Row | None, inputs: Mapping[str, Any], version: str
) -> dict[str, Any]:
    """The `making` of a function whose newest version this is; known ones stay as they are."""
    known = mapped(before.live.get("making")) if before is not None else {}
    published = listed(before.live.get("versions")) if before is not None else []
    if version == "$LATEST" or version in published or not has_snap_start(inputs):
        return known
    fault = store.take_fault(_FUNCTION, _PUBLISH, [name], modes=("silent_rollback",))
    made = {
        "since": time.time(),
        "seconds": SNAPSHOT_SECONDS * eventual.scale(),
        "failure": (fault.message or "The function code cannot be loaded.") if fault else "",
    }
    return {**known, version: made}


def state(row: Row, version: str) -> State:
    """The state of a published version at this moment."""
    made = mapped(mapped(row.live.get("making")).get(version))
    since, length = float(made.get("since", 0)), float(made.get("seconds", 0))
    if not eventual.is_over(since, length):
        return State("Pending", "Creating", "The function is being created.")
    if made.get("failure"):
        return State("Failed", "FunctionError", str(made["failure"]))
    return State("Active")
