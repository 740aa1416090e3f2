"""The build stages' own commands, run in an empty folder; then what they made is run.

No base image is fetched: `FROM` is Python's own environment of the images' version, without
packages. Where that version is not installed, the tests run by their own Python, for which a locked
list may have other wheels. What is not covered then: that those for Python 3.13 load and predict.
What they are linked with is looked at in any case.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime import train_example
from runtime.packaging.wheels import wheels
from tests.unit.dockerfiles import FOLDER, Stage, stages
from tests.unit.feature_stores import free_port

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the images' wheels, and readelf, are for Linux"
)

CONTEXT = FOLDER.parent
PYTHON = "3.13"
ROW = [5.1, 3.5, 1.4, 0.2]
# What distroless's python3 has of Debian, and what Amazon Linux has: glibc, libstdc++, libgcc.
BASE_LIBRARIES = re.compile(
    r"lib(c|m|dl|rt|pthread|util|stdc\+\+|gcc_s)\.so\.\d+|ld-linux-[\w-]+\.so\.\d"
)


@dataclass(frozen=True, slots=True)
class Built:
    """`root` is the image's /, `python` its interpreter, `last` the stage that is run.

    `requirements` is the locked list that was installed in `folder`.
    """

    root: Path
    python: Path
    folder: Path
    last: Stage
    requirements: Path

    def inside(self, path: str) -> str:
        """A path list of the image, as it is here."""
        return ":".join(f"{self.root}{one}" for one in path.split(":"))


def interpreter(version: str) -> Path | None:
    """A Python of this minor version: uv's, on PATH, or pyenv's."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += sorted(map(str, pyenv.glob(f"{version}.*/bin/python{version}")))
    for candidate in filter(None, candidates):
        done = subprocess.run(
            [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.stdout.strip() == version:
            return Path(candidate)
    return None


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python and pip, as the bases of CPU and Lambda have them: 3.13, or else that of the tests."""
    found = interpreter(PYTHON) or sys.executable
    folder = tmp_path_factory.mktemp("python") / "environment"
    subprocess.run([found, "-m", "venv", folder], check=True)
    return folder


def build(file: str, environment: Path, root: Path) -> Built:
    """Run the build stage of a Dockerfile with `root` as its /."""
    # The machine's way to the package index is no part of the image.
    index = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    clean = {"PATH": f"{environment}/bin:/usr/bin:/bin", "HOME": str(root.parent), **index}
    here = root
    stage, *later = stages(FOLDER / file)
    for word, argument in stage.steps:
        if word == "WORKDIR":
            here = root / argument.lstrip("/")
            here.mkdir(parents=True)
        elif word == "COPY":
            copy(argument, here)
        else:
            assert word == "RUN", word
            done = subprocess.run(
                ["/bin/sh", "-c", argument],
                cwd=here,
                env=clean,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    requirements = CONTEXT / stage.all("COPY")[0].split()[0]
    return Built(root, environment / "bin" / "python", here, later[0], requirements)


def copy(argument: str, here: Path) -> None:
    """From the context, without what its .dockerignore leaves out."""
    source, target = argument.split()
    if source == ".":
        lines = (CONTEXT / ".dockerignore").read_text().splitlines()
        names = [line.rpartition("/")[2] for line in lines if line and not line.startswith("#")]
        shutil.copytree(CONTEXT, here / target, ignore=shutil.ignore_patterns(*names))
    else:
        shutil.copy(CONTEXT / source, here / target)


def cache_tag(built: Built) -> str:
    """What the names of compiled modules end with, by the Python that was built with."""
    asked = [built.python, "-c", "import sys; print(sys.implementation.cache_tag)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    version = train_example.VERSIONS[0]
    path = train_example.model_path(version.version)
    if path.is_file():
        return path
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(version)[1])
    return path


@pytest.fixture(scope="module")
def cpu(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build("cpu.Dockerfile", environment, tmp_path_factory.mktemp("cpu") / "root")


@pytest.fixture(scope="module")
def function(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build("lambda.Dockerfile", environment, tmp_path_factory.mktemp("lambda") / "root")


@pytest.fixture(params=["cpu", "function"])
def built(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


def test_the_base_has_every_library_that_is_loaded(built: Built, tmp_path: Path) -> None:
    """What an extension is linked with lies beside it, or is the system's."""
    folder = built.folder
    if cache_tag(built) != f"cpython-{PYTHON.replace('.', '')}":
        folder = tmp_path / "wheels"
        archive = tmp_path / "wheels.zip"
        wheels(archive, built.requirements, "x86_64", PYTHON)
        shutil.unpack_archive(archive, folder)
    libraries = [path for path in folder.rglob("*") if ".so" in path.suffixes]
    assert libraries
    beside = {path.name for path in libraries}
    for path in libraries:
        done = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)
        needed = re.findall(r"\(NEEDED\).*\[(.+)\]", done.stdout)
        missing = [
            name for name in needed if name not in beside and not BASE_LIBRARIES.fullmatch(name)
        ]
        assert missing == [], path


def test_everybody_may_read_and_nobody_else_may_write(built: Built) -> None:
    for path in built.folder.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode & 0o444 == 0o444, path
        assert mode & 0o022 == 0, path
        assert not path.is_dir() or mode & 0o111 == 0o111, path


def test_all_modules_are_compiled(built: Built) -> None:
    tag = cache_tag(built)
    for path in built.folder.joinpath("runtime").rglob("*.py"):
        compiled = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
        # Its flags: made from a hash of the source that is never checked again (PEP 552).
        assert compiled.read_bytes()[4:8] == b"\x01\0\0\0", path


def test_what_is_built_has_no_tests_of_ours_and_no_files_of_the_build(built: Built) -> None:
    assert not list(built.folder.rglob("requirements*.txt")) or all(
        path.parent.name == "runtime" for path in built.folder.rglob("requirements*.txt")
    )
    assert not list(built.folder.rglob("*.Dockerfile"))
    assert not (built.folder / "packages" / "pip").exists()


def test_the_servers_image_serves_a_model_and_writes_nothing(
    cpu: Built, model: Path, tmp_path: Path
) -> None:
    before = snapshot(cpu.folder)
    port = free_port()
    variables = cpu.last.pairs("ENV")
    environment = {
        **variables,
        "PYTHONPATH": cpu.inside(variables["PYTHONPATH"]),
        "TMPDIR": str(tmp_path),
        "MODEL_SERVING_MODEL_PATH": str(model),
        "MODEL_SERVING_HOST": "127.0.0.1",
        "MODEL_SERVING_PORT": str(port),
        "MODEL_SERVING_DRAIN_SECONDS": "0",
    }
    entry = json.loads(cpu.last.all("ENTRYPOINT")[0])
    check = cpu.last.all("HEALTHCHECK")[0]
    probe = [str(cpu.python), *json.loads(check[check.index("[") :])[1:]]

    def healthy() -> bool:
        done = subprocess.run(probe, cwd=cpu.folder, env=environment, check=False)
        return done.returncode == 0

    assert not healthy()
    with subprocess.Popen(
        [cpu.python, *entry[1:]], cwd=cpu.folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait(healthy, process)
            base = f"http://127.0.0.1:{port}"
            wait(lambda: reached(f"{base}/health/ready"), process)
            body = json.dumps({"instances": [ROW]}).encode()
            request = urllib.request.Request(  # noqa: S310 - http on loopback
                f"{base}/v1/models/iris-classifier:predict",
                body,
                {"content-type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
                found = json.load(answer)
        finally:
            process.terminate()
        assert process.stdout is not None
        log = process.stdout.read()
        assert process.wait(60) == 0, log
    assert found["predictions"][0]["label"] == "setosa"
    assert snapshot(cpu.folder) == before


def test_the_functions_image_answers_an_event(function: Built, model: Path) -> None:
    command = "from runtime.lambda_handler import handler; print(handler({'body': BODY}, None))"
    body = json.dumps({"instances": [ROW]})
    before = snapshot(function.folder)
    done = subprocess.run(
        [function.python, "-c", f"BODY = {body!r}; {command}"],
        cwd=function.folder,
        env={**function.last.pairs("ENV"), "MODEL_SERVING_MODEL_PATH": str(model)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "'statusCode': 200" in done.stdout
    assert "setosa" in done.stdout
    assert snapshot(function.folder) == before


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def reached(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - http
        return bool(answer.status == 200)
    return False


def wait(happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    for _ in range(300):
        if happened():
            return
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")
