"""Instances of functions, kept warm while this process lives, as many as are needed at once."""

import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from sandbox.serving.instance import Function, Instance, Outcome
from sandbox.serving.runtime_api import Event

__all__ = ["Pool", "ThrottledError"]

# What a function finds of this process's environment; the rest is Lambda's, or its own.
_PASSED_ON = ("PATH", "PYTHONPYCACHEPREFIX", "NO_PROXY", "no_proxy")


class ThrottledError(Exception):
    """As many of the function's instances are busy as it may have."""


class Pool:
    """Thread-safe; `close` ends every instance."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        """`variables` is what every function finds beside its own, such as credentials."""
        inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._variables = inherited | dict(variables or {})
        self._lock = threading.Lock()
        self._idle: dict[str, list[Instance]] = {}
        self._busy: dict[str, list[Instance]] = {}
        # A process ends with the thread that started it (see start.py): this one stays.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="lambda-starter")
        self._closed = False

    def invoke(self, key: str, function: Function, event: Event, *, most: int | None) -> Outcome:
        """Run an event on a warm instance, or on a new one.

        `key` is what instances are shared by: one account's function, version and configuration.
        `most` is how many of the function's instances there may be at once.

        Raises:
            ThrottledError: There are as many already.
        """
        instance = self._taken(key, function, most)
        try:
            return instance.invoke(event)
        finally:
            self._returned(key, function, instance)

    def close(self) -> None:
        """End all instances. Safe to call twice."""
        with self._lock:
            self._closed = True
            instances = [each for idle in self._idle.values() for each in idle]
            instances += [each for busy in self._busy.values() for each in busy]
            self._idle.clear()
        for instance in instances:
            instance.close()
        self._starter.shutdown()

    def _taken(self, key: str, function: Function, most: int | None) -> Instance:
        with self._lock:
            busy = self._busy.setdefault(function.name, [])
            if most is not None and len(busy) >= most:
                raise ThrottledError
            idle = self._idle.setdefault(key, [])
            instance = idle.pop() if idle else None
            if instance is not None and not instance.is_running():
                # Ended by somebody else since.
                instance.close()
                instance = None
            if instance is None:
                instance = Instance(function, variables=self._variables, spawn=self._spawn)
            busy.append(instance)
            return instance

    def _returned(self, key: str, function: Function, instance: Instance) -> None:
        with self._lock:
            self._busy[function.name].remove(instance)
            if instance.alive and not self._closed:
                self._idle[key].append(instance)
                return
        instance.close()

    def _spawn(self, start: Callable[[], "subprocess.Popen[bytes]"]) -> "subprocess.Popen[bytes]":
        return self._starter.submit(start).result()
