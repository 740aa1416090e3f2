"""Files are edited in place: what was asked for changes, and not one sign more."""

import difflib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from delivery.editing.edit import Append, Change, Remove, Set, edited
from delivery.editing.files import edit, write
from delivery.failure import Failure
from stacks.settings.yaml_source import parse

ROOT = Path(__file__).resolve().parents[2]

# What the text was, the changes, and what it is then.
CASES: dict[str, tuple[str, Sequence[Change], str]] = {
    "a value, its quotes and its comment": (
        'a: 1 # one\nb: "x"   # two\n',
        [Set(("b",), "1.5")],
        'a: 1 # one\nb: "1.5"   # two\n',
    ),
    "a value in single quotes": ("a: 'x'\n", [Set(("a",), "it's")], "a: 'it''s'\n"),
    "a plain text that would be a number is quoted": (
        "a: x\n",
        [Set(("a",), "1.10")],
        'a: "1.10"\n',
    ),
    "a URI stays plain": ("a: s3://b/c\n", [Set(("a",), "s3://b/d@1")], "a: s3://b/d@1\n"),
    "a key after the last one, before what follows": (
        "a:\n  b: 1\n  # about c\n  c: 2\n\n# about d\nd: 3\n",
        [Set(("a", "e"), value=True)],
        "a:\n  b: 1\n  # about c\n  c: 2\n  e: true\n\n# about d\nd: 3\n",
    ),
    "mappings that are not there": (
        "a:\n    b: 1\n",
        [Set(("a", "c", "d"), {"uri": "s3://x/y", "digest": None})],
        "a:\n    b: 1\n    c:\n      d:\n        uri: s3://x/y\n        digest: null\n",
    ),
    "no end of the last line": ("a:\n  b: 1", [Set(("a", "c"), 2)], "a:\n  b: 1\n  c: 2"),
    "a mapping with nothing in it": (
        "config:\n  models: # none yet\nend: 1\n",
        [Set(("config", "models", "fraud", "max"), 2)],
        "config:\n  models: # none yet\n    fraud:\n      max: 2\nend: 1\n",
    ),
    "within braces": (
        "m: {a: 1, b: {c: x}} # all\n",
        [Set(("m", "b", "d"), "s3://x"), Set(("m", "a"), 2), Remove(("m", "b", "c"))],
        'm: {a: 2, b: {d: "s3://x"}} # all\n',
    ),
    "empty braces": ("m: {}\nn: 1\n", [Set(("m", "a"), 1)], "m: {a: 1}\nn: 1\n"),
    "an element of a list that is not there": (
        "config:\n  a: 1\nend: 1\n",
        [Append(("config", "l"), {"name": "x", "why": "a: b"})],
        'config:\n  a: 1\n  l:\n    - {name: x, why: "a: b"}\nend: 1\n',
    ),
    "an element of a list with nothing in it": (
        "a:\n  l: # none yet\nb: []\nend: 1\n",
        [Append(("a", "l"), 1), Append(("b",), "x")],
        "a:\n  l: # none yet\n    - 1\nb: [x]\nend: 1\n",
    ),
    "an element after the last one, in its style": (
        "l:\n- a: 1 # one\n  b: 2\n\n# of m\nm: [1, 2] # two\n",
        [Append(("l",), {"a": 3}), Append(("m",), 3)],
        "l:\n- a: 1 # one\n  b: 2\n- {a: 3}\n\n# of m\nm: [1, 2, 3] # two\n",
    ),
    "an element where the last line has no end": (
        "a:\n  l:\n    - 1",
        [Append(("a", "l"), [2, "x"])],
        "a:\n  l:\n    - 1\n    - [2, x]",
    ),
    "a list in the place of a value": ("a: 1 # one\n", [Set(("a",), [1])], "a: # one\n  - 1\n"),
    "a list of another style, and what follows it": (
        "a:\n- 1\n-   2 # two\nb: 1\n",
        [Set(("c",), 3), Set(("b",), 2)],
        "a:\n- 1\n-   2 # two\nb: 2\nc: 3\n",
    ),
    "after a text of many lines": (
        "a:\n  b: |\n    one\n    two\n\n# end\nc: 1\n",
        [Set(("a", "d"), 1)],
        "a:\n  b: |\n    one\n    two\n  d: 1\n\n# end\nc: 1\n",
    ),
    "a key goes, the comment above it stays": (
        "a: 1\n# about b\nb:\n  c: 1\n  d: [1,  2]\n\ne: 2\n",
        [Remove(("b",))],
        "a: 1\n# about b\n\ne: 2\n",
    ),
    "mappings left empty go too": (
        "config:\n  x: 1\n  models:\n    fraud:\n      model:\n        uri: s3://a\n",
        [Remove(("config", "models", "fraud", "model", "uri"))],
        "config:\n  x: 1\n",
    ),
    "but those that somebody has commented": (
        "config:\n  models: # ours\n    # about fraud\n    fraud:\n      model: {uri: s3://a}\n",
        [Remove(("config", "models", "fraud", "model", "uri"))],
        "config:\n  models: {} # ours\n    # about fraud\n",
    ),
    "the outermost stays": (
        "config:\n  models:\n    fraud: {a: 1}\nz: 1\n",
        [Remove(("config", "models", "fraud", "a"))],
        "config: {}\nz: 1\n",
    ),
    "a key that is not there": ("a: 1\n", [Remove(("b", "c"))], "a: 1\n"),
    "the same value": ("a:   [x]\nb: 'y'\n", [Set(("b",), "y")], "a:   [x]\nb: 'y'\n"),
    "a mapping becomes nothing": (
        "a:\n  b:\n    c: 1\n  d: 2\n",
        [Set(("a", "b"), None)],
        "a:\n  b: null\n  d: 2\n",
    ),
    "an alias of its own is replaced, what it names is not": (
        "a: &x 1\nb: *x\nc: 2\n",
        [Set(("b",), 3)],
        "a: &x 1\nb: 3\nc: 2\n",
    ),
    "lines of Windows, and a mark in front": (
        "\ufeffa: 1\r\nb:\r\n  c: 1 # c\r\n",
        [Set(("b", "d"), 2), Set(("a",), 2)],
        "\ufeffa: 2\r\nb:\r\n  c: 1 # c\r\n  d: 2\r\n",
    ),
    "signs beyond the keyboard": ("a: 'ü'\nb: 1\n", [Set(("a",), "é 😀")], "a: 'é 😀'\nb: 1\n"),
}

