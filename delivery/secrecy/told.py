"""Hears from the program what is secret in it: values that no file holds in clear.

The program waits for the answer, so that a value is known before the engine has it.
"""

import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["VARIABLE", "hearing"]

# Kept in step with stacks/told_secrets.py, which cannot be imported without Pulumi's SDK.
VARIABLE: Final = "MODEL_SERVING_SECRETS_SOCKET"


@contextmanager
def hearing(hear: Callable[[object], None]) -> Generator[dict[str, str]]:
    """Variables by which a program tells its secrets; each is heard as JSON's value."""
    if not hasattr(socket, "AF_UNIX"):
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="serving-") as folder:
        # In a folder that nobody else can enter.
        address = Path(folder) / "secrets"
        with socket.socket(socket.AF_UNIX) as listening:
            try:
                listening.bind(os.fspath(address))
            except OSError:
                # A path that is longer than a socket's may be, about 100 characters.
                yield {}
                return
            listening.listen()
            thread = threading.Thread(target=_listen, args=(listening, hear), daemon=True)
            thread.start()
            try:
                yield {VARIABLE: os.fspath(address)}
            finally:
                with suppress(OSError):
                    listening.shutdown(socket.SHUT_RDWR)


def _listen(listening: socket.socket, hear: Callable[[object], None]) -> None:
    with suppress(OSError):
        while True:
            program, _ = listening.accept()
            threading.Thread(target=_answer, args=(program, hear), daemon=True).start()


def _answer(program: socket.socket, hear: Callable[[object], None]) -> None:
    with suppress(OSError), program, program.makefile("rb") as lines:
        for line in lines:
            with suppress(ValueError):
                hear(json.loads(line))
            program.sendall(b".")
