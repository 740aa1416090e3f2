"""The process: it loads in the background, listens meanwhile, drains when it is told to end.

On SIGTERM (docs/adr/0024): readiness goes off; for `drain_seconds` whoever still sends is answered,
each answer closing its connection; then the port is closed, and for `grace_seconds` what has begun
is finished, while connections that are open are answered 503. A second signal ends the wait.
"""

import asyncio
import contextlib
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, TypeVar

import uvicorn

from runtime import loading
from runtime.drift.profile import ProfileError
from runtime.errors import InferenceError, SourceError
from runtime.features import FeatureSettingsError
from runtime.request_logs import PAYLOADS
from runtime.server.app import make_app
from runtime.server.boundary import Boundary
from runtime.server.logs import Log
from runtime.server.protocol import make_protocol
from runtime.server.serving import Serving
from runtime.server.settings import ServerSettings
from runtime.server.tracing import Tracing

__all__ = ["EXIT_NO_MODEL", "listen", "run"]

EXIT_NO_MODEL: Final = 3
_CUT_SECONDS: Final = 1
_BACKLOG: Final = 2048

_T = TypeVar("_T")


def listen(settings: ServerSettings) -> socket.socket:
    """The socket that the server listens on.

    Raises:
        OSError: The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)


def run(settings: ServerSettings, listener: socket.socket, tracing: Tracing, log: Log) -> int:
    """Serve until a signal comes; the exit code: 0, or 3 where the model cannot be loaded."""
    serving = Serving(settings, tracing)
    request_logs = settings.core.request_logs
    app = Boundary(make_app(serving), serving.life, serving.metrics, tracing, log, request_logs)
    if request_logs.payload_bytes:
        log.warning(PAYLOADS, payload_bytes=request_logs.payload_bytes)
    config = uvicorn.Config(
        app,
        http=make_protocol(settings.read_timeout_seconds),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=settings.keep_alive_seconds,  # pyright: ignore[reportArgumentType] - any number of seconds
    )
    server = _Server(config, serving, listener, log)
    server.run(sockets=[listener])
    if serving.features is not None:
        serving.features.close()
    tracing.close()
    code = EXIT_NO_MODEL if serving.life.failed else 0
    log.info("the server ends", exit_code=code)
    if not serving.pool.close():
        # A prediction that does not end would keep the process; whoever waited for it is gone.
        os._exit(code)
    return code


class _Server(uvicorn.Server):
    """uvicorn's server, with the loading of the model and an end of our own."""

    def __init__(
        self, config: uvicorn.Config, serving: Serving, listener: socket.socket, log: Log
    ) -> None:
        super().__init__(config)
        self._serving = serving
        self._listener = listener
        self._log = log
        self._hurry = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals begin the drain; uvicorn would end at once, and again with the signal."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and load meanwhile."""
        await super().startup(sockets)
        address = self._listener.getsockname()
        self._log.info("the server listens", host=address[0], port=address[1])
        self._begin(self._load())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what has begun before uvicorn closes the connections."""
        for server in self.servers:
            server.close()
        pool = self._serving.pool
        deadline = time.monotonic() + self._serving.settings.grace_seconds
        await pool.idle(self._serving.settings.grace_seconds)
        if pool.in_flight:
            self._log.error("requests are cut off", requests=pool.in_flight)
        # What is left of the time is for those who still read their answer.
        left = max(_CUT_SECONDS, math.ceil(deadline - time.monotonic()))
        self.config.timeout_graceful_shutdown = left
        await super().shutdown(sockets)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self) -> None:
        begin = time.perf_counter()
        serving = self._serving
        try:
            found = await _in_thread(lambda: loading.start(serving.settings.core))
        except Exception as error:  # noqa: BLE001 - whatever it is, the server is no server then
            # Only these texts are ours: of names and sizes, not of what is in a file.
            ours = isinstance(
                error, (SourceError, InferenceError, FeatureSettingsError, ProfileError)
            )
            why = str(error) if ours else ""
            self._log.error("the model is not loaded", error=type(error).__name__, why=why)
            serving.life.failed = True
            await self._wait(serving.settings.failed_seconds)
            self._end()
            return
        if not serving.life.closing:
            bins = found.drift.bins if found.drift else None
            serving.serve(found.model, found.features, time.perf_counter() - begin, bins)

    def _on_signal(self, number: int) -> None:
        life = self._serving.life
        if life.draining or life.failed:
            self._hurry.set()
            return
        life.draining = True
        self._log.info(
            "the server drains",
            signal=signal.Signals(number).name,
            requests=self._serving.pool.in_flight,
        )
        self._begin(self._drain())

    async def _drain(self) -> None:
        # Nobody was sent here before there was a model.
        if self._serving.life.loaded is not None:
            await self._wait(self._serving.settings.drain_seconds)
        self._end()

    def _end(self) -> None:
        self._serving.life.closing = True
        self.should_exit = True

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)


async def _in_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns, done by a thread that keeps no process alive: a download may hang."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def tell(settle: Callable[[Any], None], what: object) -> None:
        # Nobody waits any more where it is cancelled, or the loop is closed.
        with contextlib.suppress(RuntimeError, asyncio.InvalidStateError):
            loop.call_soon_threadsafe(settle, what)

    def begin() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            tell(future.set_exception, error)
        else:
            tell(future.set_result, result)

    threading.Thread(target=begin, name="load", daemon=True).start()
    return await future
