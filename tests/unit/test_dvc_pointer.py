"""What a `.dvc` file points to: where the content is in its remote, by a name that stays."""

from pathlib import Path

import pytest

from components.model_reference import Refused, Resolved
from facts.model_references import parse
from stacks.dvc_pointer import resolve

MD5 = "a304afb96060aad90176268345e10355"
POINTER = f"outs:\n- md5: {MD5}\n  size: 37891850\n  hash: md5\n  path: loyalty.onnx\n"
CONFIG = """[core]
    remote = storage
['remote "storage"']
    url = s3://example-models/dvc/
['remote "blobs"']
    url = azure://models/dvc
    account_name = examplemodels
['remote "versions"']
    url = s3://example-models/loyalty
    version_aware = true
['remote "generations"']
    url = gs://example-models/loyalty
    version_aware = true
['remote "disk"']
    url = /mnt/dvc
"""
VERSIONED = f"""outs:
- md5: {MD5}
  path: loyalty.onnx
  remote: REMOTE
  cloud:
    REMOTE:
      etag: 6805f2cf
      version_id: "17"
"""


def resolved(root: Path, pointer: str, config: str | None = CONFIG) -> Resolved | Refused:
    (root / ".dvc").mkdir()
    if config is not None:
        (root / ".dvc" / "config").write_text(config)
    (root / "models").mkdir()
    (root / "models" / "loyalty.onnx.dvc").write_text(pointer)
    reference = parse("dvc:models/loyalty.onnx.dvc")
    assert reference is not None
    return resolve(root, reference)


REMOTES: dict[str, tuple[str, str, str]] = {
    "DVC 3": (POINTER, f"s3://example-models/dvc/files/md5/a3/{MD5[2:]}", f"md5-{MD5[:16]}"),
    "DVC 2": (
        POINTER.replace("  hash: md5\n", ""),
        f"s3://example-models/dvc/a3/{MD5[2:]}",
        f"md5-{MD5[:16]}",
    ),
    "remote of its own": (
        f"{POINTER}  remote: blobs\n",
        f"https://examplemodels.blob.core.windows.net/models/dvc/files/md5/a3/{MD5[2:]}",
        f"md5-{MD5[:16]}",
    ),
    "versions of S3": (
        VERSIONED.replace("REMOTE", "versions"),
        "s3://example-models/loyalty/models/loyalty.onnx?versionId=17",
        "17",
    ),
    "generations": (
        VERSIONED.replace("REMOTE", "generations"),
        "gs://example-models/loyalty/models/loyalty.onnx#17",
        "17",
    ),
}


@pytest.mark.parametrize(("pointer", "uri", "version"), REMOTES.values(), ids=REMOTES)
def test_where_the_content_is(tmp_path: Path, pointer: str, uri: str, version: str) -> None:
    found = resolved(tmp_path, pointer)
    assert isinstance(found, Resolved)
    assert (found.resolved_uri, found.version) == (uri, version)
    assert found.details["md5"] == MD5


WRONG: dict[str, tuple[str, str | None, str]] = {
    "no YAML": ("outs: [", CONFIG, "no YAML"),
    "no output": ("deps: []", CONFIG, "not one output"),
    "two outputs": (f"{POINTER}- path: b\n", CONFIG, "not one output"),
    "a text": ("- a", CONFIG, "not one output"),
    "no path": (f"outs:\n- md5: {MD5}\n", CONFIG, "no path"),
    "a folder": (POINTER.replace(MD5, f"{MD5}.dir"), CONFIG, "a folder"),
    "no md5": (POINTER.replace(MD5, "x"), CONFIG, "no file with an md5"),
    "a disk": (f"{POINTER}  remote: disk\n", CONFIG, "/mnt/dvc, which no target reads"),
    "no such remote": (f"{POINTER}  remote: other\n", CONFIG, "no remote other"),
    "no default": (POINTER, "[core]\n", "no default remote"),
    "no configuration": (POINTER, None, "no .dvc/config"),
    "a broken configuration": (POINTER, "remote = x", "cannot be read"),
    "outside": (
        VERSIONED.replace("REMOTE", "versions").replace("loyalty.onnx", "../../loyalty.onnx"),
        CONFIG,
        "outside of the repository",
    ),
    "a path that is none": (f"outs:\n- md5: {MD5}\n  path:\n", CONFIG, "no path"),
    "a list of remotes": (
        VERSIONED.replace("REMOTE", "versions").replace("cloud:", "clouds:")
        + "  cloud: [versions]\n",
        CONFIG,
        "it names none",
    ),
    "a text for a remote": (
        VERSIONED.replace("REMOTE", "versions").replace("cloud:", "clouds:")
        + "  cloud: {versions: '17'}\n",
        CONFIG,
        "it names none",
    ),
    "versions of Azure's blobs": (
        VERSIONED.replace("REMOTE", "blobs"),
        CONFIG.replace("account_name", "version_aware = true\n    account_name"),
        "keeps versions in Azure Blob Storage, which no target reads",
    ),
    "not pushed": (f"{POINTER}  remote: versions\n", CONFIG, "it names none"),
}


@pytest.mark.parametrize(("pointer", "config", "said"), WRONG.values(), ids=WRONG)
def test_a_pointer_that_leads_nowhere(
    tmp_path: Path, pointer: str, config: str | None, said: str
) -> None:
    found = resolved(tmp_path, pointer, config)
    assert isinstance(found, Refused)
    assert said in found.said
    assert found.registry == "the file models/loyalty.onnx.dvc"
    assert found.way_out


def test_a_configuration_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_bytes(b"\xff\xfe")
    (tmp_path / "a.dvc").write_text(POINTER)
    reference = parse("dvc:a.dvc")
    assert reference is not None
    found = resolve(tmp_path, reference)
    assert isinstance(found, Refused)
    assert "cannot be read" in found.said


def test_a_pointer_that_is_not_there(tmp_path: Path) -> None:
    reference = parse("dvc:nothing.dvc")
    assert reference is not None
    found = resolve(tmp_path, reference)
    assert isinstance(found, Refused)
    assert "cannot be read" in found.said
