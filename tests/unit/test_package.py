"""Packages of functions: reproducible, complete, and answering from nothing but themselves."""

import dataclasses
import json
import os
import pickle
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import package as packaging
from runtime import train_example
from runtime.package import PYTHON, PackageError, check_size, package
from runtime.packaging import zips
from runtime.packaging.sources import sources
from runtime.packaging.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
# The one that this machine can run the package with.
LOCAL_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LOCAL_ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")


@pytest.fixture(scope="module", autouse=True)
def _quick_compression() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """Half of each package's time; sizes are only checked against limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zips, "COMPRESSION", 1)
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("artifacts") / "iris-classifier" / "1.0.0" / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    return path


@pytest.fixture(scope="module")
def packages(model: Path) -> dict[str, Path]:
    """Lambda's, one for each processor, for the Python of the function."""
    found: dict[str, Path] = {}
    for architecture in TARGETS["lambda"].architectures:
        target = model.with_name(f"lambda-{architecture}.zip")
        assert package(model, target, architecture=architecture)
        found[architecture] = target
    return found


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.parametrize(("architecture", "machine"), [("arm64", "aarch64"), ("x86_64", "x86_64")])
def test_compiled_code_is_for_the_functions_processor_and_python(
    packages: dict[str, Path], architecture: str, machine: str
) -> None:
    tag = PYTHON.replace(".", "")
    compiled = [n for n in names(packages[architecture]) if re.search(r"\.cpython-\d+-", n)]
    assert len(compiled) > 10
    assert all(f".cpython-{tag}-{machine}-linux-gnu.so" in name for name in compiled)


def test_a_package_holds_what_it_needs_and_no_noise(packages: dict[str, Path]) -> None:
    for path in packages.values():
        found = names(path)
        assert len(found) == len(set(found))
        assert {
            "model.onnx",
            "runtime/lambda_handler.py",
            "runtime/inference.py",
            "numpy/__init__.py",
            "onnxruntime/__init__.py",
        } <= set(found)
        noise = re.compile(r"(^|/)(tests|__pycache__|bin)/|RECORD$|direct_url\.json$|\.py[ci]$")
        assert not [name for name in found if noise.search(name)]
        assert "runtime/train_example.py" not in found
        # Whoever ships a library ships its licence.
        assert [n for n in found if n.startswith("numpy-") and "LICENSE" in n]


def test_the_same_input_gives_the_same_bytes(
    packages: dict[str, Path], model: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "iris-classifier" / "1.0.0" / "lambda.zip"
    assert package(model, copy, architecture="arm64")
    assert copy.read_bytes() == packages["arm64"].read_bytes()
    with zipfile.ZipFile(copy) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644, 0o100755}


def test_what_is_up_to_date_is_left_alone(packages: dict[str, Path], model: Path) -> None:
    before = packages["arm64"].stat().st_mtime_ns
    assert not package(model, packages["arm64"], architecture="arm64")
    assert packages["arm64"].stat().st_mtime_ns == before


def test_another_model_or_a_broken_package_is_packed_again(
    packages: dict[str, Path], model: Path, tmp_path: Path
) -> None:
    target = tmp_path / "iris-classifier" / "1.1.0" / "lambda-arm64.zip"
    target.parent.mkdir(parents=True)
    (wheels,) = model.parent.parent.glob("wheels-lambda-arm64-*.zip")
    shutil.copy(wheels, target.parent.parent)
    target.write_bytes(packages["arm64"].read_bytes()[:1000])
    other = tmp_path / "model.onnx"
    # Another `producer_name`.
    other.write_bytes(model.read_bytes() + b"\x12\x01x")
    assert package(other, target, architecture="arm64")
    with zipfile.ZipFile(target) as archive:
        assert archive.read("model.onnx") == other.read_bytes()
        assert archive.testzip() is None
    assert not list(target.parent.glob(".*"))


