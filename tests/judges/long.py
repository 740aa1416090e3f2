"""The judges that take hours, each by its own command: `make judges LONG=1`.

Those that sweep go on where they were ended, as long as what they judge is the same.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tests.judges import report

__all__ = ["COMMANDS", "judged"]

_OUT: Final = report.ROOT / ".out" / "judges"
_BY_TYPE: Final = "tests.judges.by_type.judge"
# On two cores, quiet.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    # An hour and a half: 12 s an event, of two updates.
    "crashes": (
        *("tests.judges.crashes.judge", "--scenes", "dev", "life"),
        *("--ways", "after", "--sides", "ours", "--previews", "7"),
    ),
    # Half an hour, and ten minutes once to build an engine.
    "clocks": ("tests.judges.clocks.judge",),
    # Ten hours for 1,000 seeds.
    "walk": ("tests.judges.random_walk.judge",),
    # Ten to twenty minutes for each of eleven stacks.
    "calls": (_BY_TYPE, "--judges", "calls"),
    # A minute or two for each of them.
    "changed": (_BY_TYPE, "--judges", "changed"),
    # Five to ten minutes for each; `make judges` has dev alone.
    "gone": (_BY_TYPE, "--judges", "gone"),
}


def judged(run: Callable[[list[str]], int] | None = None) -> Iterator[str]:
    """Run each and keep its figures; which are not met."""
    digests = (report.digest(), *(report.sources(name) for name in COMMANDS))
    key = hashlib.sha256(" ".join(digests).encode()).hexdigest()[:12]
    for name, words in COMMANDS.items():
        # What was tried of other sources does not count.
        out = _OUT / f"{name}-{key}"
        for other in _OUT.glob(f"{name}-*"):
            if other != out:
                shutil.rmtree(other, ignore_errors=True)
        command = [*words, "--out", str(out), "--keep"]
        print(f"{name}: python -m {' '.join(command)}", flush=True)
        if code := (run or _run)([sys.executable, "-m", *command]):
            yield f"{name}: ends with {code}"


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=report.ROOT, check=False).returncode
