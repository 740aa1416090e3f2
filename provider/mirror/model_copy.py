"""`serving:index:ModelCopy`: a copy of a model in a mirror of one's own.

Nothing is ever written over, and nothing deleted: another source has another place, and what an
earlier version was served from stays for a rollback.
"""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, cast

from typing_extensions import override

from facts.model_mirror import Place, place
from provider.calls import call
from provider.clients import Clients
from provider.errors import ProviderError, one_line
from provider.mirror import copying
from provider.mirror.copying import Copy
from provider.mirror.manifest import Manifest
from provider.mirror.model_copy_inputs import DEFAULT_TIMEOUT_SECONDS, WHOLE
from provider.mirror.places import source_of, store_of
from provider.mirror.protocol import Progress, StoppedError, Store
from provider.resource import Read, Settled
from provider.waiting import Poll, Report

__all__ = ["ModelCopy"]

_REPORTED_SECONDS: Final = 5.0


class ModelCopy(Settled):
    """What is there whole is left; what was changed or removed is copied, as at first."""

    def __init__(self, clients: Clients, *, poll: Poll | None = None) -> None:
        self._clients = clients
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    @override
    def identity(self, inputs: Mapping[str, object]) -> str:
        return str(inputs["uri"])

    @override
    async def apply(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> dict[str, object]:
        usual = cast(float, inputs.get("timeoutSeconds") or DEFAULT_TIMEOUT_SECONDS)
        manifest = await self._copied(inputs, timeout_seconds or usual, report)
        return {**inputs, **_outputs(manifest, WHOLE)}

    async def moved(self, state: Mapping[str, object]) -> list[str]:
        """`status`, where a copy that was whole is not any more: the next update mends it.

        Nobody refreshes before each update, and what starts from a copy that is gone does not.
        """
        found = await self.read(str(state["uri"]), state)
        return ["status"] if found is None or found[1]["status"] != WHOLE else []

    async def read(self, resource_id: str, inputs: Mapping[str, object]) -> Read:
        """As `Resource` says; an import takes the copy's URI, and its manifest says the rest."""
        uri = str(inputs.get("uri") or resource_id)
        copy = Copy(str(inputs.get("source") or ""), _place(uri), str(inputs.get("digest") or ""))
        manifest, damage = await call(lambda: copying.whole(self._store(copy.place), copy))
        if manifest is None:
            return None
        found = {"source": manifest.source, "digest": manifest.digest or None, "uri": uri}
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            **{key: value for key, value in found.items() if value is not None},
            **inputs,
        }
        if inputs and (manifest.source, manifest.digest) != (copy.source, copy.digest):
            damage = f"it is a copy of {manifest.source}"
        return now, {**now, **_outputs(manifest, damage or WHOLE)}

    def _store(self, at: Place) -> Store:
        return store_of(self._clients, at)

    async def _copied(
        self, inputs: Mapping[str, object], seconds: float, report: Report
    ) -> Manifest:
        source, digest = str(inputs["source"]), str(inputs.get("digest") or "")
        copy, progress = Copy(source, _place(str(inputs["uri"])), digest), Progress()
        pickles = bool(inputs.get("pickles"))

        def work() -> Manifest:
            store = self._store(copy.place)
            manifest, damage = copying.whole(store, copy)
            if manifest is not None:
                copying.refuse_another(manifest, copy)
                if not damage:
                    return manifest
            model = source_of(self._clients, source, digest=digest, pickles=pickles)
            return copying.copied(model, store, replace(copy, earlier=manifest), progress)

        # A thread of its own: hours of copies would keep others from the pool of `call`.
        pool = ThreadPoolExecutor(1)
        running = asyncio.get_running_loop().run_in_executor(pool, work)
        cancelled = asyncio.create_task(self.cancelled.wait())
        started = time.monotonic()
        try:
            while not running.done():
                left = seconds - (time.monotonic() - started)
                if left <= 0 or cancelled.done():
                    progress.stop()
                    break
                await asyncio.wait(
                    {running, cancelled},
                    timeout=min(left, _REPORTED_SECONDS, self._poll.longest_seconds),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not running.done():
                    await report(f"copying {source}: {progress}")
            return await running
        except StoppedError:
            why = "cancelled" if cancelled.done() else f"not done after {seconds:g} s"
            raise ProviderError(
                f"copying {source}: {why}, {progress}. What is there whole stays: run `up` again "
                "to go on, or raise `timeoutSeconds`"
            ) from None
        except ProviderError:
            raise
        except Exception as error:
            raise ProviderError(one_line(error)) from error
        finally:
            cancelled.cancel()
            # Also where the engine is gone and this call with it: the next `up` copies the same.
            progress.stop()
            await asyncio.wait({running})
            pool.shutdown(wait=False)


def _place(uri: str) -> Place:
    found = place(uri)
    if found is None:
        raise ProviderError(f"uri: got {uri!r}; use s3://, gs:// or a blob's https://")
    return found


def _outputs(manifest: Manifest, status: str) -> dict[str, object]:
    return {"fileCount": len(manifest.files), "sizeBytes": manifest.size, "status": status}
