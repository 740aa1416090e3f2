"""What the API server's own code refuses of built-in kinds, KServe's and Istio's webhooks too.

Each case has a value that is refused and its neighbour that is not.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.kubernetes.formats import duration_seconds, quantity
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN
from tests.unit import kubernetes_cases, kubernetes_custom_cases
from tests.unit.kubernetes_bases import BASES, Object
from tests.unit.sandbox_life import Stack

CASES = (*kubernetes_cases.CASES, *kubernetes_custom_cases.CASES)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    folder: Path = tmp_path_factory.mktemp("rules")
    return Stack("kubernetes", folder / "store.sqlite", {"context": "serving-dev"})


def step(place: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    if name.isdecimal():
        return place[int(name)]
    return mapped(place).setdefault(name, {})


def altered(kind: str, path: str, value: object) -> Object:
    """The base of a kind with a value at a path; None removes it."""
    found = copy.deepcopy({"metadata": {"name": "x"}, **BASES[kind]})
    if not path:
        return {**found, **mapped(value)}
    place: Any = found
    *names, last = path.split(".")
    for name in names:
        place = step(place, name)
    if value is None:
        mapped(place).pop(last, None)
    elif last.isdecimal():
        place[int(last)] = value
    else:
        place[last] = value
    return found


@pytest.mark.parametrize("kind", list(BASES))
def test_the_bases_are_taken(cluster: Stack, kind: str) -> None:
    given = {"metadata": {"name": "x"}, **BASES[kind]}
    assert cluster.problems(f"kubernetes:{kind}", given) == []


@pytest.mark.parametrize(("kind", "path", "bad", "good"), CASES)
def test_both_sides(cluster: Stack, kind: str, path: str, bad: object, good: object) -> None:
    refused = cluster.problems(f"kubernetes:{kind}", altered(kind, path, bad))
    plain = [part for part in (path or "spec").split(".") if not part.isdecimal()]
    assert refused
    # The problem is at the path, or says so of what holds it.
    told = [f"{problem.path.replace('[', '.')} {problem.reason}" for problem in refused]
    assert any(name in text for name in plain[:2] for text in told)
    if not (good is None and (bad == [] or path == "spec")):
        assert cluster.problems(f"kubernetes:{kind}", altered(kind, path, good)) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Every place in an object but its identity."""
    if path and path not in {("apiVersion",), ("kind",)}:
        yield path
    for name, item in mapped(value).items():
        yield from places(item, (*path, name))
    for index, item in enumerate(listed(value)):
        yield from places(item, (*path, index))


def unknown_at(value: Object, path: tuple[Any, ...]) -> Object:
    found = copy.deepcopy(value)
    place: Any = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = UNKNOWN
    return found


def test_what_is_not_known_yet_is_not_judged(cluster: Stack) -> None:
    taken = [(kind, {"metadata": {"name": "x"}, **base}) for kind, base in BASES.items()]
    taken += [(kind, altered(kind, path, good)) for kind, path, _, good in CASES]
    for kind, given in taken:
        if not cluster.problems(f"kubernetes:{kind}", given):
            for path in places(given):
                found = cluster.problems(f"kubernetes:{kind}", unknown_at(given, path))
                assert found == [], (kind, path, given)
    for kind, path, bad, _ in CASES:
        if bad is not None and path:
            given = altered(kind, path, UNKNOWN)
            assert cluster.problems(f"kubernetes:{kind}", given) == [], (kind, path)


def test_no_message_has_a_secret(cluster: Stack) -> None:
    for key in (".dockercfg", ".dockerconfigjson"):
        kind = f"kubernetes.io/{key[1:]}"
        texts = {key: "hunter2"}
        found = cluster.problems("kubernetes:core/v1:Secret", altered("core/v1:Secret", "", {"type": kind, "stringData": texts}))  # noqa: E501 # fmt: skip
        assert found
        assert not any("hunter2" in f"{problem.path}{problem.reason}" for problem in found)


@pytest.mark.parametrize("value", [{"a": {"b": 1}}, [["a"]], 1.5, True, "a b"])
def test_what_is_of_another_type_is_said_and_breaks_nothing(cluster: Stack, value: object) -> None:
    free = ("labels", "annotations", "data", "binaryData", "limits", "requests")
    for kind, path, _, _ in CASES:
        if not path:
            continue
        if path.rpartition(".")[2] not in free and not isinstance(value, bool | str | float):
            assert cluster.problems(f"kubernetes:{kind}", altered(kind, path, value)), path
        else:
            cluster.problems(f"kubernetes:{kind}", altered(kind, path, value))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("500m", 0.5),
        ("1Ki", 1024),
        ("1.5Gi", 1.5 * 2**30),
        ("1e3", 1000),
        ("2E", 2e18),
        ("1k", 1000),
        (".5", 0.5),
        ("1K", None),
        ("1 Gi", None),
        ("", None),
        ("Gi", None),
    ],
)
def test_quantities(text: str, number: float | None) -> None:
    found = quantity(text)
    assert (None if found is None else float(found)) == number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h30m", 5400), ("1.5s", 1.5), ("0", 0), ("10ms", 0.01), ("1d", None), ("", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == seconds
