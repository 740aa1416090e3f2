"""The phases of one check in one process, each by its CPU seconds; phases.py runs it.

The hand-written program is run against the same recorder as ours, after the same imports: what is
left between them is our layer.
"""

import sys
import time

_START = time.process_time()

import json  # noqa: E402 - the time before them is Python's own
import os  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TypeVar  # noqa: E402

_COMPONENTS = (
    "components.aws.sagemaker.sagemaker_endpoint",
    "components.kubernetes.server.model_server",
    "stacks.platform",
    "stacks.targets",
)
_Made = TypeVar("_Made")


def main(project: Path, plain: Path) -> dict[str, float]:
    """CPU seconds by phase, and the numbers of resources that both programs registered."""
    os.chdir(project)
    found: dict[str, float] = {"Python starts": _START}

    def phase(name: str, work: Callable[[], _Made]) -> _Made:
        start = time.process_time()
        made = work()
        found[name] = time.process_time() - start
        return made

    phase("imports: settings", _imported("delivery.cli", "delivery.check"))
    phase("imports: pulumi", _imported("pulumi"))
    phase("imports: components and their SDKs", _imported("stacks.startup", *_COMPONENTS))
    phase("imports: rules", _imported("delivery.checking.judging"))
    from delivery.checking.answers import Answers  # noqa: PLC0415
    from delivery.checking.environment import recorded  # noqa: PLC0415
    from delivery.checking.program import Program, record  # noqa: PLC0415
    from delivery.checking.verdicts import verdicts  # noqa: PLC0415
    from policies import evaluate  # noqa: PLC0415
    from stacks.settings.load import load  # noqa: PLC0415

    settings = phase("settings", lambda: load(project, "dev"))
    by_hand = Program(plain, "plain", "dev", {})
    # First, and once before it counts: classes of the SDKs are looked at once by whoever uses them.
    record(by_hand, Answers())
    ours = phase("program", lambda: recorded(project, project / "stacks", settings, None))
    hand = phase("the same resources by hand", lambda: record(by_hand, Answers()))
    phase("rules", lambda: verdicts(settings, ours.resources, evaluate(ours.resources)))
    found["resources"] = len(ours.resources)
    found["resources by hand"] = len(hand.resources)
    return found


def _imported(*modules: str) -> Callable[[], list[object]]:
    return lambda: [import_module(each) for each in modules]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
