"""Run in the environment of cosmic-ray: prints mutants of modules as JSON, one a line.

`python maker.py <how many> <seed> <module>…`; each line has the module, the line, the operator, how
many places could be changed, and the changed source. Of one place there is one mutant at most.
"""

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

# Of an environment that is not the project's: nothing of it is known here.
_WORK: Any = import_module("cosmic_ray.work_db")
_INIT: Any = import_module("cosmic_ray.commands.init")
_MUTATING: Any = import_module("cosmic_ray.mutating")
_PLUGINS: Any = import_module("cosmic_ray.plugins")

# Texts that are interned are the same whether compared by == or by is, so that nothing can tell
# such a mutant; | is mostly in types here; a rule without its decorator is none.
LEFT_OUT = ("_Is", "_IsNot", "BitOr_", "_BitOr", "RemoveDecorator")


def main(arguments: Sequence[str]) -> None:
    """Print a sample, the same for the same seed and sources."""
    count, seed = int(arguments[0]), int(arguments[1])
    with tempfile.TemporaryDirectory() as folder, _WORK.use_db(f"{folder}/work.sqlite") as db:
        _INIT.init([Path(one) for one in arguments[2:]], db, {})
        every: list[Any] = [one.mutations[0] for one in db.work_items]
    lines = {one: Path(one).read_text(encoding="utf-8").splitlines() for one in arguments[2:]}
    every.sort(key=lambda one: (str(one.module_path), one.start_pos, one.operator_name))
    chance = random.Random(seed)  # noqa: S311 - a sample, the same each time.
    places: dict[tuple[str, tuple[int, int]], list[Any]] = {}
    for one in every:
        line: str = lines[str(one.module_path)][int(one.start_pos[0]) - 1]
        # Nobody changes a frozen object.
        if not _left_out(one.operator_name) and "@dataclass" not in line:
            places.setdefault((str(one.module_path), one.start_pos), []).append(one)
    made = [chance.choice(ways) for ways in places.values()]
    # At even distances, so that every module has its share of them.
    start, taken = chance.random(), min(count, len(made))
    for one in [made[int((number + start) * len(made) / taken)] for number in range(taken)]:
        source = Path(one.module_path).read_text(encoding="utf-8")
        changed = _MUTATING.mutate_code(
            source, _PLUGINS.get_operator(one.operator_name)(), one.occurrence
        )
        if changed is not None:
            print(
                json.dumps(
                    {
                        "module": str(one.module_path),
                        "line": one.start_pos[0],
                        "operator": one.operator_name.removeprefix("core/"),
                        "of": len(made),
                        "source": changed,
                    }
                )
            )


def _left_out(name: str) -> bool:
    return any(name.endswith(part) or part in name for part in LEFT_OUT)


if __name__ == "__main__":
    main(sys.argv[1:])
