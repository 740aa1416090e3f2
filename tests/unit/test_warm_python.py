"""Forks of the warm Python behave as the interpreters that they stand for."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from tests.engine import warm_shared
from tests.engine.warm_client import server_of
from tests.engine.warm_python import ROOT, wait_until_ready, warm_python

_COLD = str(ROOT / ".venv" / "bin" / "python")
_WORKER = ROOT / "provider" / "gcp" / "vertex_worker.py"
_LOOK = """
import json, os, sys
print(json.dumps([sys.argv, sys.path[0], os.getcwd(), __name__, os.environ.get("ASKED"),
    sys.executable, sorted(n for n in sys.modules if n.partition(".")[0] in ("facts", "stacks"))]))
print("said", file=sys.stderr)
"""
_THREAD = """
import threading, time
threading.Thread(target=lambda: (time.sleep(0.2), print("a thread ended"))).start()
"""


@pytest.fixture(scope="module")
def warm() -> Generator[dict[str, str]]:
    with warm_python("decimal", "delivery") as variables:
        wait_until_ready(variables)
        yield os.environ | variables | {"VIRTUAL_ENV": str(ROOT / ".venv"), "ASKED": "this"}


def _environment(warm: dict[str, str]) -> dict[str, str]:
    # As the sandbox gives it to its processes.
    at_start = server_of(warm)["at_start"]
    kept = {key: value for key, value in warm.items() if not key.startswith("PYTHON")}
    return kept | at_start


def _run(
    warm: dict[str, str], command: Sequence[str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=_environment(warm), cwd=folder, capture_output=True, text=True, check=False
    )


def _both(
    warm: dict[str, str], arguments: Sequence[str], folder: Path
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    asked = warm["MODEL_SERVING_SANDBOX_PYTHON"]
    return _run(warm, [asked, *arguments], folder), _run(warm, [_COLD, *arguments], folder)


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        (_LOOK, ["-u", "{file}", "one", "two"]),
        (_LOOK, ["-u", "{folder}", "one"]),
        (_LOOK, ["-u", "-m", "program.main", "one"]),
        (_LOOK, ["{file}"]),
        ("import sys\nsys.exit(32)", ["-u", "{file}"]),
        ("import sys\nsys.exit('a reason')", ["-u", "{file}"]),
        ("import sys\nsys.exit()", ["-u", "{file}"]),
        ("import os\nos._exit(7)", ["-u", "{file}"]),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", ["-u", "{file}"]),
        ("import atexit\natexit.register(print, 'at the end')", ["-u", "{file}"]),
        (_THREAD, ["-u", "{file}"]),
    ],
)
def test_as_an_interpreter(
    warm: dict[str, str], tmp_path: Path, content: str, arguments: list[str]
) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    for name in ("main.py", "__main__.py"):
        (folder / name).write_text(content)
    filled = [each.format(file=folder / "main.py", folder=folder) for each in arguments]
    fork, cold = _both(warm, filled, tmp_path)
    assert fork.returncode == cold.returncode
    assert fork.stdout == cold.stdout
    assert fork.stderr == cold.stderr


def test_an_error_is_shown(warm: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("raise ValueError('a reason')")
    fork, cold = _both(warm, ["-u", str(tmp_path / "main.py")], tmp_path)
    assert fork.returncode == cold.returncode == 1
    assert fork.stderr.splitlines()[-3:] == cold.stderr.splitlines()[-3:]


def test_only_what_was_named_is_loaded(warm: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import sys\nprint('decimal' in sys.modules, 'fractions' in sys.modules)"
    )
    fork, cold = _both(warm, ["-u", str(tmp_path / "main.py")], tmp_path)
    assert (fork.stdout, cold.stdout) == ("True False\n", "False False\n")


@pytest.mark.parametrize(
    "arguments", [["-u", "main.py"], ["-u", "-m", "main"], ["-u", "-P", "{file}"]]
)
def test_packages_that_a_program_brings_are_its_own(
    warm: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    looks = "import sys\nimport delivery\nprint(delivery.__file__, sys.path[:1])"
    (tmp_path / "main.py").write_text(looks)
    filled = [each.format(file=tmp_path / "main.py") for each in arguments]
    fork, cold = _both(warm, filled, tmp_path)
    assert fork.stdout == cold.stdout
    assert str(ROOT) in fork.stdout
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / "__init__.py").touch()
    fork, cold = _both(warm, filled, tmp_path)
    assert fork.stdout == cold.stdout
    assert (str(ROOT) in fork.stdout) == ("-P" in arguments)


def test_a_copy_of_the_project_is_loaded_already_and_a_changed_one_is_not(
    warm: dict[str, str], tmp_path: Path
) -> None:
    looks = "import delivery\nprint(delivery.__file__, vars(delivery).get('NEW'))"
    (tmp_path / "main.py").write_text(looks)
    shutil.copytree(ROOT / "delivery", tmp_path / "delivery")
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    fork, cold = _both(warm, ["-u", "main.py"], tmp_path)
    changed = tmp_path / "delivery" / "__init__.py"
    assert cold.stdout == f"{changed} None\n"
    assert fork.stdout == f"{ROOT / 'delivery' / '__init__.py'} None\n"
    changed.write_text(f"{changed.read_text()}\nNEW = 1\n")
    fork, cold = _both(warm, ["-u", "main.py"], tmp_path)
    assert fork.stdout == cold.stdout == f"{changed} 1\n"


def test_another_environment_is_another_interpreter(warm: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").write_text('#!/bin/sh\necho "other $@"\n')
    (other / "bin" / "python").chmod(0o755)
    asked = [warm["MODEL_SERVING_SANDBOX_PYTHON"], "-u", "main.py"]
    said = _run(warm | {"VIRTUAL_ENV": str(other)}, asked, tmp_path)
    assert said.stdout == "other -u main.py\n"


def test_what_is_read_at_the_start_decides(warm: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import sys\nprint(sys.flags.optimize)")
    asked = [warm["MODEL_SERVING_SANDBOX_PYTHON"], "-u", "main.py"]
    environment = _environment(warm) | {"PYTHONOPTIMIZE": "1"}
    said = subprocess.run(
        asked, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout == "1\n"


_WAITS = """
import signal, subprocess, sys, time
def told(number, frame):
    print("told", number, flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, told)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_signals(warm: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "main.py").write_text(_WAITS)
    with subprocess.Popen(
        [warm["MODEL_SERVING_SANDBOX_PYTHON"], "-u", str(tmp_path / "main.py")],
        env=_environment(warm),
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdout
        grandchild = int(client.stdout.readline())
        client.send_signal(number)
        if number == signal.SIGTERM:
            assert client.wait() == 3
            os.kill(grandchild, signal.SIGKILL)  # It holds the output open.
            assert client.stdout.read() == f"told {int(signal.SIGTERM)}\n"
            return
        # As with an interpreter that the language host kills: what it started ends with it.
        assert client.wait() == -signal.SIGKILL
        assert client.stdout.read() == ""
    for _ in range(200):
        if not _lives(grandchild):
            return
        time.sleep(0.05)
    pytest.fail("what the fork started lives on")


def _lives(process: int) -> bool:
    said = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return bool(said.stdout.strip()) and not said.stdout.strip().startswith("Z")


def test_the_server_ends_with_whoever_started_it() -> None:
    started = (
        "import os, sys\n"
        "from tests.engine.warm_python import warm_python\n"
        "with warm_python('decimal'):\n"
        "    print(os.getpid(), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    # Its output ends when the last process that holds it does: the server, which has it too.
    done = subprocess.run(
        [sys.executable, "-c", started],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL


def test_a_client_that_is_killed_before_it_asks_harms_nobody(
    warm: dict[str, str], tmp_path: Path
) -> None:
    whole = (1000).to_bytes(4, "big")
    for sent in (b"", whole, whole + b"not all of it"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(server_of(warm)["socket"])
            client.sendall(sent)
    (tmp_path / "program.py").write_text("import sys; print('decimal' in sys.modules)")
    forked, _ = _both(warm, ["-u", "program.py"], tmp_path)
    assert (forked.stdout, forked.returncode) == ("True\n", 0)


def test_a_client_that_is_killed_as_its_fork_ends_harms_nobody(
    warm: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("print('begun', flush=True)\ninput()\n")
    (tmp_path / "program.py").write_text("import sys; print('decimal' in sys.modules)")
    with (
        subprocess.Popen(
            [warm["MODEL_SERVING_SANDBOX_PYTHON"], "-u", str(tmp_path / "main.py")],
            env=_environment(warm),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as client,
        socket.socket(socket.AF_UNIX) as holding,
    ):
        assert client.stdin
        assert client.stdout
        assert client.stdout.readline() == "begun\n"
        # While the server waits for the rest of a request, it is told of both ends, in this order.
        holding.connect(server_of(warm)["socket"])
        holding.sendall((1000).to_bytes(4, "big"))
        time.sleep(0.2)
        client.stdin.close()
        time.sleep(0.2)
        client.kill()
        client.wait()
    forked, _ = _both(warm, ["-u", "program.py"], tmp_path)
    assert (forked.stdout, forked.returncode) == ("True\n", 0)


def test_workers_share_one_that_outlives_them_and_not_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_SERVING_WARM_RUN", "another")  # This run's own is kept.
    own = subprocess.Popen([_COLD, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(warm_shared, "_STARTED", [(tmp_path, [own])])
    worker = (
        "import json, sys; from tests.engine.warm_shared import shared_warm_python as shared;"
        "print(json.dumps(shared('decimal')), file=open(sys.argv[1], 'w'))"
    )
    run = warm_shared.WarmRun.begin()
    try:
        told = [tmp_path / "first.json", tmp_path / "second.json"]
        for each in told:
            subprocess.run([_COLD, "-c", worker, each], cwd=ROOT, check=True)
        first, second = (json.loads(each.read_text()) for each in told)
        assert first == second
        environment = _environment(os.environ | first | {"VIRTUAL_ENV": str(ROOT / ".venv")})
        wait_until_ready(first)
        waits = tmp_path / "waits.py"
        waits.write_text("import os, time\nprint(os.getppid(), flush=True)\ntime.sleep(60)")
        forks = [
            subprocess.Popen(
                [first["MODEL_SERVING_SANDBOX_PYTHON"], "-u", waits],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        parents = {each.stdout.readline() for each in forks if each.stdout}
        assert len(parents) == 1
        assert f"{os.getpid()}\n" not in parents
    finally:
        run.end()
        lives = own.poll() is None
        own.kill()
        own.wait()
    assert lives
    for each in forks:
        each.communicate(timeout=20)
        assert each.returncode == -signal.SIGKILL
    assert not run.folder.exists()


def test_a_fork_asks_google_as_an_interpreter_does(tmp_path: Path) -> None:
    (tmp_path / "look.py").write_text(
        "import sys; sys.stdin.readline()\n"
        "print('google.cloud.aiplatform_v1.types.model_service' in sys.modules)"
    )
    asked = {
        "id": 1,
        "method": "GetModel",
        "endpoint": "http://127.0.0.1:1",
        "anonymous": True,
        "request": {"name": "projects/p/locations/l/models/m"},
    }
    with warm_python("tests.engine.google_clients") as variables:
        wait_until_ready(variables)

        def answers(interpreter: str) -> list[str]:
            return [_first_line([interpreter, "-P", each], asked, variables) for each in files]

        files = [str(_WORKER), str(tmp_path / "look.py")]
        forked, started = answers(variables["MODEL_SERVING_PYTHON"]), answers(_COLD)
    assert json.loads(forked[0])["error"]["code"] == "UNAVAILABLE"
    assert forked[0] == started[0]
    assert (forked[1], started[1]) == ("True\n", "False\n")


def _first_line(command: Sequence[str], asked: object, variables: dict[str, str]) -> str:
    """What it answers before its input ends."""
    with subprocess.Popen(
        command,
        env=_environment(os.environ | variables | {"no_proxy": "127.0.0.1"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        return process.stdout.readline()
