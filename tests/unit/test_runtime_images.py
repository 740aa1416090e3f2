"""The images' Dockerfiles: linted, pinned, without rights, and their own words in one place."""

import fnmatch
import itertools
import json
import re
import subprocess
import sysconfig
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.images.health import main as health
from tests.unit.dockerfiles import FOLDER, stages
from tests.unit.feature_stores import free_port

FILES = sorted(FOLDER.glob("*.Dockerfile"))
NAMES = [path.name for path in FILES]
SERVERS = [path for path in FILES if path.name != "lambda.Dockerfile"]
HADOLINT = Path(sysconfig.get_path("scripts")) / "hadolint"
CONFIG = FOLDER / ".hadolint.yaml"
# What only a container engine can do: commands of these stages change the base's own system.
NOT_RUN_HERE = {"gpu.Dockerfile": ["apt-get update && apt-get install"]}


def findings(path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [HADOLINT, "--config", CONFIG, "--format", "json", path],
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_there_are_the_three_images() -> None:
    assert NAMES == ["cpu.Dockerfile", "gpu.Dockerfile", "lambda.Dockerfile"]


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_hadolint_finds_nothing(path: Path) -> None:
    assert findings(path) == []


def test_hadolint_would_find_mistakes(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM quay.io/x/y\nRUN cd /x && apt-get install curl && pip install numpy\n")
    codes = {finding["code"] for finding in findings(bad)}
    assert {"DL3006", "DL3008", "DL3013", "DL3026", "DL3042", "DL3049"} <= codes


def test_no_rule_is_left_out_without_a_reason() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    assert "ignored" not in config
    assert "override" not in config
    for path in FILES:
        lines = path.read_text().splitlines()
        for before, line in itertools.pairwise(lines):
            if "hadolint ignore" in line:
                assert before.startswith("# "), f"{path.name}: {line} has no reason"
                assert "hadolint" not in before


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_every_base_is_pinned(path: Path) -> None:
    names: set[str] = set()
    for stage in stages(path):
        digest = re.fullmatch(r"\S+:[\w.-]+@sha256:[0-9a-f]{64}", stage.base)
        dated = re.fullmatch(r"public\.ecr\.aws/lambda/python:3\.13\.20\d\d(\.\d\d){3}", stage.base)
        assert digest or dated or stage.base in names, stage.base
        names.add(stage.name)


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_last_stage_is_small_and_says_what_it_is(path: Path) -> None:
    build, *later = stages(path)
    assert build.name == "build"
    assert [step for step in build.all("RUN") if "--require-hashes" in step]
    # Tools and caches of the build stay behind.
    for stage in later:
        assert not [step for step in stage.all("RUN") if "pip" in step]
    labels = later[0].pairs("LABEL")
    assert labels["org.opencontainers.image.title"] == f"serving-{path.stem}"
    name, _, digest = later[0].base.partition("@")
    assert labels["org.opencontainers.image.base.name"] == name
    assert labels.get("org.opencontainers.image.base.digest", "") == digest


@pytest.mark.parametrize("path", SERVERS, ids=[path.name for path in SERVERS])
def test_a_server_runs_without_rights_and_without_a_shell(path: Path) -> None:
    last = stages(path)[-1]
    assert last.all("USER") == ["65532:65532"]
    # What comes after USER, or is copied with an owner, could be written by it.
    assert last.steps.index(("USER", "65532:65532")) > max(
        index for index, (word, _) in enumerate(last.steps) if word in {"COPY", "RUN"}
    )
    assert not [step for step in last.all("COPY") if "--chown" in step]
    (entry,) = last.all("ENTRYPOINT")
    assert json.loads(entry)[1:] == ["-m", "runtime.server"]
    (check,) = last.all("HEALTHCHECK")
    assert json.loads(check[check.index("[") :])[1:] == ["-m", "runtime.images.health"]
    # Nothing is written beside the temporary folder.
    assert last.pairs("ENV")["PYTHONDONTWRITEBYTECODE"] == "1"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_what_cannot_be_run_here_is_listed(path: Path) -> None:
    commands = [step for stage in stages(path)[1:] for step in stage.all("RUN")]
    listed = NOT_RUN_HERE.get(path.name, [])
    assert len(commands) == len(listed)
    for command, beginning in zip(commands, listed, strict=True):
        assert command.startswith(beginning)


def test_the_gpus_packages_are_the_servers_with_another_onnx_runtime() -> None:
    def pins(name: str) -> set[str]:
        text = (FOLDER.parent / name).read_text()
        return set(re.findall(r"^([a-z0-9-]+==\S+)", text, re.MULTILINE))

    server, gpu = pins("requirements-server.txt"), pins("requirements-gpu.txt")
    (extra,) = gpu - server
    assert extra.replace("-gpu", "") in server - gpu
    # The others of the server's list are for a Python older than Ubuntu's.
    assert {pin.partition("==")[0] for pin in server - gpu} == {
        "onnxruntime",
        "numpy",
        "async-timeout",
    }


def test_what_the_build_needs_is_in_the_context() -> None:
    lines = (FOLDER.parent / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    for path in FILES:
        for source in [step.split()[0] for step in stages(path)[0].all("COPY")]:
            assert (FOLDER.parent / source).exists(), source
            assert not [one for one in patterns if fnmatch.fnmatch(source, one)], source


class _Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/live" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_asks_the_servers_port(status: int, code: int) -> None:
    handler = type("Handler", (_Health,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        port = str(server.server_address[1])
        try:
            assert health({"MODEL_SERVING_PORT": port, "PORT": "1"}) == code
            assert health({"MODEL_SERVING_PORT": " ", "PORT": port}) == code
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_is_not_there_is_not_alive() -> None:
    assert health({"PORT": str(free_port())}) == 1
