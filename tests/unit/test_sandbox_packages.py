"""What is uploaded as a function's code is kept, by version, and goes when nobody has it."""

import zipfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.serving.packages import FUNCTION, LATEST, folder
from sandbox.wire import ARCHIVE, ASSET, SIGNATURE
from tests.unit.sandbox_aws import role
from tests.unit.sandbox_functions import code, zipped
from tests.unit.sandbox_life import Made, Stack


@pytest.fixture
def aws(tmp_path: Path) -> Generator[Stack]:
    stack = Stack("aws", tmp_path / "cloud" / "store.sqlite", {"region": "eu-west-1"})
    with closing(stack.store):
        yield stack


def archive(path: Path, digest: str) -> dict[str, Any]:
    return {**code(path), "hash": digest}


def made(aws: Stack, **inputs: Any) -> Made:  # noqa: ANN401
    given = {"handler": "app.handler", "runtime": "python3.12", "publish": True, **inputs}
    known = aws.store.list("aws", "aws:iam/role:Role")
    mine = [row.outputs["arn"] for row in known if row.name.startswith("role-lambda")]
    arn = mine[0] if mine else role(aws, "lambda.amazonaws.com")
    return aws.create(FUNCTION, "f", role=arn, name="f", **given)


def snapshots(aws: Stack) -> dict[str, dict[str, Any]]:
    row = aws.store.by_name("aws", FUNCTION, "f")
    assert row is not None
    return row.live["snapshots"]


def kept(aws: Stack) -> set[str]:
    return {path.stem for path in folder(aws.store.path).glob("*.zip")}


def names(aws: Stack, digest: str) -> dict[str, bytes]:
    with zipfile.ZipFile(folder(aws.store.path) / f"{digest}.zip") as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_each_version_keeps_its_code_and_configuration(aws: Stack, tmp_path: Path) -> None:
    first = zipped(tmp_path / "1.zip", app="one")
    second = zipped(tmp_path / "2.zip", app="two")
    function = made(aws, code=archive(first, "1"), timeout=3)
    function = aws.update(function, timeout=9)
    # What was uploaded is not asked for again: the file may have gone.
    first.unlink()
    function = aws.update(function, memorySize=512)
    function = aws.update(function, code=archive(second, "2"))
    found = snapshots(aws)
    assert set(found) == {LATEST, "1", "2", "3", "4"}
    assert [found[each].get("timeout") for each in "1234"] == [3, 9, 9, 9]
    one, four = found["1"]["package"], found["4"]["package"]
    assert found["2"]["package"] == found["3"]["package"] == one != four
    assert found[LATEST] == found["4"]
    assert kept(aws) == {one, four}
    assert names(aws, one) == {"app.py": b"one"}

    # A change of what no version holds makes none.
    aws.update(function, reservedConcurrentExecutions=5)
    assert set(snapshots(aws)) == {LATEST, "1", "2", "3", "4"}


def test_packages_go_when_no_function_has_them(aws: Stack, tmp_path: Path) -> None:
    function = made(aws, code=archive(zipped(tmp_path / "1.zip", app="one"), "1"))
    (gone,) = kept(aws)
    aws.delete(function)
    made(aws, code=archive(zipped(tmp_path / "2.zip", app="two"), "2"))
    assert len(kept(aws)) == 1
    assert gone not in kept(aws)


def test_folders_and_assets_are_packed(aws: Stack, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "a.py").write_text("a")
    inside = {
        "app.py": {SIGNATURE: ASSET, "text": "app"},
        "data.txt": {SIGNATURE: ASSET, "path": str(source / "inner" / "a.py")},
        "lib": {SIGNATURE: ARCHIVE, "path": str(source)},
        "more": {SIGNATURE: ARCHIVE, "path": str(zipped(tmp_path / "1.zip", z="z"))},
    }
    made(aws, code={SIGNATURE: ARCHIVE, "hash": "1", "assets": inside})
    (digest,) = kept(aws)
    assert names(aws, digest) == {
        "app.py": b"app",
        "data.txt": b"a",
        "lib/inner/a.py": b"a",
        "more/z.py": b"z",
    }


def test_a_package_of_the_projects_own_is_not_copied(
    aws: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    own = tmp_path / "cache" / "artifacts" / "iris"
    own.mkdir(parents=True)
    made(aws, code=archive(zipped(own / "1.zip", app="one"), "1"))
    (digest,) = kept(aws)
    assert (folder(aws.store.path) / f"{digest}.zip").samefile(own / "1.zip")


@pytest.mark.parametrize(
    "given",
    [
        {"code": {SIGNATURE: ARCHIVE, "hash": "1", "path": "/nowhere/at/all.zip"}},
        {"code": {SIGNATURE: ARCHIVE, "hash": "1", "uri": "https://example.com/x.zip"}},
        {"s3Bucket": "example-models", "s3Key": "x.zip"},
    ],
)
def test_code_that_is_not_here_is_not_kept(aws: Stack, given: dict[str, Any]) -> None:
    made(aws, **given)
    assert kept(aws) == set()
    assert snapshots(aws)["1"]["package"] == ""
    assert not list(folder(aws.store.path).iterdir())
