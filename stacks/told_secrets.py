"""Tells `serving` the values that are secret here, before the engine can print any of them.

The engine keeps the program's secrets and the clouds' secret outputs out of all that it writes
itself, but passes on what others say: an error of a cloud that repeats its request, a line that the
program prints. `serving` hides such values in what it passes on, and names a socket by this
variable; without it (plain `pulumi`) nothing happens here. See
docs/adr/0044-secrets-out-of-every-stream.md.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

import pulumi
from pulumi.runtime import rpc, settings

from facts.masking import unpacked, without_repeated_labels

__all__ = ["VARIABLE", "heard", "looked_at", "tell"]

# Kept in step with delivery/secrecy, which cannot be imported from here.
VARIABLE: Final = "MODEL_SERVING_SECRETS_SOCKET"
_SIGNATURE: Final = rpc._special_sig_key  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
_SECRET: Final = rpc._special_secret_sig  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
_MARK: Final = _SECRET.encode()
# Fields of answers that have a resource's outputs: where it is registered, and where it is read.
_OUTPUTS: Final = frozenset({"object", "properties"})
_SECONDS: Final = 10.0


Hear = Callable[[object], None]


def tell(address: str) -> None:
    """From now on tell each secret, and wait until it is known, before it goes anywhere."""
    hear = _Teller(address).tell
    run: Any = settings.SETTINGS
    if run.monitor is not None:
        run.monitor = looked_at(run.monitor, hear)
    _hear_what_is_made(hear)


@contextmanager
def heard(hear: Hear) -> Generator[None]:
    """Hear what a program in this process makes secret."""
    before = pulumi.Output.secret
    _hear_what_is_made(hear)
    try:
        yield
    finally:
        pulumi.Output.secret = staticmethod(before)  # pyright: ignore[reportAttributeAccessIssue]


def looked_at(monitor: Any, hear: Hear) -> Any:  # noqa: ANN401 - a stub of gRPC, or what acts as one
    """The engine's monitor; what is secret in what goes there and comes from there is heard."""
    return _LookedAt(monitor, hear)


def _hear_what_is_made(hear: Hear) -> None:
    """What a program makes secret it may print before it is part of any resource."""
    make = pulumi.Output.secret

    def secret(val: Any) -> pulumi.Output[Any]:  # noqa: ANN401 - as the SDK's
        hear(val)
        return make(val)

    pulumi.Output.secret = staticmethod(secret)  # pyright: ignore[reportAttributeAccessIssue]


class _Teller:
    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._told: set[str] = set()

    def tell(self, value: object) -> None:
        """Tell a value, once; whoever cannot be told has ended, and prints nothing any more."""
        try:
            text = json.dumps(value)
        except (TypeError, ValueError):
            return  # An output, perhaps in a list: told when it is sent to the engine.
        with self._lock, contextlib.suppress(OSError):
            if text in self._told:
                return
            self._told.add(text)
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.settimeout(_SECONDS)
                self._socket.connect(self._address)
            self._socket.sendall(text.encode() + b"\n")
            self._socket.recv(1)


class _LookedAt:
    def __init__(self, monitor: Any, hear: Hear) -> None:  # noqa: ANN401
        self._monitor = monitor
        self._hear = hear

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._monitor, name)

        def told(request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            self._look(request)
            answer = call(request, *args, **kwargs)
            self._look(answer, of=getattr(request, "type", ""))
            return answer

        return told

    def _look(self, message: Any, *, of: str = "") -> None:  # noqa: ANN401 - of the protocol
        """`of` is the type of the resource whose outputs are in an answer."""
        serialise = getattr(message, "SerializeToString", None)
        if serialise is None or _MARK not in serialise():
            return
        from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

        found: dict[str, object] = MessageToDict(message)
        for name in _OUTPUTS & found.keys():
            found[name] = without_repeated_labels(of, found[name])
        self._walk(found)

    def _walk(self, value: object, key: str = "") -> None:
        if isinstance(value, Mapping):
            found = cast("Mapping[str, object]", value)
            if found.get(_SIGNATURE) == _SECRET:
                self._hear(unpacked(key, found.get("value")))
            for name, each in found.items():
                self._walk(each, name)
        elif isinstance(value, list):
            for each in cast("list[object]", value):
                self._walk(each)
