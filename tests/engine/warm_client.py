"""Stands where an interpreter is asked for: a child of the warm server runs what it is to run.

Started without site packages, so that it costs a hundredth of what the SDKs' imports do. Whatever
the server does not stand in for runs in the interpreter that was asked for, in this very process.
"""

import array
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping

# Told by warm_python.py, which sets it: `socket`, `environment` and `at_start` as JSON.
_SERVER = "MODEL_SERVING_WARM_SERVER"
# Not read once but set by the server in each of its children.
_FOLLOWED = "PYTHONPYCACHEPREFIX"


def main(arguments: list[str]) -> None:
    """Run the command to its end, and end as it does."""
    server = json.loads(os.environ[_SERVER])
    asked_for = os.environ["VIRTUAL_ENV"]
    if (
        os.path.realpath(asked_for) == server["environment"]
        and at_start(os.environ) == server["at_start"]
        # The only form in which the language host starts anything.
        and arguments[0] == "-u"
    ):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):  # Not ready yet.
            connection.connect(server["socket"])
            _end_as(_run(connection, arguments[1:]))
    interpreter = f"{asked_for}/bin/python"
    os.execv(interpreter, [interpreter, *arguments])  # noqa: S606 - as it was asked for


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that an interpreter reads once: who has others is no fork of the server."""
    return {
        key: value
        for key, value in sorted(environment.items())
        if key.startswith(("PYTHON", "LC_", "LANG")) and key != _FOLLOWED
    }


def _run(connection: socket.socket, arguments: list[str]) -> int:
    """Returns: the exit code, negative for a signal; as `os.waitstatus_to_exitcode`."""
    request = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes as long as all the rest
    }
    body = json.dumps(request).encode(errors="surrogateescape")
    files = array.array("i", [0, 1, 2])
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
