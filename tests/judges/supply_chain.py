"""Our own supply chain by OpenSSF Scorecard, of the files alone: `… tests.judges supply_chain`.

Judged is what git has, in a folder of its own: neither environments nor caches. Checks that ask a
forge or a database (branches, reviews, fuzzing, known vulnerabilities, packages) say nothing here;
they are counted, and never as passed. https://github.com/ossf/scorecard/blob/main/docs/checks.md
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sandbox import gotool
from sandbox.schema.cache import cache_folder

__all__ = ["failures", "judged"]

_ROOT: Final = Path(__file__).parents[2]
_PINS: Final = Path(__file__).with_name("scorecard")
_MODULE: Final = "github.com/ossf/scorecard/v5"
_BEST: Final = 10
_LEAST: Final = 8.5
_TIMEOUT_SECONDS: Final = 600
# What is below the best, to what, and why it stays so.
_BELOW: Final[Mapping[str, tuple[int, str]]] = {
    "License": (9, "Scorecard knows licences by what a forge says of them; ours is Apache's text"),
    "Pinned-Dependencies": (
        8,
        (
            "the base of runtime/images/lambda.Dockerfile has a dated tag that AWS does not move,"
            " and no digest of it is known here; two of the four found are stages of that file"
        ),
    ),
    "SAST": (0, "it looks at pull requests, of which a folder has none"),
}


def judged(out: Path) -> dict[str, Any]:
    """The figures: the score, of each check that could say something, and what it warned of."""
    program = _program()
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "tree.tar"
        tree = Path(folder) / "tree"
        subprocess.run(["git", "archive", "-o", packed, "HEAD"], cwd=_ROOT, check=True)
        with tarfile.open(packed) as archive:
            archive.extractall(tree, filter="data")
        # Checks that reach nobody end it with 1, and what it found is there nevertheless.
        told = subprocess.run(
            [program, "--local", tree, "--format", "json", "--show-details"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    found: dict[str, Any] = json.loads(told.stdout)
    checks = {one["name"]: one for one in found["checks"]}
    text = json.dumps(found["checks"], indent=2)
    (out / "supply_chain.txt").write_text(f"{text}\n{told.stderr}", encoding="utf-8")
    return {
        "scorecard": _version(),
        "score": found["score"],
        "checks": {name: one["score"] for name, one in checks.items() if one["score"] >= 0},
        "say nothing": sorted(name for name, one in checks.items() if one["score"] < 0),
        "warnings": sum(
            detail.startswith("Warn:") for one in checks.values() for detail in one["details"] or ()
        ),
    }


def failures(found: Mapping[str, Any]) -> list[str]:
    """Checks below the best that are not listed, entries that are not needed, a low score."""
    said = [
        f"supply_chain: {name}: {score} of {_BEST}"
        for name, score in found["checks"].items()
        if score < _BELOW.get(name, (_BEST, ""))[0]
    ]
    said += [
        f"supply_chain: the entry {name} is not needed"
        for name, (score, _) in _BELOW.items()
        if found["checks"].get(name, score) > score
    ]
    if found["score"] < _LEAST:
        said.append(f"supply_chain: a score of {found['score']}; {_LEAST} is wanted")
    return said


def _program() -> Path:
    pins = hashlib.sha256(b"".join(each.read_bytes() for each in sorted(_PINS.glob("go.*"))))
    place = cache_folder() / "judges" / f"scorecard-{pins.hexdigest()[:12]}"
    return gotool.built(_MODULE, _PINS, place / "scorecard")


def _version() -> str:
    found = re.search(rf"{_MODULE} v(\S+)", (_PINS / "go.mod").read_text(encoding="utf-8"))
    return found[1] if found else "?"
