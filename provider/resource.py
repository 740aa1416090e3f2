"""What a resource of this provider does in one account, whatever its vendor."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

from typing_extensions import override

from provider.errors import NotReadyError, ProviderError
from provider.waiting import Report

__all__ = ["Deployed", "Kept", "Read", "Resource", "Settled"]

Read = tuple[dict[str, object], dict[str, object]] | None


class Resource(Protocol):
    """Create, read, update and delete. Inputs and outputs are plain values by their wire names.

    `timeout_seconds` is the resource option `customTimeouts`, 0 when it is not set. Every wait
    ends when `cancelled` is set. All raise `ProviderError`, for the user as it is.
    """

    cancelled: asyncio.Event

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """Make live what is asked; Pulumi's id, and the outputs.

        What an earlier run made and could not answer for is found and taken, never made twice.
        Raises `NotReadyError` where something was made that is not as asked: it stays in state.
        """
        ...

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """Inputs and outputs as they are live; None when there is nothing.

        `inputs` are the ones in state, empty for an import.
        """
        ...

    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """Make live what is asked, from the outputs in state `before`; the outputs."""
        ...

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """Take it away; what is not there is no error."""
        ...


class Kept:
    """For what stays in the cloud as it is when its resource goes: nothing is taken away."""

    async def delete(
        self,
        resource_id: str,
        state: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> None:
        """As `Resource` says."""


class Settled(Kept, ABC):
    """For what is made as it is mended: what is live decides, not what was in state.

    As what is only settled on something that another resource makes and takes away: what serves
    keeps its state until it goes.
    """

    @abstractmethod
    def identity(self, inputs: Mapping[str, object]) -> str:
        """Pulumi's id, which an import names too."""

    @abstractmethod
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        """Make live what was asked; the outputs."""

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """As `Resource` says."""
        outputs = await self.apply(inputs, timeout_seconds=timeout_seconds, report=report)
        return self.identity(inputs), outputs

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - what is live decides
        before: Mapping[str, object],  # noqa: ARG002
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """As `Resource` says."""
        return await self.apply(inputs, timeout_seconds=timeout_seconds, report=report)


class Deployed(Settled):
    """For what goes on by itself once it has begun, also when nobody waits for it any more.

    So an update that failed is in state with what it asked for, and as not ready: it may come true
    yet, and if the state had only what was before, going back to that would change nothing. It has
    no outputs: those from before are of something else.
    """

    @override
    async def update(
        self,
        resource_id: str,
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        try:
            return await self.apply(inputs, timeout_seconds=timeout_seconds, report=report)
        except ProviderError as error:
            raise NotReadyError(str(error), resource_id, inputs) from error