REFUSED: dict[str, tuple[str, Change, str]] = {
    "a merge that is not settled": (
        "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n",
        Set(("a",), 2),
        "f.yaml:2:1: a mark of an unfinished merge: <<<<<<<",
    ),
    "no YAML": ("a: [\n", Set(("a",), 2), "f.yaml:2:1: MS0001"),
    "a key twice": ("a: 1\na: 2\n", Set(("a",), 3), "MS0004"),
    "below an alias": (
        "x: &x {b: 1}\na: *x\n",
        Set(("a", "b"), 2),
        "a.b cannot be changed in place: a is no mapping of its own",
    ),
    "below a value": ("a: 1\n", Set(("a", "b"), 2), "a is no mapping of its own"),
    "what others repeat": (
        "a: &x 1\nb: *x\n",
        Set(("a",), 2),
        "a cannot be changed in place",
    ),
    "a comment within braces": (
        "m: {a: 1, # why\n    b: 2}\n",
        Remove(("m", "a")),
        "a comment would go with it",
    ),
    "nothing else in the file": ("a: 1\n", Remove(("a",)), "nothing else is in the file"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_asked_for_changes_and_nothing_else(case: str) -> None:
    before, changes, after = CASES[case]
    assert edited(before.encode(), "f.yaml", changes).decode() == after


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_changed_in_place_is_refused(case: str) -> None:
    before, change, said = REFUSED[case]
    with pytest.raises(Failure) as refused:
        edited(before.encode(), "f.yaml", [change])
    assert said in str(refused.value)
    assert refused.value.code == 2


def test_nothing_is_written_where_one_of_the_files_has_changed(tmp_path: Path) -> None:
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file in files:
        file.write_text("a: 1\n")
    edits = edit(tmp_path, {Path(file.name): [Set(("a",), 2)] for file in files})
    files[1].write_text("a: 3\n")
    with pytest.raises(Failure, match=r"b\.yaml was changed meanwhile"):
        write(tmp_path, edits)
    assert [file.read_text() for file in files] == ["a: 1\n", "a: 3\n"]


@pytest.mark.parametrize("name", ["Pulumi.dev.yaml", "Pulumi.prod.yaml"])
def test_our_own_files(name: str) -> None:
    before = (ROOT / name).read_text()
    path = ("config", "model-serving:models", "fraud")
    changes = [
        Set((*path, "model", "version"), "1.5.0"),
        Remove((*path, "canary_percent")),
        Set((*path, "candidate"), None),
    ]
    after = edited(before.encode(), name, changes).decode()
    changed = [
        line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"
    ]
    assert sorted(changed) == sorted(
        [
            next(f"-{line[1:]}" for line in changed if "canary_percent" in line),
            "+       model:",
            '+         version: "1.5.0"',
            "+       candidate: null",
        ]
    )


# Random files, written down with comments and every style that people use.
Yaml: TypeAlias = Any
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

_words = st.text("abcdefgh", min_size=1, max_size=4)
_texts = st.sampled_from(
    [
        "1.4.0",
        "plain",
        "s3://bucket/a b",
        "s3://bucket/1/",
        "#no",
        "it's",
        'a "b"',
        "",
        "yes",
        "1e3",
    ]
)
_leaves: Any = st.one_of(_texts, st.integers(-5, 500), st.booleans(), st.none())
_trees = st.dictionaries(
    _words,
    st.recursive(
        _leaves,
        lambda inner: st.one_of(
            st.lists(_leaves, max_size=3), st.dictionaries(_words, inner, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=5,
)


def _written(draw: Draw, value: Yaml, indent: str) -> list[str]:
    """A mapping's lines, with comments, blank lines and styles as they come."""
    step = "  " * draw(st.integers(1, 2))
    lines: list[str] = []
    each: Yaml
    for key, each in value.items():
        number = draw(st.integers(0, 6))
        if number == 0:
            lines += ["", f"{indent}# about {key}"]
        elif number == 1:
            lines += [f"# {key}: at the edge"]
        behind = draw(st.sampled_from(["", "", f"  # behind {key}"]))
        if isinstance(each, dict) and each and draw(st.booleans()):
            lines += [f"{indent}{key}:{behind}", *_written(draw, each, indent + step)]
        elif isinstance(each, list) and each and draw(st.booleans()):
            deep = draw(st.sampled_from(["", "  "]))
            lines += [f"{indent}{key}:{behind}"]
            lines += [f"{indent}{deep}- {_flow(draw, item)}" for item in cast("list[Yaml]", each)]
        else:
            lines += [f"{indent}{key}: {_flow(draw, each)}{behind}"]
    return lines


def _flow(draw: Draw, value: Yaml) -> str:
    if isinstance(value, dict):
        space = draw(st.sampled_from(["", " "]))
        pairs = [f"{k}: {_flow(draw, v)}" for k, v in cast("dict[str, Yaml]", value).items()]
        return "{" + space + ", ".join(pairs) + space + "}"
    if isinstance(value, list):
        return "[" + ",  ".join(_flow(draw, each) for each in cast("list[Yaml]", value)) + "]"
    if isinstance(value, str):
        if draw(st.booleans()):
            return "'" + value.replace("'", "''") + "'"
        return '"' + value.replace('"', '\\"') + '"'
    return {True: "true", False: "false", None: "null"}.get(value, str(value))


@st.composite
def _files(draw: Draw) -> tuple[str, dict[str, Any]]:
    tree = draw(_trees)
    lines = ["# yaml-language-server: $schema=x.json", *_written(draw, tree, ""), "# at the end"]
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline])), tree


def _paths(tree: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in tree.items():
        found.append((*above, key))
        if isinstance(value, dict):
            found += _paths(cast("dict[str, Yaml]", value), (*above, key))
    return found


def _loaded(text: str) -> Yaml:
    """As another library reads it, which keeps order."""
    yaml: Any = YAML(typ="rt")
    return yaml.load(io.StringIO(text))


def _comments(text: str) -> list[str]:
    """Those that stand for themselves; within quotes there is none in these files."""
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


def _order(tree: Yaml) -> Yaml:
    if not isinstance(tree, dict):
        return None
    return [(key, _order(value)) for key, value in cast("dict[str, Yaml]", tree).items()]


@given(st.data())
def test_random_files_keep_comments_order_and_all_other_lines(data: st.DataObject) -> None:
    text, tree = data.draw(_files())
    assert parse(text.encode(), "f").data == tree
    path = data.draw(st.sampled_from(_paths(tree)))
    above: Any = tree
    for key in path[:-1]:
        above = above[key]
    what = data.draw(st.sampled_from(["set", "add", "remove"]))
    change: Change
    if what == "set":
        change = Set(path, data.draw(_leaves))
        above[path[-1]] = change.value
    elif what == "add":
        change = Set((*path[:-1], "zz", "new"), data.draw(_leaves))
        above["zz"] = {"new": change.value}
    else:
        change = Remove(path)
    try:
        after = edited(text.encode(), "f", [change]).decode()
    except Failure:
        # Only what would leave nothing behind.
        if what == "remove" and len(tree) == 1:
            return
        raise
    found = _loaded(after)
    if what != "remove":
        assert found == tree
        assert _order(found) == _order(tree)
    else:
        assert parse(after.encode(), "f").data == found
        assert path not in _paths(found)
        assert [p for p in _paths(tree) if p in _paths(found)] == _paths(found)
    # All lines but those of the key are the same, and so are the comments between them.
    before_lines, after_lines = text.splitlines(), after.splitlines()
    moved = difflib.SequenceMatcher(None, before_lines, after_lines, autojunk=False).get_opcodes()
    changed = [code for code in moved if code[0] != "equal"]
    # A mapping that is left with comments alone changes its own line too.
    assert len(changed) <= 1 + (what == "remove")
    if what == "add":
        assert _comments(after) == _comments(text)
        assert sum(code[2] - code[1] for code in changed) <= 1
    kept = _comments(after)
    assert kept[0] == "# yaml-language-server: $schema=x.json"
    assert kept[-1] == "# at the end"
    rest = iter(_comments(text))
    assert all(comment in rest for comment in kept)
