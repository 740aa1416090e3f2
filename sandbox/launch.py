"""Run the Pulumi engine, or any command, on the sandbox. `sandbox/pulumi` and `sandbox/run` start here."""

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType

from sandbox import bootstrap, environment
from sandbox.progress import SetupError, say

# Commands that reach providers or programs, hence perhaps the vendors' APIs.
REACHES_CLOUDS = {
    "preview",
    "pre",
    "up",
    "update",
    "refresh",
    "destroy",
    "down",
    "dn",
    "import",
    "watch",
}
TAKES_CONFIG_FILE = REACHES_CLOUDS | {"config", "cfg", "conf"}
# Global flags of the engine whose value is the next argument.
VALUED = {
    "-C",
    "--cwd",
    "--color",
    "--profiling",
    "--tracing",
    "-v",
    "--verbose",
    "--memprofilerate",
}


def main(arguments: list[str]) -> int:
    """Run `pulumi <arguments>`, or with `--run` first, any command, on the sandbox."""
    try:
        engine = bootstrap.find() or bootstrap.ensure()
        folder = environment.home()
        environment.prepare(folder)
    except SetupError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments[:1] == ["--run"]:
        return _run_command(arguments[1:], folder, engine)
    command = _command(arguments)
    serve = command in REACHES_CLOUDS
    with _vendor_apis(folder) if serve else nullcontext() as url:
        variables = environment.variables(folder, engine, inherited=os.environ, endpoint=url)
        return _wait([str(engine.pulumi), *arguments], variables)


def _run_command(command: list[str], folder: Path, engine: bootstrap.Engine) -> int:
    if not command:
        say(
            "Usage: sandbox/run <command> [arguments]: runs the command in the sandbox's environment."
        )
        return 1
    with _vendor_apis(folder) as url:
        variables = environment.variables(folder, engine, inherited=os.environ, endpoint=url)
        return _wait(command, variables)


def _command(arguments: list[str]) -> str:
    """The engine's command, which global flags may precede."""
    rest = iter(arguments)
    for argument in rest:
        if argument in VALUED:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return ""


class _vendor_apis(AbstractContextManager["str | None"]):  # noqa: N801 - used as a function.
    """The vendors' APIs, served from the sandbox's store while a command runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = None

    def __enter__(self) -> str | None:
        # A command under `sandbox/run` finds them served already.
        if os.environ.get("MODEL_SERVING_SANDBOX_STORE") == str(environment.store(self._folder)):
            return os.environ.get("AWS_ENDPOINT_URL")
        if not importlib.util.find_spec("sandbox.api"):
            return None
        from sandbox.api import server  # noqa: PLC0415 - most commands need no server.

        self._server = server.start(environment.store(self._folder))
        return self._server.url

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.close()


def _wait(command: list[str], variables: dict[str, str]) -> int:
    """Run the command to its end and return its exit code.

    A terminal's Ctrl-C reaches the command by itself, as it shares our process group: we only have
    to outlive it. SIGTERM is meant for the command too, but only we get it.
    """
    process: subprocess.Popen[bytes] | None = None

    def forward(number: int, _: FrameType | None) -> None:
        if process and number != signal.SIGINT:
            process.send_signal(number)

    # Handlers, not SIG_IGN, which the command would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    try:
        process = subprocess.Popen(command, env=variables)
    except OSError as error:
        say(f"error: {command[0]} cannot be started: {error.strerror}.")
        return 1
    code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
