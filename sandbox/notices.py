"""Tells the engine what passes unchecked: types, once each, and what cannot be known here."""

import queue
import threading
from typing import Any

import grpc

from sandbox.check import Problem
from sandbox.clouds.base import Cloud

__all__ = ["Notices", "shape_only"]


def shape_only(token: str) -> str:
    """What is said of a type."""
    return (
        f"{token} is checked by its declared shape only: what the real cloud refuses beyond that"
        f" passes here. `sandbox/cloud types '{token}'` says how deep other types are checked"
    )


class Notices:
    """Sends messages to the engine's log from a thread of its own, so that no call waits."""

    def __init__(self, cloud: Cloud, engine: str) -> None:
        """`engine` is the address of the engine's service; empty: nobody is told."""
        self._cloud = cloud
        self._engine = engine
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._messages: queue.SimpleQueue[tuple[str, str, str] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def met(self, urn: str, token: str) -> None:
        """A resource of a type is checked; the first one of a type says how deeply."""
        if not self._engine or token in self._seen:
            return
        with self._lock:
            if token in self._seen:
                return
            self._seen.add(token)
            if not self._cloud.depth(token).shape_only:
                return
            self._put("INFO", urn, shape_only(token))

    def doubted(self, urn: str, doubts: list[Problem]) -> None:
        """A resource is made or changed that may be wrong: a warning for each doubt."""
        if not self._engine or not doubts:
            return
        with self._lock:
            for doubt in doubts:
                self._put("WARNING", urn, f"{doubt.path}: {doubt.reason}")

    def close(self, seconds: float) -> None:
        """Wait so long at most for what is not sent yet."""
        if self._thread is not None:
            self._messages.put(None)
            self._thread.join(seconds)

    def _put(self, severity: str, urn: str, text: str) -> None:
        self._messages.put((severity, urn, text))
        if self._thread is None:
            self._thread = threading.Thread(target=self._send, daemon=True)
            self._thread.start()

    def _send(self) -> None:
        from sandbox.protocol import engine_protocol  # noqa: PLC0415 - few runs need it

        messages, services = engine_protocol()
        with grpc.insecure_channel(self._engine) as channel:
            engine: Any = services.EngineStub(channel)
            while (each := self._messages.get()) is not None:
                severity, urn, text = each
                level = messages.LogSeverity.Value(severity)
                try:
                    engine.Log(messages.LogRequest(severity=level, message=text, urn=urn))
                except grpc.RpcError:
                    return  # The engine has ended; a notice is not worth an error.
