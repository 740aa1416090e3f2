"""Bytes and names of rendered files, and what happens to a folder that holds others' files too."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from delivery.failure import Failure
from delivery.render_files import MARK, folders_of, kustomization, text, tree
from delivery.render_folder import INDEX, Changes, Index, changes, index_of, write
from delivery.render_objects import Contents, RenderedObject, WithheldSecret

NOTHING = Index("prod", frozenset())


def thing(kind: str, name: str, *, version: str = "v1", folder: str = "f", namespace: str = "ns"):  # noqa: ANN201
    manifest: dict[str, Any] = {
        "spec": {"b": 1, "a": [{"d": 1, "c": 2.0}]},
        "data": {"x": "1"},
        "metadata": {"annotations": {"b": "2", "a": "1"}, "namespace": namespace, "name": name},
        "kind": kind,
        "apiVersion": version,
    }
    return RenderedObject(folder, manifest)


def files(*objects: RenderedObject) -> dict[str, str]:
    return tree(Contents(objects, ()))


def test_keys_have_a_fixed_order_and_lists_keep_theirs() -> None:
    written = files(thing("ConfigMap", "some"))
    assert written["f/configmap-some.yaml"] == (
        f"# {MARK}\n"
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  name: some\n"
        "  namespace: ns\n"
        "  annotations:\n"
        "    a: '1'\n"
        "    b: '2'\n"
        "spec:\n"
        "  a:\n"
        "    - c: 2\n"
        "      d: 1\n"
        "  b: 1\n"
        "data:\n"
        "  x: '1'\n"
    )


def test_the_order_of_the_preview_does_not_matter() -> None:
    some = [thing("A", "x"), thing("B", "x", folder="g"), thing("A", "y")]
    assert list(files(*some).items()) == list(files(*reversed(some)).items())


def test_each_folder_has_a_kustomization_of_its_files() -> None:
    written = files(thing("B", "x"), thing("A", "x"), thing("A", "x", folder="g/h"))
    assert yaml.safe_load(written["f/kustomization.yaml"])["resources"] == ["a-x.yaml", "b-x.yaml"]
    assert folders_of(written) == ["f", "g/h"]
    on_top = yaml.safe_load(kustomization(folders_of(written)))
    assert on_top["apiVersion"] == "kustomize.config.k8s.io/v1beta1"
    assert on_top["resources"] == ["f", "g/h"]


@pytest.mark.parametrize(
    ("objects", "names"),
    [
        ([thing("Gateway", "x"), thing("Gateway", "y")], {"gateway-x", "gateway-y"}),
        # The same kind of two groups, or the same name in two namespaces: both get the long name.
        (
            [
                thing("Gateway", "x", version="networking.istio.io/v1"),
                thing("Gateway", "x", version="gateway.networking.k8s.io/v1"),
            ],
            {"gateway.networking.istio.io-ns-x", "gateway.gateway.networking.k8s.io-ns-x"},
        ),
        ([thing("A", "x"), thing("A", "x", namespace="other")], {"a-ns-x", "a-other-x"}),
        ([thing("Role", "system:x/y")], {"role-system%3Ax%2Fy"}),
    ],
)
def test_names_of_files(objects: list[RenderedObject], names: set[str]) -> None:
    found = {p.removeprefix("f/").removesuffix(".yaml") for p in files(*objects)}
    assert found == {*names, "kustomization"}


# What one reader or another takes for a number, a truth value, a date or nothing.
AMBIGUOUS = (
    *(
        "y",
        "n",
        "Yes",
        "no",
        "ON",
        "off",
        "true",
        "null",
        "~",
        "",
        "=",
        "<<",
        ".inf",
        "-.inf",
        ".nan",
    ),
    *("1e3", "1_000", "0x1F", "0o17", "017", "0b1", "12:30", "12:30:45", "2024-01-01", "+1", "-_1"),
    *(
        "- a",
        "a: b",
        "a #b",
        "# a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a",
        "[a",
        "a:",
        " a",
        "a ",
    ),
    *("a\nb", "a\n", "\n", "a \nb", "\ta\nb", "é", "\x07", "\u2028", "0.20.0", "2048Mi", "500m"),
)


@pytest.mark.parametrize("value", AMBIGUOUS)
def test_a_text_stays_a_text(value: str) -> None:
    written = text({"k": value, value: 1})
    if "\n" not in value:
        # Of YAML 1.1 as Go reads it there is no reader here: nothing ambiguous is left bare.
        assert f"k: {value}\n" not in written
    assert yaml.safe_load(written) == {"k": value, value: 1}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_what_is_written_is_what_is_read(value: object) -> None:
    assert yaml.safe_load(text({"k": value})) == {"k": value}


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"])),
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"])),
    )
)
def test_a_reader_of_yaml_1_2_reads_the_same(value: dict[str, str]) -> None:
    reader: Any = YAML(typ="safe", pure=True)
    assert reader.load(StringIO(text({"k": value}))) == {"k": value}


def test_what_is_left_out_is_listed_with_its_keys() -> None:
    secrets = (
        WithheldSecret("f", "b", "n", ("token",)),
        WithheldSecret("f", "a", "n", ("user", "password")),
    )
    written = tree(Contents((), secrets))
    assert list(written) == ["f/SECRETS.md"]
    assert MARK in written["f/SECRETS.md"].splitlines()[0]
    assert written["f/SECRETS.md"].endswith("| n | a | user, password |\n| n | b | token |\n")


def apply(folder: Path, tree: dict[str, str], *, before: Index | None = None) -> Changes:
    """What the command does with a whole environment."""
    before = before or index_of(folder, "prod")
    after = Index("prod", frozenset(tree))
    made = changes(folder, tree, before, lambda _: True)
    write(folder, tree, made, before, after)
    return made


def there(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


ONE = text({"a": 1})
TWO = text({"a": 2})


def test_a_folder_follows_the_tree(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "prod"
    made = apply(folder, {"a/x.yaml": ONE, "b/c/y.yaml": ONE, "z.yaml": ONE})
    assert made.lines() == ["  + a/x.yaml", "  + b/c/y.yaml", "  + z.yaml"]
    made = apply(folder, {"a/x.yaml": TWO, "z.yaml": ONE})
    assert made.lines() == ["  ~ a/x.yaml", "  - b/c/y.yaml"]
    found = there(folder)
    index = json.loads(found.pop(INDEX))
    assert found == {"a/x.yaml": TWO, "z.yaml": ONE}
    assert index == {"schema_version": 1, "environment": "prod", "files": ["a/x.yaml", "z.yaml"]}
    # Folders that are empty now are gone, and nothing is left over.
    assert {p.name for p in folder.iterdir()} == {"a", "z.yaml", INDEX}
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*.yaml")}
    assert not apply(folder, {"a/x.yaml": TWO, "z.yaml": ONE})
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*.yaml")} == before


def test_a_users_files_are_never_touched(tmp_path: Path) -> None:
    apply(tmp_path, {"a/x.yaml": ONE, "a/y.yaml": ONE, "b/z.yaml": ONE})
    own = {"a/own.yaml": "own: 1\n", "b/copy.yaml": ONE, "README.md": "ours\n"}
    for path, content in own.items():
        (tmp_path / path).write_text(content)
    # The mark taken away: somebody made the file his own.
    (tmp_path / "a/y.yaml").write_text("own: 2\n")
    apply(tmp_path, {"c.yaml": ONE})
    found = there(tmp_path)
    del found[INDEX]
    assert found == {**own, "a/y.yaml": "own: 2\n", "c.yaml": ONE}


@pytest.mark.parametrize("content", ["own: 1\n", TWO, ""])
def test_a_users_file_in_the_way_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.yaml").write_text(content)
    with pytest.raises(Failure, match="in the way of what it writes") as said:
        apply(tmp_path, {"w.yaml": ONE, "x.yaml": ONE})
    assert str(tmp_path / "x.yaml") in str(said.value)
    assert there(tmp_path) == {"x.yaml": content}


def test_a_folder_or_a_link_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    (tmp_path / "elsewhere").write_text(ONE)
    (tmp_path / "y.yaml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failure) as said:
        apply(tmp_path, {"x.yaml": ONE, "y.yaml": ONE})
    assert "x.yaml\n" in str(said.value)
    assert "y.yaml\n" in str(said.value)


def test_an_edited_file_is_written_anew(tmp_path: Path) -> None:
    apply(tmp_path, {"x.yaml": ONE})
    (tmp_path / "x.yaml").write_text(ONE + "b: 1\n")
    assert apply(tmp_path, {"x.yaml": ONE}).changed == ("x.yaml",)
    assert (tmp_path / "x.yaml").read_text() == ONE


def test_what_is_not_concerned_stays(tmp_path: Path) -> None:
    apply(tmp_path, {"a/x.yaml": ONE, "b/x.yaml": ONE})
    before = index_of(tmp_path, "prod")
    made = changes(tmp_path, {}, before, lambda path: path.startswith("a/"))
    assert made.gone == ("a/x.yaml",)


def test_interrupted_between_two_files_the_next_run_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(tmp_path, {"old.yaml": ONE, "x.yaml": ONE})
    after = {"x.yaml": TWO, "y.yaml": TWO}
    replace, calls = Path.replace, 0

    def killed(path: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        apply(tmp_path, after)
    monkeypatch.undo()
    assert index_of(tmp_path, "prod").files == {"old.yaml", "x.yaml", "y.yaml"}
    apply(tmp_path, after)
    found = there(tmp_path)
    del found[INDEX]
    assert found == after


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(tmp_path, {"x.yaml": ONE})
    before = there(tmp_path)
    written, calls = Path.write_bytes, 0

    def full(path: Path, content: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise OSError(28, "No space left on device")
        return written(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        apply(tmp_path, {"x.yaml": TWO, "y.yaml": TWO})
    assert there(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<<<<<<< HEAD",
        "[]",
        "{}",
        '{"environment": "prod", "files": 1}',
        '{"environment": "prod", "files": [1]}',
        '{"environment": "prod", "files": ["../x.yaml"]}',
        '{"environment": "prod", "files": ["/etc/x.yaml"]}',
        '{"environment": "prod", "files": [""]}',
    ],
)
def test_an_index_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / INDEX).write_text(content)
    with pytest.raises(Failure, match="cannot be read as the list"):
        index_of(tmp_path, "prod")


def test_another_environments_folder_is_refused(tmp_path: Path) -> None:
    apply(tmp_path, {"x.yaml": ONE}, before=NOTHING)
    with pytest.raises(Failure, match="rendered of 'prod', not 'dev'"):
        index_of(tmp_path, "dev")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="is no folder"):
        index_of(tmp_path / "file", "prod")
    assert index_of(tmp_path / "none", "prod") == NOTHING
