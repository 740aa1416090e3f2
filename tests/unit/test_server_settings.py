"""What the environment tells the server, and all that is wrong with it, at once."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.cpus import cpu_limit
from runtime.server import command, settings
from runtime.server.settings import read
from runtime.settings import PREFIX, SettingsError


def given(**variables: str) -> dict[str, str]:
    return {PREFIX + name: text for name, text in variables.items()}


def test_without_variables_there_are_defaults() -> None:
    found = read({})
    assert (found.host, found.port, found.workers) == ("0.0.0.0", 8000, cpu_limit())  # noqa: S104 - the default
    assert (found.timeout_seconds, found.grace_seconds) == (30.0, 30.0)
    assert found.core.threads == 1
    assert found.latency_p95_ms is None
    assert not found.docs


def test_each_variable_is_read() -> None:
    found = read(
        given(
            HOST="::1",
            PORT="9000",
            WORKERS="3",
            SHORT_MS="0",
            CONCURRENCY="7",
            THREADS="2",
            TIMEOUT_SECONDS="2.5",
            READ_TIMEOUT_SECONDS="1",
            KEEP_ALIVE_SECONDS="9",
            DRAIN_SECONDS="0",
            GRACE_SECONDS="4",
            FAILED_SECONDS="0",
            LATENCY_P95_MS="40",
            LOG_LEVEL="DEBUG",
            DOCS="true",
        )
    )
    assert (found.host, found.port, found.workers, found.concurrency) == ("::1", 9000, 3, 7)
    assert (found.short_ms, found.core.threads, found.timeout_seconds) == (0, 2, 2.5)
    assert (found.read_timeout_seconds, found.keep_alive_seconds) == (1, 9)
    assert (found.drain_seconds, found.grace_seconds, found.latency_p95_ms) == (0, 4, 40)
    assert found.failed_seconds == 0
    assert (found.log_level, found.docs) == ("debug", True)


def test_the_grace_is_as_long_as_a_prediction_may_take() -> None:
    assert read(given(TIMEOUT_SECONDS="7")).grace_seconds == 7


@pytest.mark.parametrize(
    ("variables", "port"),
    [
        ({}, 8000),
        ({"PORT": "8080"}, 8080),
        ({"PORT": "8080", "MODEL_SERVING_PORT": "9000"}, 9000),
        ({"MODEL_SERVING_PORT": "65535"}, 65_535),
        ({"MODEL_SERVING_PORT": "0"}, 0),
    ],
)
def test_the_platform_may_name_the_port(variables: dict[str, str], port: int) -> None:
    assert read(variables).port == port


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("PORT", "65536", "0 to 65535"),
        ("PORT", "http", "0 to 65535"),
        ("PORT", "²", "0 to 65535"),
        ("WORKERS", "0", "1 to 1024"),
        ("CONCURRENCY", "0", "1 to 100000"),
        ("READ_TIMEOUT_SECONDS", "0", "0.1 to 86400"),
        ("KEEP_ALIVE_SECONDS", "0.5", "1 to 86400"),
        ("DRAIN_SECONDS", "-1", "0 to 86400"),
        ("DRAIN_SECONDS", "nan", "0 to 86400"),
        ("GRACE_SECONDS", "86401", "0 to 86400"),
        ("LATENCY_P95_MS", "fast", "0.01 to 86400"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("DOCS", "yes", "true, false"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, text: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(given(**{name: text}))
    assert str(caught.value).startswith(f"{PREFIX}{name}: got {text}; use ")
    assert allowed in str(caught.value)


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read(given(MAX_ROWS="0", PORT="x", LOG_LEVEL="loud"))
    assert all(f"{PREFIX}{name}" in str(caught.value) for name in ("MAX_ROWS", "PORT", "LOG_LEVEL"))


def test_a_pod_of_a_model_server_says_what_it_serves(tmp_path: Path) -> None:
    """The variables that every container of a ModelServer has."""
    pod = {
        "MODEL_NAME": "fraud",
        "MODEL_VERSION": "1.2.0",
        "MODEL_URI": "s3://models/fraud/model.onnx",
        "MODEL_PATH": str(tmp_path),
    }
    found = read(pod).core
    assert (found.model_name, found.model_version) == ("fraud", "1.2.0")
    assert (found.model_path, found.model_uri) == (tmp_path, "")
    # Nothing was brought: the server fetches it by itself.
    found = read({**pod, "MODEL_PATH": "/nothing/is/here"}).core
    assert found.model_uri == "s3://models/fraud/model.onnx"
    # An address of another kind than the runtime's is not the server's to fetch.
    assert read({"MODEL_URI": "pvc://claim/model"}).core.model_uri == ""
    wrong = {"MODEL_URI": "image:/nothing/is/here", "MODEL_PATH": "/nothing/is/here"}
    assert read(wrong).core.model_path == Path("/nothing/is/here")
    own = given(MODEL_URI="gs://other/model.onnx", MODEL_NAME="mine")
    found = read({**pod, **own}).core
    assert (found.model_uri, found.model_name) == ("gs://other/model.onnx", "mine")


def test_help_has_each_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    source = Path(settings.__file__).read_text(encoding="utf-8")
    core = Path(settings.settings.__file__).read_text(encoding="utf-8")
    names = {
        line.split('_get("')[1].split('"')[0]
        for line in (source + core).splitlines()
        if '_get("' in line
    }
    names |= {
        line.strip().split('"')[1]
        for line in source.splitlines()
        if line.strip().startswith('"') and "usual." in line
    }
    assert {"HOST", "MODEL_PATH", "SHORT_MS"} < names
    assert not [name for name in names if f"  {PREFIX}{name}\n" not in text]
    # The server's own word of a variable that all frames have.
    assert text.count(f"  {PREFIX}TIMEOUT_SECONDS\n") == 1


def test_a_wrong_setting_ends_with_one_line_and_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "x")
    assert command.main([]) == 2
    assert capsys.readouterr().err == (
        "error: MODEL_SERVING_PORT: got x; use a whole number from 0 to 65535\n"
    )


@pytest.mark.parametrize("host", ["203.0.113.1", "no host at all", "x" * 80])
def test_an_address_of_nobody_ends_with_one_line_and_2(
    host: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}HOST", host)
    assert command.main([]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: cannot listen on {host} port 8000: ")
    assert error.count("\n") == 1


def test_the_variables_can_be_checked_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime.server", "--check"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "the variables are right\n")


def test_a_port_that_is_taken_is_one_line_and_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = {f"{PREFIX}HOST": "127.0.0.1", f"{PREFIX}PORT": str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "runtime.server"],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
    line = f"error: cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)
