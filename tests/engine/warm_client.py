"""Stands where an interpreter is asked for: a child of the warm server runs what it is to run.

Started without site packages, so that it costs a hundredth of what the SDKs' imports do, and with
the library's parts in C alone: `socket`, `signal` and `json` take longer to load than the
interpreter to start, five times in each step of the engine. Whatever the server does
not stand in for runs in the interpreter that was asked for, in this very process.
"""

import marshal
import os
import sys

TYPE_CHECKING = False  # As typing's.
if TYPE_CHECKING:
    import signal
    import socket
    from typing import Any
else:
    import _signal as signal
    import _socket as socket

# Told by warm_python.py, which sets it: `socket`, `environment` and `at_start`; see `told`.
_SERVER = "MODEL_SERVING_WARM_SERVER"
# Not read once but set by the server in each of its children.
_FOLLOWED = "PYTHONPYCACHEPREFIX"


def told(server: "dict[str, Any]") -> dict[str, str]:
    """The variable by which clients know of the server."""
    return {_SERVER: marshal.dumps(server).hex()}


def server_of(environment: dict[str, str]) -> "dict[str, Any]":
    """What was told."""
    return marshal.loads(bytes.fromhex(environment[_SERVER]))  # noqa: S302 - our own


def main(arguments: list[str]) -> None:
    """Run the command to its end, and end as it does."""
    environment = dict(os.environ)
    server = server_of(environment)
    asked_for = environment["VIRTUAL_ENV"]
    if (
        os.path.realpath(asked_for) == server["environment"]
        and at_start(environment) == server["at_start"]
        # The only form in which the language host starts anything.
        and arguments[0] == "-u"
    ):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(server["socket"])
        except (FileNotFoundError, ConnectionRefusedError):  # Not ready yet.
            pass
        else:
            _end_as(_run(connection, arguments[1:], environment))
    interpreter = f"{asked_for}/bin/python"
    os.execv(interpreter, [interpreter, *arguments])  # noqa: S606 - as it was asked for


def at_start(environment: dict[str, str]) -> dict[str, str]:
    """Variables that an interpreter reads once: who has others is no fork of the server."""
    return {
        key: value
        for key, value in sorted(environment.items())
        if key.startswith(("PYTHON", "LC_", "LANG")) and key != _FOLLOWED
    }


def _run(connection: socket.socket, arguments: list[str], environment: dict[str, str]) -> int:
    """Returns: the exit code, negative for a signal; as `os.waitstatus_to_exitcode`."""
    request = {
        "arguments": arguments,
        "environment": environment,
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes as long as all the rest
    }
    body = marshal.dumps(request)
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    length = len(body).to_bytes(4, "big")
    connection.sendmsg([length], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    connection.sendall(body)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: connection.sendall(bytes([number])))
    answer = b""
    while len(answer) < 4:
        more = connection.recv(4 - len(answer))
        if not more:
            return -signal.SIGKILL  # The server was killed, and its children with it.
        answer += more
    return int.from_bytes(answer, "big", signed=True)


def _end_as(code: int) -> None:
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
