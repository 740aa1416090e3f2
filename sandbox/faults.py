"""Applies the store's fault rules to the calls that a stand-in serves.

| mode | operations | what happens |
|---|---|---|
| fail | all | the cloud refuses before it does anything: with --code, as the vendor words it |
| throttle | all | the same, but the client repeats it as the vendors' do, five times in all |
| slow | all | the call takes `seconds` longer |
| unreachable | all | the request times out before the cloud gets it: nothing is done |
| timeout | create, update, delete | it is done, the client stops waiting: the state says so |
| die_before | create, update, delete | the plugin's process dies before the cloud acts |
| die | create, update, delete | it dies after the cloud acted and before the engine hears of it |
| late_answer | create, update, delete | it is done, and the answer takes `seconds` longer |
| not_found | create, read | eventual consistency: reading what was just made says "not found", \
--count times; a creation asks again, twenty times in all |
| never_ready | create, update | it stays unready until it is deleted, or until \
`sandbox/cloud ready <id>` |
| silent_rollback | update | it is acknowledged, and what was live before stays live |
| echo | create, update, delete | as fail, and the error repeats the request as some clouds do: \
secrets are in it in clear, but in the sandbox's own log |
"""

import json
import os
import time
from collections.abc import Callable, Collection

from sandbox import errors
from sandbox.clouds.base import Call, RefusedError
from sandbox.rows import FaultMode
from sandbox.store import Event, Fault, Row, Store

__all__ = ["OPERATIONS", "EchoedError", "after", "before", "echoed", "is_found", "rolled_back"]

THROTTLE_ATTEMPTS = 5
THROTTLE_SECONDS = 0.02
# As Terraform's providers do, which Pulumi's are built on: `NotFoundChecks` of their waiting.
FIND_ATTEMPTS = 20
FIND_SECONDS = 0.005
# As if the kernel had killed it.
DIED = 137

_WRITES = frozenset({"create", "update", "delete"})
_ALL = _WRITES | {"read", "invoke"}
# The operations that a mode can hit.
OPERATIONS: dict[FaultMode, frozenset[str]] = {
    "fail": _ALL,
    "throttle": _ALL,
    "slow": _ALL,
    "unreachable": _ALL,
    "timeout": _WRITES,
    "die_before": _WRITES,
    "die": _WRITES,
    "late_answer": _WRITES,
    "not_found": frozenset({"create", "read"}),
    "never_ready": frozenset({"create", "update"}),
    "silent_rollback": frozenset({"update"}),
    "echo": _WRITES,
}

# Waits so many seconds; whether it was interrupted.
Wait = Callable[[float], bool]


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def before(
    store: Store,
    provider: str,
    token: str,
    operation: str,
    names: Collection[str] = (),
    *,
    wait: Wait = _sleep,
) -> Fault | None:
    """Apply what hits a call before the cloud acts; answer a fault that acts later.

    `names` are what the resource is called, the one to show first.

    Raises:
        RefusedError: The call fails.
    """
    modes = [mode for mode, hit in OPERATIONS.items() if operation in hit]
    attempts = 0
    while True:
        fault = store.take_fault(token, operation, names, modes=modes)
        if fault is None:
            return None
        name = next(iter(names), "")
        store.log(Event("fault", provider, token, name, outcome=fault.mode, detail=operation))
        match fault.mode:
            case "throttle":
                attempts += 1
                if attempts >= THROTTLE_ATTEMPTS:
                    said = _said(fault, provider, token, operation, name)
                    raise RefusedError(f"{said}, after {attempts} attempts")
                wait(THROTTLE_SECONDS * 2**attempts)
            case "fail":
                raise RefusedError(_said(fault, provider, token, operation, name))
            case "unreachable":
                wait(fault.seconds)
                raise RefusedError(
                    fault.message
                    or f"{operation} of {token} {name}: the request timed out (i/o timeout); the"
                    " cloud has not seen it"
                )
            case "die_before":
                os._exit(DIED)
            case "late_answer":
                return fault
            case _:
                if wait(fault.seconds):
                    raise RefusedError(
                        f"{operation} of {token} {name}: interrupted, nothing is done"
                    )
                return fault


class EchoedError(RefusedError):
    """Repeats the request, and is passed on as it is."""


def echoed(fault: Fault | None, provider: str, call: Call, operation: str, name: str) -> None:
    """Refuse with the request in the message, where the rule says so.

    Raises:
        EchoedError: It does.
    """
    if fault is None or fault.mode != "echo":
        return
    said = _said(fault, provider, call.token, operation, name)
    raise EchoedError(f"{said}\n{json.dumps(call.inputs, default=str)}")


def after(fault: Fault | None, *, wait: Wait = _sleep) -> None:
    """Apply what hits a call once the cloud has acted."""
    if fault is None:
        return
    if fault.mode == "die":
        os._exit(DIED)
    if fault.mode == "late_answer":
        wait(fault.seconds)


def is_found(
    store: Store, token: str, names: Collection[str], fault: Fault | None, *, wait: Wait = _sleep
) -> bool:
    """Whether what was just made is found when it is read back, asking again as clients do."""
    if fault is None or fault.mode != "not_found":
        return True
    for _ in range(FIND_ATTEMPTS - 1):
        wait(FIND_SECONDS)
        if store.take_fault(token, "create", names, modes=("not_found",)) is None:
            return True
    return False


def rolled_back(fault: Fault | None, row: Row, changed: Row) -> Row:
    """The changed row, unless the cloud goes back to what was live and says that all is well."""
    if fault is None or fault.mode != "silent_rollback":
        return changed
    reason = (
        fault.message or "The update was rolled back: a variant did not pass the health checks."
    )
    # As pulumi-aws reads it back after its update: all of it is as it was.
    return row.replace(live={**row.live, "failure_reason": reason})


def _said(fault: Fault, provider: str, token: str, operation: str, name: str) -> str:
    if fault.message and not fault.code:
        return fault.message
    purpose = "throttle" if fault.mode == "throttle" else "internal"
    code = fault.code or errors.default(provider, purpose)
    return errors.worded(provider, token, operation, name, code=code, message=fault.message)
