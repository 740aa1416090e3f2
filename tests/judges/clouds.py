"""What a scanner says of the clouds' resources that the project emits: `… tests.judges clouds`.

Judged is every component of a cloud, by the least arguments and by all other sets of
`tests/contract/cloud_arguments`.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.contract.emitted_clouds import groups
from tests.judges.scanners import tools
from tests.judges.scanners.clouds import Verdict, exceptions, verdicts
from tests.judges.scanners.plan import Made

__all__ = ["digest", "failures", "figures", "judged", "needless", "not_listed"]

# A scanner that looks at nothing finds nothing.
_LEAST_CHECKS = 500


def judged(out: Path) -> dict[str, Any]:
    """The figures; all that is wrong, listed or not, is written to `clouds.txt` too."""
    given = groups()
    with tempfile.TemporaryDirectory() as folder:
        found = verdicts(tools.checkov(), given, Path(folder))
    lines = sorted(
        f"{_line(each)}{'; listed' if _listed(each) else ''}" for each in found if not each.passed
    )
    (out / "clouds.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return figures(given, found)


def figures(given: Mapping[str, Sequence[Made]], found: Sequence[Verdict]) -> dict[str, Any]:
    """What is committed."""
    wrong = [each for each in found if not each.passed]
    return {
        "digest": digest(given),
        "version": tools.version("checkov"),
        "components": len({source.partition(" ")[0] for source in given}),
        "sets of arguments": len(given),
        "resources": dict(sorted(Counter(_cloud(each) for each in _made(given)).items())),
        "checks": len(found),
        "rules": len({each.id for each in found}),
        "findings": len(wrong),
        "not listed": not_listed(found),
        "listed in vain": needless(found),
    }


def not_listed(found: Iterable[Verdict]) -> list[str]:
    """What is wrong and not meant to be."""
    return sorted({_line(each) for each in found if not each.passed and not _listed(each)})


def needless(found: Iterable[Verdict]) -> list[str]:
    """Exceptions, or parts of them, that nothing needs."""
    wrong = [each for each in found if not each.passed]
    vain: list[str] = []
    for one in exceptions():
        covered = [each for each in wrong if one.covers(each)]
        parts = {
            *(set(one.components) - {each.component for each in covered}),
            *(set(one.kinds) - {each.kind for each in covered}),
            *(set(one.asked) - {each.label for each in covered}),
        }
        vain += [f"{one.id} {part}" for part in sorted(parts)]
    return vain


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every gate that the figures do not meet."""
    for line in found["not listed"]:
        yield f"clouds: {line}"
    for entry in found["listed in vain"]:
        yield f"clouds: the entry {entry} is not needed"
    if found["checks"] < _LEAST_CHECKS:
        yield f"clouds: checkov made {found['checks']} checks; at least {_LEAST_CHECKS}"


def digest(given: Mapping[str, Sequence[Made]]) -> str:
    """Of the resources, and of how they are judged."""
    made = {source: [asdict(each) for each in group] for source, group in given.items()}
    total = hashlib.sha256(json.dumps(made, sort_keys=True).encode())
    for path in sorted(tools.FOLDER.rglob("*.*")):
        if path.suffix in {".py", ".json", ".toml"}:
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def _made(given: Mapping[str, Sequence[Made]]) -> Iterator[Made]:
    for group in given.values():
        yield from group


def _cloud(made: Made) -> str:
    return made.token.partition(":")[0]


def _listed(verdict: Verdict) -> bool:
    return any(one.covers(verdict) for one in exceptions())


def _line(each: Verdict) -> str:
    return f"{each.id}: {each.source} {each.kind}: {each.text}"
