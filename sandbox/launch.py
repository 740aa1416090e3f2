"""Run the engine or any command on the sandbox; `sandbox/pulumi`, `sandbox/run` start here."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

try:
    from sandbox import bootstrap, commandline, environment, interruption, locks, stackfile
    from sandbox.progress import SetupError, say
except ModuleNotFoundError as missing:  # The environment knows the way to us, when it is whole.
    sys.exit(
        f"error: the project's environment is damaged ({missing}); `sandbox/setup` repairs it."
    )


def main(arguments: list[str]) -> int:
    """Run `pulumi <arguments>`, or with `--run` first, any command, on the sandbox."""
    folder = environment.home()
    try:
        engine = bootstrap.find() or bootstrap.ensure()
        environment.prepare(folder)
    except SetupError as error:
        say(f"error: {error}")
        return 1
    except OSError as error:
        say(
            f"error: the sandbox's folder {folder} cannot be used ({error.strerror}); make it "
            "writable, or set MODEL_SERVING_SANDBOX_HOME to another one."
        )
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments[:1] == ["--run"]:
        return _run_command(arguments[1:], folder, engine)
    with _vendor_apis(
        folder, needed=commandline.command(arguments)[0] in commandline.REACH_CLOUDS
    ) as url:
        variables = environment.variables(folder, engine, inherited=os.environ, endpoint=url)
        try:
            arguments, state = _on_sandbox(arguments, folder, engine, variables)
        except SetupError as error:
            say(f"error: {error}")
            return 1
        return _wait([str(engine.pulumi), *arguments], variables, state)


def _on_sandbox(
    arguments: list[str], folder: Path, engine: bootstrap.Engine, variables: dict[str, str]
) -> tuple[list[str], Path | None]:
    """Prepare the stack that the command is about.

    Returns:
        The arguments for the engine, and the file of the state that the command may change.
    """
    command, position = commandline.command(arguments)
    if command in commandline.NO_STACK:
        return arguments, None
    locks.clear_dead(folder)
    directory = Path(commandline.flag(arguments, "-C", "--cwd") or ".").absolute()
    project = stackfile.find_project(directory)
    if not project or command not in commandline.REACH_CLOUDS:
        return arguments, None
    environment.check(folder)
    arguments = commandline.without_code(arguments)
    _stand_in_for(project, folder, variables)
    named = commandline.flag(arguments, "-s", "--stack") or os.environ.get("PULUMI_STACK", "")
    stack = named.rpartition("/")[2] or stackfile.selected(folder, project)
    if not stack:
        return arguments, None  # The engine asks, or says what is missing.
    state = None
    # Of a state that is kept elsewhere only the engine knows.
    if variables["PULUMI_BACKEND_URL"] == environment.own_backend(folder):
        stackfile.check_state(folder, project, stack)
        stackfile.create_when_declared(
            folder, project, stack, pulumi=engine.pulumi, variables=variables
        )
        if command not in commandline.ONLY_LOOK:
            state = stackfile.state_file(folder, project, stack)
    # `--config` and `--config-file` say themselves where settings go.
    if any(
        commandline.flag(arguments, *names) for names in (("--config-file",), ("-c", "--config"))
    ):
        return arguments, state
    copy = stackfile.sandbox_copy(folder, project, stack)
    if not copy:
        return arguments, state
    after = position + 1
    return [*arguments[:after], "--config-file", str(copy), *arguments[after:]], state


def _stand_in_for(project: stackfile.Project, folder: Path, variables: dict[str, str]) -> None:
    """Have the stand-in providers in the versions of the project's own SDKs."""
    chosen = project.environment()
    if not chosen or not environment.install_plugins(folder, chosen):
        # Whatever its interpreter has: one on PATH stands in for any version, with a warning.
        variables["PATH"] += os.pathsep + str(environment.PLUGINS)
    for packages in sorted((chosen / "lib").glob("python3*/site-packages")) if chosen else ():
        # What a type declares is what the program's own SDK says of it.
        variables[environment.SDK_SITE] = str(packages)


def _run_command(command: list[str], folder: Path, engine: bootstrap.Engine) -> int:
    if not command:
        say("Usage: sandbox/run <command> [arguments]: runs it in the sandbox's environment.")
        return 1
    with _vendor_apis(folder) as url:
        variables = environment.variables(folder, engine, inherited=os.environ, endpoint=url)
        return _wait(command, variables)


class _vendor_apis(AbstractContextManager["str | None"]):  # noqa: N801 - used as a function.
    """The vendors' APIs, served from the sandbox's store while a command runs."""

    def __init__(self, folder: Path, *, needed: bool = True) -> None:
        self._folder = folder
        self._needed = needed
        self._server = None

    def __enter__(self) -> str | None:
        # A command under `sandbox/run` finds them served already.
        if os.environ.get("MODEL_SERVING_SANDBOX_STORE") == str(environment.store(self._folder)):
            return os.environ.get("AWS_ENDPOINT_URL")
        if not self._needed:
            return None
        from sandbox.api import server  # noqa: PLC0415 - most commands need no server.

        self._server = server.start(environment.store(self._folder))
        environment.write_registries_conf(self._folder, self._server.url)
        return self._server.url

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.close()
            environment.registries_conf(self._folder, self._server.url).unlink(missing_ok=True)


def _wait(command: list[str], variables: dict[str, str], state: Path | None = None) -> int:
    """Run the command to its end and return its exit code.

    When that was an untimely one, say what is left in the state that the command changes.

    A terminal's Ctrl-C reaches the command by itself, as it shares our process group: we only have
    to outlive it. SIGTERM is meant for the command too, but only we get it. So is the SIGHUP of a
    terminal that is closed, which would end the engine at once, and becomes a SIGTERM.
    """
    process: subprocess.Popen[bytes] | None = None
    signals: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        signals.append(number)
        if process and number != signal.SIGINT:
            process.send_signal(signal.SIGTERM)

    # Handlers, not SIG_IGN, which the command would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    try:
        process = subprocess.Popen(command, env=variables, preexec_fn=_end_with_parent())  # noqa: PLW1509 - one system call
    except OSError as error:
        say(f"error: {command[0]} cannot be started: {error.strerror}.")
        if error.errno == errno.ENOEXEC:
            say("It is damaged: `.venv/bin/python -m sandbox.bootstrap` checks and replaces it.")
        return 1
    code = process.wait()
    if state and code and (signals or code < 0):
        interruption.tell(state, code)
    return code if code >= 0 else 128 - code


def _end_with_parent() -> Callable[[], None] | None:
    """What makes a child get SIGTERM, hence end in order, when this process is killed; on Linux."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415 - 5 ms that `sandbox/run --help` need not wait for.

    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG in linux/prctl.h

    def end_with_parent() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        prctl(set_parent_death_signal, signal.SIGTERM)

    return end_with_parent


if __name__ == "__main__":
    # Whoever is asked for a version and asks us is no engine; we would ask it again.
    sys.exit(1 if bootstrap.ASKED in os.environ else main(sys.argv[1:]))
