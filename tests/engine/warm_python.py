"""A Python with the SDKs loaded, of which each program and plugin of the tests is a fork.

Nine tenths of what a program costs is importing SDKs. The engine starts a program, plugins and a
policy pack in each step; where `MODEL_SERVING_SANDBOX_PYTHON` is set, the sandbox's language host
starts that, and its stand-in providers `MODEL_SERVING_PYTHON`: here both are warm_client.py. It
hands its arguments, environment, folder and files to this server, which forks. What is installed is
loaded beforehand, and the project as it is when the tests begin; a program that brings other
packages of those names gets its own. What a fork shares beside modules is the seed of hashes.

Google's clients, which the first-party provider has in a process of their own, cannot be loaded
beside Pulumi's: a second server has those.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import marshal
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, cast

from sandbox.bootstrap import ensure, find
from sandbox.environment import variables as sandbox_variables
from tests.engine.huge_pages import use_huge_pages
from tests.engine.warm_client import at_start, server_of, told

ROOT = Path(__file__).resolve().parents[2]
_ENVIRONMENT = ROOT / ".venv"
_OURS = ("components", "delivery", "facts", "policies", "provider", "runtime", "sandbox", "stacks")
# What programs, providers and packs import.
_WALKED = (
    "components",
    "delivery",
    "policies",
    "sandbox.api",
    "sandbox.clouds",
    "sandbox.console",
    "sandbox.serving",
    "stacks",
)
_NAMED = (
    *("pulumi.policy", "provider.server", "sandbox.launch"),
    *("sandbox.guard", "sandbox.life", "sandbox.notices", "sandbox.provider", "sandbox.stackfile"),
)
# What they import when it is first used.
_LATER = (
    *("azure.core", "azure.core.rest", "azure.identity", "azure.mgmt.core.policies"),
    *("azure.storage.blob", "boto3.s3.transfer", "botocore.config", "botocore.exceptions"),
    *("grpc._channel", "grpc._server", "grpc.experimental", "yaml"),
)
# What the second server loads, its socket beside the first's, and who is told of it.
_GOOGLE = "tests.engine.google_clients"
_SECOND = "google-socket"
_FORKS_GOOGLE = "MODEL_SERVING_WARM_GOOGLE"
_FILES = 3
# What modules are, and what they read of their own folders.
_READ = (".py", ".json", ".csv", ".toml")
# Of each package of ours, what it was made of when it was loaded.
_LOADED: dict[str, dict[str, tuple[int, int]]] = {}
# A module of ours that cannot be imported is the affair of tests that need it. The SDKs register
# modules that are loaded when first used: those have a class of their own.
_NAMES_OF_MODULES = """
import contextlib, importlib, json, pkgutil, sys
walked, named = (each.split(",") for each in sys.argv[1:])
for package in walked:
    paths = importlib.import_module(package).__path__
    named += [each.name for each in pkgutil.walk_packages(paths, f"{package}.")]
for name in named:
    with contextlib.suppress(Exception):
        if not name.endswith(".__main__"):
            importlib.import_module(name)
