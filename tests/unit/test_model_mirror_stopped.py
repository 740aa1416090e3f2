"""Copies that are stopped before they are whole, and gone on with."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest

from provider.errors import ProviderError
from provider.mirror import copying, reading
from provider.mirror.manifest import Manifest
from provider.mirror.model_copy import ModelCopy
from sandbox.store import Fault, Store
from tests.unit.model_copies import HUB, Copies, copies
from tests.unit.test_model_registries import registries

__all__ = ["copies", "registries"]


def stopped(copies: Copies, uri: str, when: str, stop: Callable[[ModelCopy], None]) -> str:
    """What is said of a copy that is stopped once its progress says so."""
    asked: dict[str, object] = {"source": HUB, "uri": uri}

    async def work() -> None:
        resource = copies.resource()

        async def report(message: str) -> None:
            if when in message:
                stop(resource)

        await resource.create(asked, timeout_seconds=600, report=report)

    with pytest.raises(ProviderError) as error:
        asyncio.run(work())
    return str(error.value)


def broken_off(copies: Copies, monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Downloads break off after so many, and are gone on with when somebody stops them at last."""
    monkeypatch.setattr(reading, "_FIRST_PAUSE", 600.0)
    with closing(Store(copies.registries.path)) as store:
        store.add_fault(Fault("huggingface:Model", "download", "unreachable", skip=after, count=-1))


def test_what_an_earlier_run_has_copied_is_not_copied_again(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "s3://our-models/mirror/assistant/1/assistant/"
    broken_off(copies, monkeypatch, after=2)
    said = stopped(copies, uri, "2 of 3 files", lambda resource: resource.cancelled.set())
    assert "cancelled, 2 of 3 files" in said
    assert "run `up` again to go on" in said
    assert len(copies.there("s3", "our-models/mirror/")) == 2
    with closing(Store(copies.registries.path)) as store:
        store.clear_faults()
    downloads = copies.registries.asked("*").count("huggingface:download")
    copies.copy(HUB, uri)
    assert copies.registries.asked("*").count("huggingface:download") == downloads + 1
    assert len(copies.there("s3", "our-models/mirror/")) == 4


def test_what_takes_too_long_says_so(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    broken_off(copies, monkeypatch, after=0)
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("provider.mirror.model_copy.time", clock)
    uri = "s3://our-models/mirror/a/1/assistant/"
    said = stopped(copies, uri, "0 of 3 files", lambda _: now.append(now.pop() + 600.0))
    assert "not done after 600 s, 0 of 3 files" in said
    assert "raise `timeoutSeconds`" in said
    assert copies.there("s3", "our-models/mirror/") == {}


def test_nothing_goes_on_for_an_engine_that_is_gone(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its call is cancelled, and with it what copies: the next run would copy the same."""
    broken_off(copies, monkeypatch, after=2)
    ended, copied_there = threading.Event(), copying.copied

    def watched(*given: Any) -> Manifest:  # noqa: ANN401 - passed on
        try:
            return copied_there(*given)
        finally:
            ended.set()

    monkeypatch.setattr(copying, "copied", watched)

    async def work() -> None:
        begun = asyncio.Event()

        async def report(message: str) -> None:
            if "2 of 3 files" in message:
                begun.set()

        inputs: dict[str, object] = {
            "source": HUB,
            "uri": "s3://our-models/mirror/assistant/1/assistant/",
        }
        call = asyncio.create_task(
            copies.resource().create(inputs, timeout_seconds=600, report=report)
        )
        await begun.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(work())
    assert ended.is_set()