# How each cloud's own library is asked for the answer; `body` is the request, `answer` the result.
ASKED = {
    "lambda": """
from runtime.lambda_handler import handler
event = {"requestContext": {"http": {"method": "POST"}}, "body": body}
response = handler(event, None)
answer = [response["statusCode"], response["body"]]
""",
    "cloud_run": """
from functions_framework import create_app
response = create_app("predict", f"{task}/main.py").test_client().post("/predict", data=body)
answer = [response.status_code, response.text]
""",
    "azure_functions": """
import types
import azure.functions
import function_app
found = {f.get_function_name(): f.get_user_function() for f in function_app.app.get_functions()}
request = azure.functions.HttpRequest(method="POST", url="/predict", body=body.encode())
response = found["predict"](request, types.SimpleNamespace(invocation_id="1"))
answer = [response.status_code, response.get_body().decode()]
""",
}
PROGRAM = """
import json, sys
task, asked = sys.argv[1:]
sys.path = [task, f"{task}/.python_packages/lib/site-packages"] + [
    path for path in sys.path if "site-packages" not in path
]
body = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]})
exec(asked)
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
outside = [file for file in files if "site-packages" in file and not file.startswith(task)]
print(json.dumps([*answer, outside]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the wheels are for Linux")
@pytest.mark.parametrize("target", TARGETS)
def test_a_handler_answers_from_its_package_alone(
    model: Path, tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacked, in a clean interpreter that sees nothing else but the standard library."""
    # The locked wheels are there for either processor, also where the vendor has only the other.
    local = dataclasses.replace(TARGETS[target], architectures=(LOCAL_ARCHITECTURE,))
    monkeypatch.setitem(TARGETS, target, local)
    path = tmp_path / "iris-classifier" / "1.0.0" / "package.zip"
    package(model, path, target=target, architecture=LOCAL_ARCHITECTURE, python=LOCAL_PYTHON)
    task = tmp_path / "task"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(task)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(task), ASKED[target]],
        env={"AWS_LAMBDA_FUNCTION_NAME": "iris-classifier", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    *lines, answer = done.stdout.splitlines()
    logged = [json.loads(line)["message"] for line in lines]
    assert logged == ["the model is loaded", "predict"]
    status, text, outside = json.loads(answer)
    assert outside == []
    assert status == 200
    body = json.loads(text)
    assert body["model_version"] == "1.0.0"
    assert [p["label"] for p in body["predictions"]] == ["setosa", "virginica"]


def test_a_package_within_the_limits_passes(packages: dict[str, Path]) -> None:
    for name, target in TARGETS.items():
        most: dict[str, int] = {limit.what: limit.most for limit in target.limits}
        sizes = {"zipped": 2**40, "unzipped": 2**40} | most
        check_size(name, zipped=sizes["zipped"], unzipped=sizes["unzipped"])
    for path in packages.values():
        check_size("lambda", zipped=path.stat().st_size, unzipped=zips.unzipped_bytes(path))


@pytest.mark.parametrize(
    ("target", "zipped", "unzipped", "message"),
    [
        ("lambda", 1, 250 * 2**20 + 1, "unzipped; Lambda takes at most 250.0 MiB"),
        ("azure_functions", 2**30 + 1, 1, "zipped; Azure Functions takes at most 1024.0 MiB"),
    ],
)
def test_a_package_over_a_limit_says_what_to_do(
    target: str, zipped: int, unzipped: int, message: str
) -> None:
    with pytest.raises(PackageError, match=message) as caught:
        check_size(target, zipped=zipped, unzipped=unzipped)
    assert "container image" in str(caught.value)
    assert "MODEL_SERVING_MODEL_URI" in str(caught.value)


@pytest.mark.usefixtures("packages")
def test_a_package_over_a_limit_is_not_left_behind(model: Path, tmp_path: Path) -> None:
    """Too large once unzipped, however little is left of it in the zip."""
    place = tmp_path / "iris-classifier" / "2.0.0"
    place.mkdir(parents=True)
    (wheels,) = model.parent.parent.glob("wheels-lambda-arm64-*.zip")
    shutil.copy(wheels, tmp_path / "iris-classifier")
    large = tmp_path / "model.onnx"
    # With an entry of metadata that has so many bytes, its length in four times seven bits.
    size = 250 * 2**20
    length = bytes((size >> shift & 0x7F) | 0x80 * (shift < 21) for shift in (0, 7, 14, 21))
    large.write_bytes(model.read_bytes() + b"\x72" + length)
    os.truncate(large, large.stat().st_size + size)
    with pytest.raises(PackageError, match="unzipped; Lambda takes at most"):
        package(large, place / "lambda.zip", architecture="arm64")
    assert not list(place.iterdir())


def test_wrong_arguments_say_what_is_allowed(model: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="got riscv; lambda has arm64, x86_64"):
        package(model, tmp_path / "x.zip", architecture="riscv")
    with pytest.raises(PackageError, match="got arm64; cloud_run has x86_64"):
        package(model, tmp_path / "x.zip", target="cloud_run", architecture="arm64")
    with pytest.raises(PackageError, match="got heroku; use one of lambda, cloud_run, azure"):
        package(model, tmp_path / "x.zip", target="heroku")
    with pytest.raises(PackageError, match="there is no model at"):
        package(tmp_path / "none.onnx", tmp_path / "x.zip", architecture="arm64")
    pickled = tmp_path / "model.onnx"
    pickled.write_bytes(pickle.dumps(Path))
    with pytest.raises(PackageError, match=r"model\.onnx is a pickle, .*; convert the model"):
        package(pickled, tmp_path / "x.zip", architecture="arm64")


def test_wheels_that_cannot_be_had_are_one_clear_error(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("numpy==2.5.5 --hash=sha256:" + "0" * 64 + "\n")
    wrong = dataclasses.replace(TARGETS["lambda"], requirements=requirements)
    monkeypatch.setitem(TARGETS, "lambda", wrong)
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(PackageError, match="wheels for arm64") as caught:
        package(model, tmp_path / "a" / "b" / "x.zip", architecture="arm64")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.zip*"))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_requirements_are_pinned_with_hashes_and_name_no_index(target: Target) -> None:
    text = target.requirements.read_text()
    pins = dict(re.findall(r"^([a-z-]+)==(\S+)", text, re.MULTILINE))
    assert {"numpy", "onnxruntime", "redis"} <= set(pins)
    assert pins["onnxruntime"] in TARGETS["lambda"].requirements.read_text()
    blocks = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "--index" not in text


def test_the_component_runs_the_python_that_the_wheels_are_for() -> None:
    """A wheel's compiled code loads in one version of Python alone."""
    (component,) = (ROOT / "components" / "aws").rglob("lambda_endpoint.py")
    texts = [path.read_text() for path in component.parent.glob("*.py")]
    assert any(f'"python{PYTHON}"' in text for text in texts)


def test_a_handlers_modules_are_those_that_it_imports() -> None:
    found = {target: set(sources(TARGETS[target].handler)) for target in TARGETS}
    shared = {"__init__", "inference", "requests", "settings", "model_source", "downloads"}
    for target, names in found.items():
        assert {f"runtime/{name}.py" for name in shared} <= names, target
        assert "runtime/features/redis_store.py" in names
        # Tools and the server are no function's.
        assert not [name for name in names if name.startswith(("runtime/server", "runtime/pack"))]
        assert "runtime/train_example.py" not in names
    assert not {"runtime/azure_handler.py", "runtime/cloud_run_handler.py"} & found["lambda"]


def test_cloud_run_gets_all_that_it_runs(model: Path, tmp_path: Path) -> None:
    """The function is where the framework looks for it, and nothing is built there."""
    first, second = tmp_path / "a" / "1" / "cloud-run.zip", tmp_path / "a" / "2" / "cloud-run.zip"
    assert package(model, first, target="cloud_run")
    assert package(model, second, target="cloud_run")
    assert not package(model, first, target="cloud_run")
    assert first.read_bytes() == second.read_bytes()
    found = set(names(first))
    assert {"main.py", "model.onnx", "numpy/__init__.py"} <= found
    assert {f"functions_framework/{name}.py" for name in ("__main__", "_cli")} <= found
    compiled = [name for name in found if re.search(r"\.cpython-\d+-", name)]
    assert compiled
    tag = PYTHON.replace(".", "")
    assert all(f".cpython-{tag}-x86_64-linux-gnu.so" in name for name in compiled)


def test_azure_functions_gets_wheels_where_the_host_looks(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a" / "1" / "azure-functions.zip"
    assert package(model, path, target="azure_functions")
    found = set(names(path))
    assert {"function_app.py", "host.json", "model.onnx"} <= found
    wheels = ".python_packages/lib/site-packages/"
    assert {f"{wheels}numpy/__init__.py", f"{wheels}azure/functions/__init__.py"} <= found
    compiled = [name for name in found if re.search(r"\.cpython-\d+-", name)]
    assert compiled
    assert all("-x86_64-linux-gnu.so" in name for name in compiled)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("host.json"))["version"] == "2.0"


@pytest.fixture
def _no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    """A package without libraries, for what is not about them."""

    def only_ours(path: Path, *_: object, **__: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        zipfile.ZipFile(path, "w").close()

    monkeypatch.setattr(packaging, "wheels", only_ours)


@pytest.mark.usefixtures("_no_wheels")
def test_a_package_without_a_model_is_for_those_that_are_pulled(
    model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a" / "1" / "cloud-run.zip"
    assert package(None, path, target="cloud_run")
    assert "model.onnx" not in names(path)
    assert package(model, path, target="cloud_run")


def test_a_cache_without_models_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path))
    assert packaging.main([]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: there is no model at {tmp_path}/artifacts/<model>/<version>/")
    assert "python -m runtime.train_example" in error
    assert "--without-model" in error


@pytest.mark.usefixtures("_no_wheels")
def test_the_command_packs_every_model_of_the_cache(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path))
    place = tmp_path / "artifacts" / "iris-classifier" / "1.0.0"
    place.mkdir(parents=True)
    shutil.copy(model, place / "model.onnx")
    arguments = ["--target", "cloud_run"]
    assert packaging.main(arguments) == 0
    assert packaging.main(arguments) == 0
    assert packaging.main([*arguments, "--without-model"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "iris-classifier/1.0.0 cloud_run x86_64: packed",
        "iris-classifier/1.0.0 cloud_run x86_64: up to date",
        "without-model/any cloud_run x86_64: packed",
    ]
    assert packaging.main([*arguments, "--architecture", "arm64"]) == 1
    assert capsys.readouterr().err.startswith("error: architecture: got arm64")