loaded = {name: each for name, each in sys.modules.items() if type(each).__name__ == "module"}
print(json.dumps({name: list(vars(each)) for name, each in loaded.items()}))
"""


def start_warm_python(
    folder: Path, alive: int, *load: str
) -> tuple[dict[str, str], list[subprocess.Popen[bytes]]]:
    """Start the server; without `load` a second one too, of Google's clients.

    Args:
        folder: where its socket is to be and its clients are; short, as a socket's path is.
        alive: a file at whose end they end.
        load: modules instead of what is installed and ours import.

    Returns:
        Variables of the engine's processes, and the servers.
    """
    python = _ENVIRONMENT / "bin" / "python"
    path = folder / "socket"
    started = Path(__file__).with_name("warm_client.py")
    become = f'exec "{python}" -IS "{started}"'
    client = _script(folder / "python", f'{become} "$@"')
    # What processes on the sandbox find.
    environment = sandbox_variables(folder, find() or ensure(), inherited=os.environ)
    server_is: dict[str, Any] = {
        "socket": str(path),
        "environment": str(_ENVIRONMENT.resolve()),
        "at_start": at_start(environment),
    }
    # What is asked for as an interpreter of ours, not as an environment's.
    of_ours = f'VIRTUAL_ENV="{_ENVIRONMENT}" {become} -u "$@"'
    variables = {
        "MODEL_SERVING_SANDBOX_PYTHON": client,
        "MODEL_SERVING_PYTHON": _script(folder / "ours", of_ours),
        **told(server_is),
    }
    asked = [(path, *load)]
    if not load:
        second = folder / _SECOND
        asked.append((second, _GOOGLE))
        ((name, value),) = told(server_is | {"socket": str(second)}).items()
        variables[_FORKS_GOOGLE] = _script(folder / "google", f"export {name}={value}; {of_ours}")
    return variables, [
        subprocess.Popen(
            (python, "-m", "tests.engine.warm_python", *each),
            stdin=alive,
            cwd=ROOT,
            env=environment,
            # A terminal's Ctrl-C is for the tests, whose end it notices; its children end with it.
            start_new_session=True,
        )
        for each in asked
    ]


def _script(path: Path, line: str) -> str:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


@contextmanager
def warm_python(*load: str) -> Generator[dict[str, str]]:
    """Serve while the block runs.

    Args:
        load: modules instead of what is installed and ours import.

    Yields:
        Variables of the engine's processes.
    """
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        # The servers end when their standard input does, with this process in whatever way.
        alive, ends = os.pipe()
        variables, servers = start_warm_python(Path(folder), alive, *load)
        os.close(alive)
        try:
            yield variables
        finally:
            died = [each.poll() for each in servers]
            os.close(ends)
            for each in servers:
                each.wait()
            assert_none_died(died)


def wait_until_ready(variables: Mapping[str, str], seconds: float = 120) -> None:
    """Wait for the servers that these variables name; raises `TimeoutError`."""
    first = Path(server_of(dict(variables))["socket"])
    sockets = [first, first.with_name(_SECOND)] if _FORKS_GOOGLE in variables else [first]
    end = time.monotonic() + seconds
    while not all(each.exists() for each in sockets):
        if time.monotonic() > end:
            raise TimeoutError(sockets)
        time.sleep(0.05)


def assert_none_died(codes: Iterable[int | None]) -> None:
    """Fail where a server ended before the tests did: those were right all the same, and slow."""
    for code in codes:
        if code is not None:
            message = f"the warm Python ended with {code} before the tests did"
            raise RuntimeError(message)


def _modules() -> dict[str, list[str]]:
    """Modules that programs and plugins import, in order, with their names; a child's answer."""
    asked = (
        sys.executable,
        "-c",
        _NAMES_OF_MODULES,
        ",".join(_WALKED),
        ",".join((*_NAMED, *_LATER)),
    )
    said = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True)
    loaded: dict[str, list[str]] = json.loads(said.stdout)
    return {name: its for name, its in loaded.items() if name != "__main__"}


