"""What our program does before all else: no debug messages of the SDK, rare collections."""

import os
import subprocess
import sys

import pytest

from stacks.startup import VARIABLE

_PROGRAM = """
import pulumi
import stacks.startup

class Engine:
    def Log(self, request):
        print(request.message)

pulumi.log.get_engine = Engine
pulumi.runtime.resource.log.debug("a property")
pulumi.log.info("a word")
"""


@pytest.mark.parametrize(
    ("asked", "said"), [("", ["a word"]), ("1", ["a property", "a word"])], ids=["off", "on"]
)
def test_debug_messages(asked: str, said: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=os.environ | {VARIABLE: asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == said


def test_collections_are_rare_and_not_off() -> None:
    looked = "import gc, stacks.startup; print(gc.get_threshold()[0], gc.isenabled())"
    done = subprocess.run(
        [sys.executable, "-c", looked], capture_output=True, text=True, check=True
    )
    objects, enabled = done.stdout.split()
    assert int(objects) > 10_000
    assert enabled == "True"
