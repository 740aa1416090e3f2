"""What the judges found, for people and for the repository."""

import datetime as dt
import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.judges.trial import SEED, Missed, Tally

__all__ = [
    "FIGURES",
    "digest",
    "figures",
    "missed_text",
    "older",
    "sources",
    "tallied",
    "write_figures",
    "write_part",
]

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_name("figures.json")
# Parts of the document: what others say of what the project emits, and of its guardrails.
PARTS = ("manifests", "clouds", "rules", "dashboards", "guardrails", "mutation", "store", "gone")
# Those that take too long for all to be judged at once: by their own commands, kept as they are.
ALONE = ("crashes", "clocks", "walk", "supply_chain", "calls", "changed")
_EMISSION = (
    *("components", "facts", "stacks", "tests/judges/scanners"),
    "tests/contract/cloud_arguments",
)
_GUARDRAILS = (
    *("facts", "policies", "tests/judges/guardrails", "tests/judges/mutation"),
    "tests/judges/scanners",
    "tests/policies/cases",
)
_STORE = (
    *("sandbox/database.py", "sandbox/eventual.py", "sandbox/rows.py", "sandbox/ruletables.py"),
    *("sandbox/store.py", "tests/judges/durability"),
)
_CRASHES = ("delivery/recovery", "delivery/running", "tests/judges/crashes")
_WALK = ("components", "delivery", "facts", "stacks", "tests/judges/random_walk")
_SUPPLY_CHAIN = (".github", "runtime/images", "tests/judges/scorecard")
_BY_TYPE = (
    *("components", "facts", "provider", "stacks", "tests/judges/by_type"),
    *("delivery/drift.py", "delivery/of_others.py"),
    *("sandbox/clouds", "sandbox/console", "sandbox/life.py"),
)
_SOURCES = {
    "calls": _BY_TYPE,
    "changed": _BY_TYPE,
    "clocks": (*_CRASHES, "facts/engine_lock.py", "sandbox/locks.py", "tests/judges/clocks"),
    "crashes": _CRASHES,
    "gone": _BY_TYPE,
    "guardrails": _GUARDRAILS,
    "mutation": _GUARDRAILS,
    "store": _STORE,
    "walk": _WALK,
    "supply_chain": _SUPPLY_CHAIN,
}
PACKAGES = (
    *("pulumi", "pulumi-aws", "pulumi-gcp", "pulumi-azure-native", "pulumi-kubernetes"),
    *("botocore", "moto", "google-api-python-client"),
)


def digest() -> str:
    """Of all that is judged and judges by: the sandbox, the truth tables, the locked packages."""
    files = [*(ROOT / "sandbox").rglob("*.py"), *(ROOT / "sandbox").rglob("*.json")]
    return _digest([*files, *(ROOT / "tests/judges/truth").glob("*.json"), ROOT / "uv.lock"])


def sources(part: str) -> str:
    """Of what is judged: what makes that which is emitted, the guardrails, or the sandbox's store.

    And of how scanners are given it. The arguments in the components' unit tests are not among it.
    """
    places = [ROOT / place for place in _SOURCES.get(part, _EMISSION)]
    kinds = {".c", ".go", ".json", ".py", ".toml", ".yaml"}
    files = [
        path
        for place in places
        for path in (place.rglob("*.*") if place.is_dir() else (place,))
        if path.suffix in kinds and path.is_file()
    ]
    return _digest([*files, *ROOT.glob("Pulumi.*.yaml")])


def older(document: Mapping[str, Any]) -> list[str]:
    """What changed since it was judged: the sandbox, what is emitted, or the guardrails."""
    parts = [name for name in PARTS if document.get(name, {}).get("sources") != sources(name)]
    return parts if document.get("digest") == digest() else ["sandbox", *parts]


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def figures(providers: Mapping[str, Any], failures: Sequence[str]) -> dict[str, Any]:
    """The document that is committed; `failures` are the gates that are not met.

    What scanners say of what is emitted stays as it is: see `write_part`.
    """
    kept: dict[str, Any] = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "seed": SEED,
        "digest": digest(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "not met": list(failures),
        "providers": providers,
        **{name: kept.get(name, {}) for name in PARTS},
        **{name: kept[name] for name in ALONE if name in kept},
    }


def tallied(tally: Tally) -> dict[str, Any]:
    """Counts by kind and the share over all."""
    kinds = {
        kind: {"made": made, "right": tally.right[kind], "share": _share(tally.right[kind], made)}
        for kind, made in sorted(tally.made.items())
    }
    made, right = tally.made.total(), tally.right.total()
    found = {"made": made, "right": right, "share": _share(right, made), "kinds": kinds}
    return found | ({"of them": dict(tally.apart)} if tally.apart else {})


def missed_text(provider: str, missed: list[Missed]) -> str:
    """What a developer reads: grouped by kind, cause and type, the largest groups first."""
    lines = [f"# What the judges hold against {provider}", ""]
    lines += [f"To judge it again: .venv/bin/python -m tests.judges {provider}", ""]
    groups: dict[tuple[str, str], dict[str, list[Missed]]] = {}
    for one in missed:
        by_type = groups.setdefault((one.kind, one.cause), {})
        by_type.setdefault(one.token, []).append(one)
    for (kind, cause), by_type in sorted(groups.items(), key=_size):
        lines += [f"## {kind}: {cause} ({sum(map(len, by_type.values()))})", ""]
        for token, found in sorted(by_type.items(), key=lambda item: -len(item[1])):
            lines.append(f"{token} ({len(found)})")
            lines += [f"    {one.path}: {one.detail}" for one in found]
        lines.append("")
    return "\n".join(lines)


def _size(item: tuple[tuple[str, str], dict[str, list[Missed]]]) -> int:
    return -sum(map(len, item[1].values()))


def _share(right: int, made: int) -> float:
    return round(right / made, 4) if made else 0.0


def write_part(name: str, found: Mapping[str, Any], path: Path = FIGURES) -> None:
    """Write a part of the document that is judged on its own, and leave the rest."""
    document = json.loads(path.read_text(encoding="utf-8"))
    date = dt.datetime.now(tz=dt.UTC).date().isoformat()
    write_figures({**document, name: {"date": date, "sources": sources(name), **found}}, path)


def write_figures(document: Mapping[str, Any], path: Path = FIGURES) -> None:
    """Write the document that is committed."""
    path.write_text(json.dumps(document, indent=2, sort_keys=False) + "\n", encoding="utf-8")
