"""Waits until what a cloud has begun is ready, outside of any transaction, and can be cut short."""

import threading
from typing import Literal

from sandbox import eventual
from sandbox.clouds.base import Call, Cloud, RefusedError
from sandbox.rows import NotFoundError
from sandbox.store import Fault, Row, Store

__all__ = ["Readiness"]

Operation = Literal["create", "update", "delete"]


class Readiness:
    """The waiting of one plugin."""

    def __init__(self, cloud: Cloud, store: Store) -> None:
        self._cloud = cloud
        self._store = store
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End every waiting, now and later: the engine was interrupted."""
        self._cancelled.set()

    def pause(self, seconds: float) -> bool:
        """Wait; whether it was cut short."""
        return self._cancelled.wait(seconds) if seconds > 0 else False

    def begun(self, call: Call, row: Row, operation: Operation, fault: Fault | None) -> Row:
        """The row as it is written: in the state that it passes through, if there is one."""
        transition = self._cloud.transition(call, row, operation)
        if fault is not None and fault.mode == "never_ready":
            return eventual.begun(row, transition or eventual.Transition(0), never=True)
        if transition is None or not (eventual.seconds(transition) or transition.failure):
            return row
        return eventual.begun(row, transition, gone=operation == "delete")

    def awaited(self, row: Row, fault: Fault | None) -> tuple[Row, str]:
        """The row once it is ready, and why it is not, if it is not.

        Raises:
            RefusedError: Somebody has deleted it meanwhile.
        """
        if not eventual.is_passing(row):
            return row, ""
        what = f"{row.token} {row.name or row.id}"
        if eventual.is_stuck(row):
            given = fault.message if fault is not None else ""
            return row, given or f"timeout while waiting for {what} to become ready"
        if self.pause(eventual.remaining(row)):
            return row, (
                f"interrupted while waiting for {what}: the cloud goes on with it. Run `pulumi up`"
                " again"
            )
        try:
            ready = self._store.update(
                row.provider,
                row.token,
                row.id,
                lambda current: eventual.settled(current, now=True),
                account=row.account,
                region=row.region,
                parent=row.parent,
                operation="ready",
            )
        except NotFoundError:
            raise RefusedError(f"{what} was deleted by somebody before it was ready") from None
        reason = eventual.failure(row)
        if reason and eventual.is_forgotten(row):
            delete = f"sandbox/cloud rm {ready.name or ready.id} --token {ready.token}"
            raise RefusedError(
                f"{reason}\n  It is there all the same, and the provider has not noted it:"
                f" `{delete}` before the next `up`"
            )
        return ready, reason

    def awaited_removal(self, row: Row) -> None:
        """Wait until a row that is being deleted is gone.

        Raises:
            RefusedError: The waiting was cut short.
        """
        if self.pause(eventual.remaining(row)):
            raise RefusedError(
                f"interrupted while waiting for the deletion of {row.token} {row.name or row.id}:"
                " the cloud goes on with it. Run the command again"
            )