def _load(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            # The SDKs load a module when it is first asked for a name, and its parts by it: a part
            # that is there before would leave names out.
            getattr(importlib.import_module(name), "names", None)


def _not_whole(modules: Mapping[str, Iterable[str]]) -> list[str]:
    """Names that modules of the SDKs have elsewhere, and not here."""
    return [
        f"{name}.{key}"
        for name, keys in modules.items()
        if name.startswith("pulumi")
        for key in keys
        if not key.startswith("__") and key not in vars(sys.modules[name])
    ]


def _awake(number: int, frame: object) -> None:
    """Only to interrupt: what is to be done follows from the byte that is written then."""


class _Server:
    """A fork for each client, which is sent what the client is, and answered as the fork ends."""

    def __init__(self, path: str) -> None:
        self._clients: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._woken, wakes = socket.socketpair()
        for each in (self._woken, wakes):
            each.settimeout(0)
        self._wakes = wakes  # Open as long as the server.
        signal.signal(signal.SIGCHLD, _awake)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        self._listening.bind(path)
        self._listening.listen(64)
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until standard input ends."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    self._end()
                    return
                if key.fileobj is self._listening:
                    self._start(self._listening.accept()[0])
                elif key.fileobj is self._woken:
                    with contextlib.suppress(BlockingIOError):
                        self._woken.recv(4096)
                    self._reap()
                else:
                    self._forward(cast(socket.socket, key.fileobj), cast(int, key.data))

    def _start(self, client: socket.socket) -> None:
        head, files, _, _ = socket.recv_fds(client, 4, _FILES)
        body = b""
        while len(body) < int.from_bytes(head, "big"):
            if not (more := _received(client, 1 << 16)):
                break
            body += more
        if not head or len(body) < int.from_bytes(head, "big"):  # Killed before it had asked.
            for each in files:
                os.close(each)
            client.close()
            return
        request = marshal.loads(body)  # noqa: S302 - our own client's
        child = os.fork()
        if not child:
            signal.set_wakeup_fd(-1)
            _be(request, files)
        with contextlib.suppress(OSError):  # The child does the same; whoever is first.
            os.setpgid(child, child)
        for each in files:
            os.close(each)
        self._clients[child] = client
        self._selector.register(client, selectors.EVENT_READ, child)

    def _forward(self, client: socket.socket, child: int) -> None:
        if self._clients.get(child) is not client:  # Reaped since it was selected, and closed.
            return
        numbers = _received(client, 64)
        with contextlib.suppress(ProcessLookupError):
            for number in numbers:
                os.kill(child, number)
            if not numbers:  # The client was killed, as what it stands for would be.
                os.killpg(child, signal.SIGKILL)
        if not numbers:
            self._selector.unregister(client)

    def _reap(self) -> None:
        while self._clients:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            client = self._clients.pop(child)
            with contextlib.suppress(KeyError):
                self._selector.unregister(client)
            code = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(OSError):
                client.sendall(code.to_bytes(4, "big", signed=True))
            client.close()

    def _end(self) -> None:
        # What is killed here ends after the sockets, into which its end would be written.
        signal.set_wakeup_fd(-1)
        for child in self._clients:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


def _received(client: socket.socket, most: int) -> bytes:
    """Returns: nothing where the client has ended, in whatever way."""
    try:
        return client.recv(most)
    except ConnectionResetError:
        return b""


def _be(request: Mapping[str, Any], files: list[int]) -> NoReturn:
    """Become the process that was asked for, and end as it does."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for position, each in enumerate(files):
        os.dup2(each, position)
    os.closerange(_FILES, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
    tempfile.tempdir = None  # Where temporary files are, its own environment says.
    # As `python -u` has them.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), errors="backslashreplace", write_through=True
    )
    code = 1
    try:
        _run(request["arguments"])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if code and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - whatever it is, an interpreter shows it and ends
        traceback.print_exc()
    # What an interpreter does at its end, but for taking apart what is loaded: 0.2 s of CPU.
    threading._shutdown()  # noqa: SLF001 # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    atexit._run_exitfuncs()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    os._exit(code & 0xFF)


def _run(arguments: list[str]) -> None:
    """Run `python <arguments>`."""
    _forget_ours(Path.cwd(), *map(Path, arguments))
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[0] = str(Path.cwd())
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    safe_path = arguments[0] == "-P"
    sys.argv = arguments[safe_path:]
    script = Path(sys.argv[0])
    # The folder of a script; of a folder itself `run_path` puts it there.
    if safe_path or script.is_dir():
        del sys.path[0]
    else:
        sys.path[0] = str(script.resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


def _forget_ours(*folders: Path) -> None:
    """Load the project anew where a program or a pack brings packages of its names, not its files.

    A copy, or a link, is what is loaded already; to load it again takes a second of CPU.
    """
    # Not pathlib's, which raises where an argument is no path, as the code after `-c`.
    others = [folder for folder in folders if os.path.realpath(folder) != str(ROOT)]
    brought = [each / name for each in others for name in _OURS if os.path.isdir(each / name)]  # noqa: PTH112
    if any(_files(each) != _LOADED.get(each.name) for each in brought):
        for name in [each for each in sys.modules if each.partition(".")[0] in _OURS]:
            del sys.modules[name]


def _files(package: Path) -> dict[str, tuple[int, int]]:
    """What a package is made of: by name, how large, and when it was written."""
    found: dict[str, tuple[int, int]] = {}
    for folder, _, names in os.walk(package):
        for name in names:
            if name.endswith(_READ):
                path = os.path.join(folder, name)  # noqa: PTH118 - a thousand files, in each step
                told = os.stat(path)  # noqa: PTH116
                found[os.path.relpath(path, package)] = (told.st_size, told.st_mtime_ns)
    return found


def _end_if_alone(*_: object) -> None:
    if select.select([sys.stdin], [], [], 0)[0]:
        os.killpg(0, signal.SIGKILL)  # With the child that looks for modules.


def main(path: str, *load: str) -> None:
    """Load modules, then serve at the socket `path`."""
    _LOADED.update({name: _files(ROOT / name) for name in _OURS})
    # While it loads, too, it ends when its standard input does.
    signal.signal(signal.SIGALRM, _end_if_alone)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
    if load:
        _load(load)
    else:
        modules = _modules()
        _load(modules)
        if missing := _not_whole(modules):
            sys.exit(f"the warm Python lacks {', '.join(missing)}")
        # As our own program does; others are tested faster so.
        importlib.import_module("stacks.startup")
        # Late: a server of other modules has none of these.
        first_use = importlib.import_module("tests.engine.first_use")
        first_use.use(_OURS)
        first_use.poll_often()
        first_use.fork_google_clients()
    gc.collect()
    gc.freeze()  # What is loaded stays shared with the forks.
    use_huge_pages()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _Server(path).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
