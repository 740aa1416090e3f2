"""Applies the store's fault rules to the calls that a stand-in serves.

| mode | what happens |
|---|---|
| fail | the cloud refuses before it does anything |
| throttle | the same, but the client repeats the call as the vendors' do, five times in all |
| slow | the call takes `seconds` longer |
| timeout | the cloud does it, the client stops waiting: the state keeps the id, and says so |
| die | the plugin's process dies after the cloud did it and before the engine heard of it |
| silent_rollback | an update is acknowledged, and what was live before stays live |
"""

import os
import time

from sandbox.clouds.base import RefusedError
from sandbox.store import Event, Fault, Row, Store

__all__ = ["after", "before", "rolled_back"]

THROTTLE_ATTEMPTS = 5
THROTTLE_SECONDS = 0.02
# As if the kernel had killed it.
DIED = 137


def before(store: Store, provider: str, token: str, operation: str) -> Fault | None:
    """Apply what hits a call before the cloud acts; answer a fault that acts later.

    Raises:
        RefusedError: The call fails.
    """
    attempts = 0
    while True:
        fault = store.take_fault(token, operation)
        if fault is None:
            return None
        store.log(Event("fault", provider, token, "", outcome=fault.mode, detail=operation))
        match fault.mode:
            case "throttle":
                attempts += 1
                if attempts >= THROTTLE_ATTEMPTS:
                    raise RefusedError(
                        fault.message
                        or f"ThrottlingException: Rate exceeded, after {attempts} attempts"
                    )
                time.sleep(THROTTLE_SECONDS * 2**attempts)
            case "fail":
                raise RefusedError(
                    fault.message or f"InternalServerError: injected into {operation} of {token}"
                )
            case _:
                time.sleep(fault.seconds)
                return fault


def after(fault: Fault | None) -> None:
    """Apply what hits a call once the cloud has acted."""
    if fault is not None and fault.mode == "die":
        os._exit(DIED)


def rolled_back(fault: Fault | None, row: Row, changed: Row) -> Row:
    """The changed row, unless the cloud goes back to what was live and says that all is well."""
    if fault is None or fault.mode != "silent_rollback":
        return changed
    reason = (
        fault.message or "The update was rolled back: a variant did not pass the health checks."
    )
    # As pulumi-aws reads it back after its update: all of it is as it was.
    return row.replace(live={**row.live, "failure_reason": reason})
